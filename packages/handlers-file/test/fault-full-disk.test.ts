import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HandlerStats, makeLogRecord } from "@cordwood/core";
import { FileHandler, RotatingFileHandler } from "@cordwood/handlers-file";
import { scaled, temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { FullDisk, shortWrite } from "./children/faulty-system.mjs";
import { collectReports } from "./reports.js";

const child = fileURLToPath(new URL("./children/full-disk.mjs", import.meta.url));

const reports = collectReports();

interface Seen {
  readonly thrown: number;
  readonly grown: number;
  readonly full: HandlerStats;
  readonly stats: HandlerStats;
  readonly reports: string[];
  readonly freedAt: number;
}

const MEBIBYTE = 1_048_576;
const lost = (stats: HandlerStats): number => Object.values(stats.failed).reduce((sum, count) => sum + count, 0);
const isWhole = (line: string): boolean => /^\d+ x{280} end$/.test(line);
const log = (handler: FileHandler, number: number): void => handler.handle(makeLogRecord({ msg: `${number} ${"x".repeat(280)} end` }));

// A file system of its own needs a mount; without the right to make one there is the file-size limit and the double below.
const mayMount = spawnSync("unshare", ["-Urm", "true"]).status === 0;
if (!mayMount) console.warn("skipped: the tests on a small tmpfs, for which unshare may not be used here");

describe("a full disk", () => {
  for (const [mode, options] of [
    ["record mode", {}],
    ["buffered mode", { buffering: { bytes: 8_192 } }],
  ] as const) {
    test.skipIf(!mayMount)(
      `costs no throw, no memory and no torn line on a tmpfs of 64 KiB, and logging resumes (${mode}, ${scaled(100_000)} records)`,
      () => {
        using folder = temporaryFolder();
        const script = [
          `mount -t tmpfs -o size=64k tmpfs ${folder.path}`,
          `head -c 32768 /dev/zero > ${folder.path}/filler`,
          `"${process.execPath}" --expose-gc ${child} ${folder.path}/app.log ${folder.path}/filler ${scaled(100_000)} '${JSON.stringify(options)}'`,
          `cat ${folder.path}/app.log`,
        ].join(" && ");
        const ran = spawnSync("unshare", ["-Urm", "sh", "-c", script], { encoding: "utf8", maxBuffer: 64 * MEBIBYTE });
        const [first = "", ...lines] = ran.stdout.split("\n");
        const seen = JSON.parse(first) as Seen;
        expect(lines.pop()).toBe("");
        expect(lines.filter((line) => !isWhole(line))).toEqual([]);
        expect(seen.thrown).toBe(0);
        expect(seen.reports).toHaveLength(1);
        expect(seen.reports[0]).toMatch(/cannot write to .*app\.log \(ENOSPC\)/);
        expect(seen.grown).toBeLessThanOrEqual(32 * MEBIBYTE);
        expect(lost(seen.full)).toBeGreaterThan(0);
        expect(seen.stats).toMatchObject({ accepted: scaled(100_000) + 20, delivered: lines.length, queued: 0, dropped: {} });
        expect(seen.stats.delivered + lost(seen.stats)).toBe(seen.stats.accepted);
        // From the first record after the space came back.
        expect(lines.slice(-20).map((line) => Number.parseInt(line, 10))).toEqual(
          Array.from({ length: 20 }, (_, index) => seen.freedAt + index),
        );
        console.log(
          `full tmpfs, ${mode}: ${seen.stats.accepted} accepted = ${lines.length} whole lines + ${lost(seen.stats)} failed; 1 report, ${(seen.grown / MEBIBYTE).toFixed(1)} MiB more memory`,
        );
      },
    );
  }

  test("leaves whole lines at a file-size limit, in bytes of UTF-8 too", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    // Node survives the signal that comes with the limit; the write is short, the next one fails.
    const ran = spawnSync("sh", ["-c", `ulimit -f 8 && exec "${process.execPath}" ${child} ${file} "" 1000 '{}'`], { encoding: "utf8" });
    const seen = JSON.parse(ran.stdout) as Seen;
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.filter((line) => !isWhole(line))).toEqual([]);
    expect(seen).toMatchObject({ thrown: 0, stats: { accepted: 1_020, delivered: lines.length } });
    expect(seen.reports.filter((report) => report.includes("EFBIG"))).toHaveLength(1);
  });

  test.each([1, 7, 150, 299, 300, 1_000])("takes the start of a line off again that only %i bytes had room for", (room) => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const disk = new FullDisk(room);
    const handler = new FileHandler(file, { fileSystem: disk.system });
    for (let number = 0; number < 5; number++) log(handler, number);
    disk.room = 100_000;
    log(handler, 5);
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.every(isWhole)).toBe(true);
    expect(lines.at(-1)).toMatch(/^5 /);
    expect(handler.stats()).toEqual({ accepted: 6, delivered: lines.length, queued: 0, dropped: {}, failed: { write: 6 - lines.length } });
  });

  test("ends an unfinished line with a mark where it cannot be taken off: in a file that is shared", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const disk = new FullDisk(400);
    const handler = new FileHandler(file, { fileSystem: disk.system, shared: true });
    log(handler, 0);
    log(handler, 1);
    disk.room = 100_000;
    log(handler, 2);
    handler.close();
    expect(readFileSync(file, "utf8").split("\n")).toEqual([
      expect.stringMatching(/^0 x+ end$/),
      expect.stringMatching(/^1 x+ \[cut short\]$/),
      expect.stringMatching(/^2 x+ end$/),
      "",
    ]);
  });

  test.each([1, 10, 299])("finishes a record of which the system takes %i bytes at a time", (most) => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const handler = new FileHandler(file, { fileSystem: shortWrite(most) });
    log(handler, 0);
    handler.handle(makeLogRecord({ msg: "€".repeat(100) }));
    expect(readFileSync(file, "utf8")).toBe(`0 ${"x".repeat(280)} end\n${"€".repeat(100)}\n`);
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 2, queued: 0, dropped: {}, failed: {} });
  });

  test("holds what is buffered, no more than its bound, until there is space again", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const disk = new FullDisk(0);
    const handler = new FileHandler(file, { fileSystem: disk.system, buffering: { bytes: 3_000 } });
    for (let number = 0; number < 100; number++) log(handler, number);
    const { queued, failed } = handler.stats();
    expect(queued).toBeGreaterThan(0);
    expect(queued * 285).toBeLessThanOrEqual(3_000);
    expect(failed).toEqual({ write: 100 - queued });
    disk.room = 1_000_000;
    handler.handle(makeLogRecord({ msg: "again", levelno: 40 }));
    expect(handler.stats()).toEqual({ accepted: 101, delivered: queued + 1, queued: 0, dropped: {}, failed: { write: 100 - queued } });
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(queued + 2);
    expect(reports).toHaveLength(1);
  });

  test("counts what is buffered as lost when it is flushed in vain", () => {
    using folder = temporaryFolder();
    const handler = new FileHandler(join(folder.path, "app.log"), { fileSystem: new FullDisk(0).system, buffering: {} });
    log(handler, 0);
    handler.flush();
    expect(handler.stats()).toEqual({ accepted: 1, delivered: 0, queued: 0, dropped: {}, failed: { write: 1 } });
  });

  test("does not stop rollovers: what has been written stays, in order", () => {
    using folder = temporaryFolder();
    const disk = new FullDisk(2_010);
    const handler = new RotatingFileHandler(join(folder.path, "app.log"), { fileSystem: disk.system, maxBytes: 600, backupCount: 9 });
    for (let number = 0; number < 10; number++) log(handler, number);
    disk.room = 10_000;
    for (let number = 10; number < 14; number++) log(handler, number);
    const files = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((index) => join(folder.path, `app.log.${index}`));
    const text = [...files, join(folder.path, "app.log")]
      .map((path) => (spawnSync("test", ["-f", path]).status === 0 ? readFileSync(path, "utf8") : ""))
      .join("");
    const numbers = text
      .split("\n")
      .slice(0, -1)
      .map((line) => Number.parseInt(line, 10));
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13]);
    expect(handler.stats()).toEqual({ accepted: 14, delivered: 11, queued: 0, dropped: {}, failed: { write: 3 } });
  });

  test("is told apart from a device that never has room: /dev/full", () => {
    const handler = new FileHandler("/dev/full");
    for (let number = 0; number < 1_000; number++) log(handler, number);
    expect(handler.stats()).toEqual({ accepted: 1_000, delivered: 0, queued: 0, dropped: {}, failed: { write: 1_000 } });
    expect(reports).toHaveLength(1);
  });

  test("waits for the reader of a full pipe no longer than half a second, once", async () => {
    using folder = temporaryFolder();
    const pipe = join(folder.path, "pipe");
    spawnSync("mkfifo", [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const handler = new FileHandler(pipe);
    const began = Date.now();
    for (let number = 0; number < 1_000; number++) log(handler, number);
    expect(Date.now() - began).toBeLessThan(2_000);
    const { delivered, failed } = handler.stats();
    expect(failed).toEqual({ write: 1_000 - delivered });
    // The reader reads on, and so does the handler write.
    const buffer = Buffer.alloc(1_048_576);
    let text = buffer.toString("utf8", 0, readSync(reader, buffer));
    log(handler, 1_000);
    text += buffer.toString("utf8", 0, readSync(reader, buffer));
    closeSync(reader);
    expect(handler.stats().delivered).toBe(delivered + 1);
    expect(text.split("\n").filter(isWhole)).toHaveLength(delivered + 1);
    log(handler, 1_001);
    expect(handler.stats().failed).toEqual({ write: 1_001 - delivered });
    expect(reports).toHaveLength(1);
    handler.close();
  });
});
