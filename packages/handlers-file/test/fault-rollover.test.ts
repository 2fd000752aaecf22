import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeLogRecord } from "@cordwood/core";
import { RotatingFileHandler, type RotatingFileHandlerOptions, TimedRotatingFileHandler } from "@cordwood/handlers-file";
import { fullCounts, temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { failingAt } from "./children/faulty-system.mjs";
import { leftoversIn, linesIn, linesInOrder, namesIn, numbersOf, upTo } from "./log-files.js";
import { collectReports } from "./reports.js";

const child = fileURLToPath(new URL("./children/rotating-writer.mjs", import.meta.url));

const reports = collectReports();

const record = (number: number): ReturnType<typeof makeLogRecord> => makeLogRecord({ msg: `${number} end` });

/** Five lines fit into a file, so 17 records roll over three times. */
const OPTIONS: RotatingFileHandlerOptions = { maxBytes: 34, backupCount: 20 };
const RECORDS = 17;

/** For the full counts. */
const PATIENCE_MS = 1_800_000;

describe("an error at one step of a rollover", () => {
  for (const [what, options] of [
    ["rollovers", OPTIONS],
    ["rollovers with compression", { ...OPTIONS, compress: "gzip" }],
    ["rollovers of a shared file with compression", { ...OPTIONS, compress: "gzip", shared: true }],
  ] as const) {
    test.each([["EACCES"], ["EISDIR"], ["ENOSPC"]])(
      `loses no record and stops nothing, whichever step it is: ${what}, %s`,
      async (code) => {
        const stride = fullCounts || !("compress" in options) ? 1 : 19;
        let steps = 0;
        for (let at = 1 + (code.charCodeAt(3) % stride); ; at += stride) {
          using folder = temporaryFolder();
          let now = 1_700_000_000_000;
          // Records that cannot be written are lost and counted; that is another test.
          const counts = (name: string, args: readonly unknown[]): boolean => !(name === "writeSync" && / end\n/.test(String(args[1])));
          const { system, state } = failingAt(at, code, { counts });
          let handler: RotatingFileHandler;
          try {
            handler = new RotatingFileHandler(join(folder.path, "app.log"), { ...options, fileSystem: system, clock: () => now });
          } catch (error) {
            expect(String(error)).toContain(code);
            continue;
          }
          for (let number = 0; number < RECORDS; number++) {
            handler.handle(record(number));
            now += 1_000;
            if (number % 5 === 4) await new Promise((resolve) => setImmediate(resolve));
          }
          await handler.close();
          expect(handler.stats()).toEqual({ accepted: RECORDS, delivered: RECORDS, queued: 0, dropped: {}, failed: {} });
          expect(numbersOf(linesInOrder(folder.path)), `${state.at}, call ${at}`).toEqual(upTo(RECORDS));
          if (state.failed === 0) break;
          steps++;
        }
        expect(steps).toBeGreaterThan(fullCounts ? 40 : 5);
        console.log(`${code} at ${steps} steps of 3 ${what}: ${RECORDS} of ${RECORDS} records each time, in order`);
      },
      PATIENCE_MS,
    );
  }

  test("keeps writing to the file, and does not push old archives out, while renaming fails for good", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    let now = 1_700_000_000_000;
    const isMove = (name: string, args: readonly unknown[]): boolean => name === "renameSync" && args[0] === file;
    const { system } = failingAt(3, "EACCES", { times: Number.MAX_SAFE_INTEGER, counts: isMove });
    const handler = new RotatingFileHandler(file, { maxBytes: 34, backupCount: 3, fileSystem: system, clock: () => now });
    for (let number = 0; number < 100; number++) {
      handler.handle(record(number));
      now += 500;
    }
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(100));
    expect(handler.stats()).toMatchObject({ accepted: 100, delivered: 100, failed: {} });
    expect(reports.filter((report) => report.message.includes("could not be rolled over (EACCES)"))).toHaveLength(1);
  });

  test("keeps writing while a folder stands where an archive is to go (EISDIR)", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    let now = 1_700_000_000_000;
    mkdirSync(`${file}.1`);
    writeFileSync(join(`${file}.1`, "occupied"), "");
    const handler = new RotatingFileHandler(file, { maxBytes: 34, backupCount: 1, clock: () => now });
    for (let number = 0; number < 10; number++) handler.handle(record(number));
    expect(numbersOf(readFileSync(file, "utf8").split("\n").slice(0, -1))).toEqual(upTo(10));
    rmSync(`${file}.1`, { recursive: true });
    now += 1_000;
    handler.handle(record(10));
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(11));
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1"]);
  });

  test("keeps writing when a hook throws", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    const boom = (): never => {
      throw new Error("boom");
    };
    for (const hooks of [{ namer: boom }, { rotator: boom }]) {
      rmSync(file, { force: true });
      const handler = new RotatingFileHandler(file, { ...OPTIONS, ...hooks });
      for (let number = 0; number < 10; number++) handler.handle(record(number));
      handler.close();
      expect(numbersOf(linesIn(folder.path))).toEqual(upTo(10));
    }
  });
});

describe("kill -9 at one step of a rollover", () => {
  for (const [what, options] of [
    ["rollovers", { ...OPTIONS }],
    ["rollovers with compression", { ...OPTIONS, compress: "gzip" }],
    ["rollovers of a shared file with compression", { ...OPTIONS, compress: "gzip", shared: true }],
  ] as const) {
    test(
      `leaves every record in exactly one file, and the next start finishes what was begun: ${what}`,
      async () => {
        const stride = fullCounts ? 1 : "compress" in options ? 23 : 7;
        let [kills, records] = [0, 0];
        for (let at = 1 + (what.length % stride); ; at += stride) {
          using folder = temporaryFolder();
          const logs = join(folder.path, "logs");
          const file = join(logs, "app.log");
          const acknowledged = join(folder.path, "acknowledged");
          const ran = spawnSync(process.execPath, [child, file, acknowledged, JSON.stringify(options), String(RECORDS), String(at)], {
            encoding: "utf8",
          });
          if (ran.signal === null) {
            expect(ran.stderr).toBe("");
            break;
          }
          kills++;
          const last = numbersOf(readFileSync(acknowledged, "utf8").split("\n").slice(0, -1)).length;
          const handler = new RotatingFileHandler(file, options);
          for (let number = 100; number < 110; number++) handler.handle(record(number));
          await handler.close();
          const numbers = numbersOf(linesInOrder(logs));
          // The record in whose call the process was killed may be there or not.
          const before = numbers.filter((number) => number < 100);
          expect(before, `killed at call ${at}`).toEqual(upTo(before.length));
          expect(before.length).toBeGreaterThanOrEqual(last);
          expect(before.length).toBeLessThanOrEqual(last + 1);
          expect(numbers.slice(before.length)).toEqual(upTo(10).map((number) => number + 100));
          expect(leftoversIn(logs), `killed at call ${at}`).toEqual([]);
          records += before.length;
        }
        expect(kills).toBeGreaterThan(fullCounts ? 40 : 2);
        console.log(`kill -9 at ${kills} steps of ${what}: ${records} records, each in exactly one file, no leftovers`);
      },
      PATIENCE_MS,
    );
  }

  test("does not push an archive out because a move was interrupted", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "app.log");
    // app.log.2 was moved to app.log.3, and app.log.1 to app.log.2, when the process was killed.
    for (const [name, content] of [
      ["app.log.3", "0 end\n"],
      ["app.log.2", "1 end\n"],
      ["app.log", "2 end\n3 end\n4 end\n5 end\n"],
      [".app.log.moving", ""],
    ] as const) {
      writeFileSync(join(folder.path, name), content);
    }
    const handler = new RotatingFileHandler(file, { maxBytes: 30, backupCount: 3 });
    handler.handle(record(6));
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(7));
    expect(readdirSync(folder.path).sort()).toEqual(["app.log", "app.log.1", "app.log.2", "app.log.3"]);
  });
});

describe("a clock that moves", () => {
  const at = (text: string): number => Date.parse(text);

  /** Logs a record at each time and answers what the folder holds then. */
  const logAt = (folder: string, options: object, times: readonly string[]): Record<string, string> => {
    let now = at(times[0] as string);
    const handler = new TimedRotatingFileHandler(join(folder, "app.log"), { clock: () => now, ...options });
    for (const time of times) {
      now = at(time);
      handler.handle(makeLogRecord({ msg: time }));
    }
    handler.close();
    return Object.fromEntries(namesIn(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  };

  test("back by an hour rolls a boundary over once", () => {
    using folder = temporaryFolder();
    const times = ["2024-05-10T23:30:00Z", "2024-05-11T00:10:00Z", "2024-05-10T23:20:00Z", "2024-05-11T00:05:00Z", "2024-05-12T00:00:00Z"];
    expect(logAt(folder.path, { when: "MIDNIGHT", utc: true }, times)).toEqual({
      "app.log.2024-05-10": "2024-05-10T23:30:00Z\n",
      "app.log.2024-05-11": "2024-05-11T00:10:00Z\n2024-05-10T23:20:00Z\n2024-05-11T00:05:00Z\n",
      "app.log": "2024-05-12T00:00:00Z\n",
    });
  });

  test("forward by a day rolls over once", () => {
    using folder = temporaryFolder();
    const times = ["2024-05-10T10:00:00Z", "2024-05-12T11:00:00Z", "2024-05-12T11:30:00Z"];
    expect(logAt(folder.path, { when: "MIDNIGHT", utc: true }, times)).toEqual({
      "app.log.2024-05-10": "2024-05-10T10:00:00Z\n",
      "app.log": "2024-05-12T11:00:00Z\n2024-05-12T11:30:00Z\n",
    });
  });

  test("through a day of 25 hours rolls over at each midnight, once", () => {
    using folder = temporaryFolder();
    // New York, 3 November 2024: midnight to midnight takes 25 hours.
    const times = [
      "2024-11-03T03:00:00Z",
      "2024-11-03T04:00:00Z",
      "2024-11-03T05:30:00Z",
      "2024-11-03T06:30:00Z",
      "2024-11-04T04:59:59Z",
      "2024-11-04T05:00:00Z",
    ];
    expect(logAt(folder.path, { when: "MIDNIGHT", timeZone: "America/New_York" }, times)).toEqual({
      "app.log.2024-11-02": "2024-11-03T03:00:00Z\n",
      "app.log.2024-11-03": "2024-11-03T04:00:00Z\n2024-11-03T05:30:00Z\n2024-11-03T06:30:00Z\n2024-11-04T04:59:59Z\n",
      "app.log": "2024-11-04T05:00:00Z\n",
    });
  });

  test("through a day without midnight rolls over once", () => {
    using folder = temporaryFolder();
    // Sao Paulo, 4 November 2018: the day begins at one o'clock.
    const times = ["2018-11-04T02:30:00Z", "2018-11-04T03:10:00Z", "2018-11-04T12:00:00Z", "2018-11-05T02:00:00Z"];
    const files = logAt(folder.path, { when: "MIDNIGHT", timeZone: "America/Sao_Paulo" }, times);
    expect(Object.values(files).join("").split("\n").length - 1).toBe(4);
    expect(Object.keys(files)).toHaveLength(3);
  });

  test("through a repeated hour overwrites no archive: the name gets a number, or the file is written on", () => {
    const times = ["2024-11-03T04:30:00Z", "2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z", "2024-11-03T07:30:00Z", "2024-11-03T08:30:00Z"];
    for (const [whenTaken, archives] of [
      ["number", 4],
      ["wait", 1],
    ] as const) {
      using folder = temporaryFolder();
      const files = logAt(folder.path, { when: "H", timeZone: "America/New_York", whenTaken }, times);
      expect(Object.keys(files)).toHaveLength(archives + 1);
      expect(reports.map((report) => report.message).filter((message) => message.includes("is taken"))).toHaveLength(
        whenTaken === "wait" ? 1 : 0,
      );
      expect(Object.values(files).join("").trim().split("\n").sort()).toEqual(times);
    }
  });
});
