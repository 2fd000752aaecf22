import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Handler, type LogRecord, makeLogRecord } from "@cordwood/core";
import {
  FileHandler,
  type FileOptions,
  type FinishedLines,
  RotatingFileHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
} from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FullDisk, shortWrite, watchedSystem } from "./children/faulty-system.mjs";
import { collectReports } from "./reports.js";

const reports = collectReports();
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** The lines of these records, in memory of the kind that threads share. */
const linesOf = (records: readonly LogRecord[], inTexts = false): FinishedLines => {
  const text = Buffer.from(records.map(({ message }) => `${message}\n`).join(""));
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length));
  bytes.set(text);
  return {
    count: records.length,
    bytes,
    inTexts,
    facts: (index) => records[index] as LogRecord,
    text: (index) => (records[index] as LogRecord).message,
    record: (index) => records[index] as LogRecord,
  };
};

const levels = [10, 20, 30, 40, 50];
/** Texts of many lengths: plain, with wide characters, of several lines. */
const someRecords = (count: number): LogRecord[] =>
  Array.from({ length: count }, (_, i) => {
    const msg = `${i} ${"x".repeat((i * 37) % 200)}${i % 11 === 0 ? " größer 日本 😀" : ""}${i % 13 === 0 ? "\n  at second line" : ""}`;
    return makeLogRecord({ name: "a", levelno: levels[i % 5], msg, created: 1_700_000_000 + i * 0.01 });
  });

/** Gives the lines in batches of changing sizes. */
const inBatches = (records: readonly LogRecord[], give: (batch: readonly LogRecord[]) => void): void => {
  for (let at = 0, size = 1; at < records.length; size = (size * 7) % 191) {
    give(records.slice(at, at + size));
    at += size;
  }
};

const filesOf = (path: string): Record<string, string> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "latin1")]));

type Maker = (file: string) => Handler & { readonly takesLines: boolean; handleLines(lines: FinishedLines): void };
let time = 0;
const clock = (): number => time;
const kinds: [string, Maker][] = [
  ["FileHandler", (file) => new FileHandler(file)],
  ["FileHandler with a header", (file) => new FileHandler(file, { header: "# head", delay: true })],
  ["FileHandler with buffering", (file) => new FileHandler(file, { buffering: { bytes: 500 } })],
  ["FileHandler in latin1", (file) => new FileHandler(file, { encoding: "latin1" })],
  ["FileHandler in utf16le", (file) => new FileHandler(file, { encoding: "utf16le" })],
  ["FileHandler, mode w", (file) => new FileHandler(file, { mode: "w" })],
  ["FileHandler with fsync", (file) => new FileHandler(file, { fsync: true })],
  ["FileHandler with its own terminator", (file) => Object.assign(new FileHandler(file), { terminator: "\r\n" })],
  ["FileHandler, shared", (file) => new FileHandler(file, { shared: true })],
  ["FileHandler that the system gives 100 bytes a call", (file) => new FileHandler(file, { fileSystem: shortWrite(100) })],
  ["WatchedFileHandler", (file) => new WatchedFileHandler(file)],
  ["RotatingFileHandler", (file) => new RotatingFileHandler(file, { maxBytes: 4_000, backupCount: 100 })],
  ["RotatingFileHandler with buffering", (file) => new RotatingFileHandler(file, { maxBytes: 4_000, backupCount: 100, buffering: {} })],
  ["RotatingFileHandler, shared", (file) => new RotatingFileHandler(file, { maxBytes: 4_000, backupCount: 100, shared: true })],
  ["TimedRotatingFileHandler", (file) => new TimedRotatingFileHandler(file, { when: "S", interval: 3, utc: true, clock })],
  [
    "TimedRotatingFileHandler with maxBytes",
    (file) => new TimedRotatingFileHandler(file, { when: "S", maxBytes: 4_000, utc: true, clock }),
  ],
];

describe("finished lines", () => {
  for (const [name, make, inTexts] of kinds.flatMap(([kind, made]) => [false, true].map((texts) => [kind, made, texts] as const))) {
    test(`leave the same files as their records one by one (${name}, ${inTexts ? "texts" : "bytes"} at hand)`, () => {
      const records = someRecords(2_000);
      const run = (path: string, give: (handler: ReturnType<Maker>, batch: readonly LogRecord[]) => void) => {
        const handler = make(join(path, "app.log"));
        inBatches(records, (batch) => {
          time = (batch[0] as LogRecord).created * 1_000;
          give(handler, batch);
        });
        handler.flush();
        const stats = handler.stats();
        handler.close();
        return { stats, files: filesOf(path) };
      };
      using one = temporaryFolder();
      const wanted = run(one.path, (handler, batch) => {
        for (const record of batch) handler.handle(record);
      });
      const seen = run(folder.path, (handler, batch) => {
        expect(handler.takesLines).toBe(true);
        handler.handleLines(linesOf(batch, inTexts));
      });
      expect(seen.files).toEqual(wanted.files);
      expect(seen.stats).toEqual(wanted.stats);
      expect(seen.stats).toMatchObject({ accepted: 2_000, delivered: 2_000, queued: 0, failed: {} });
    });
  }

  const file = (): string => join(folder.path, "app.log");
  const counted = (options: FileOptions = {}) => {
    const calls = { writeSync: 0, fdatasyncSync: 0 };
    const fileSystem = watchedSystem((name) => {
      if (name in calls) calls[name as keyof typeof calls]++;
    }) as NonNullable<FileOptions["fileSystem"]>;
    return { calls, handler: new FileHandler(file(), { fileSystem, ...options }) };
  };

  test("are written with one call to the system, also where records are written one by one", () => {
    const { calls, handler } = counted({ fsync: true });
    handler.handleLines(linesOf(someRecords(500)));
    expect(calls).toEqual({ writeSync: 1, fdatasyncSync: 1 });
    handler.close();
  });

  test("come after what is held", () => {
    const handler = new FileHandler(file(), { buffering: { flushLevel: "CRITICAL" } });
    handler.handle(makeLogRecord({ msg: "held", levelno: 20 }));
    handler.handleLines(linesOf([makeLogRecord({ msg: "first" }), makeLogRecord({ msg: "second" })]));
    expect(readFileSync(file(), "utf8")).toBe("held\nfirst\nsecond\n");
    expect(handler.stats()).toMatchObject({ accepted: 3, delivered: 3, queued: 0 });
    handler.close();
  });

  test("are written as they are, control characters too, also one by one", () => {
    const handler = new RotatingFileHandler(file(), { maxBytes: 30, backupCount: 9 });
    const coloured = "\x1b[32mgreen\x1b[0m";
    for (let i = 0; i < 3; i++) handler.handleLines(linesOf(Array(3).fill(makeLogRecord({ msg: coloured }))));
    handler.close();
    expect(Object.values(filesOf(folder.path)).join("")).toBe(`${coloured}\n`.repeat(9));
  });

  for (const shared of [false, true]) {
    test(`on a disk that gets full: those that fit are there, the others are counted (shared: ${shared})`, () => {
      const disk = new FullDisk(10_000);
      const handler = new FileHandler(file(), { fileSystem: disk.system, shared });
      const records = Array.from({ length: 400 }, (_, i) => makeLogRecord({ msg: `${i} ${"x".repeat(95)}` }));
      inBatches(records, (batch) => handler.handleLines(linesOf(batch)));
      const { accepted, delivered, failed } = handler.stats();
      expect(accepted).toBe(400);
      expect(delivered + (failed["write"] ?? 0)).toBe(400);
      const whole = readFileSync(file(), "utf8")
        .split("\n")
        .filter((line) => line.length > 95 && !line.endsWith("[cut short]"));
      expect(whole.length).toBe(delivered);
      expect(new Set(whole).size).toBe(delivered);
      expect(delivered).toBeGreaterThan(90);
      disk.room = 1e6;
      handler.handleLines(linesOf([makeLogRecord({ msg: "there is room" }), makeLogRecord({ msg: "again" })]));
      expect(readFileSync(file(), "utf8")).toMatch(/\nthere is room\nagain\n$/);
      expect(reports.length).toBeGreaterThan(0);
      handler.close();
    });
  }

  test("that were written and could not be forced to the disk are counted as failed, and not written again", () => {
    const fileSystem = watchedSystem((name) => {
      if (name === "fdatasyncSync") throw Object.assign(new Error("EIO: injected"), { code: "EIO" });
    }) as NonNullable<FileOptions["fileSystem"]>;
    const handler = new FileHandler(file(), { fileSystem, fsync: true });
    handler.handleLines(linesOf([makeLogRecord({ msg: "one" }), makeLogRecord({ msg: "two" })]));
    expect(handler.stats()).toMatchObject({ accepted: 2, delivered: 0, failed: { write: 2 } });
    expect(readFileSync(file(), "utf8")).toBe("one\ntwo\n");
    handler.close();
  });

  test("after close are dropped and counted", () => {
    const handler = new FileHandler(file());
    handler.close();
    handler.handleLines(linesOf(someRecords(3)));
    expect(handler.stats()).toMatchObject({ accepted: 3, delivered: 0, dropped: { closed: 3 } });
  });

  test("are not for a handler that has use for the record", () => {
    const takes = (change: (handler: RotatingFileHandler) => void): boolean => {
      const handler = new RotatingFileHandler(join(folder.path, "takes.log"), { maxBytes: 100 });
      try {
        change(handler);
        return handler.takesLines;
      } finally {
        handler.close();
      }
    };
    expect(takes(() => {})).toBe(true);
    expect(takes((handler) => handler.setFormatter({ format: () => "" }))).toBe(false);
    expect(takes((handler) => handler.addFilter(() => true))).toBe(false);
    for (const name of ["emit", "format", "handle", "shouldRollover", "beforeWrite"]) {
      const own = Object.getOwnPropertyDescriptor(RotatingFileHandler.prototype, name)?.value ?? (() => {});
      expect(takes((handler) => Object.defineProperty(handler, name, { value: own.bind(handler) }))).toBe(false);
    }
    class Own extends FileHandler {
      protected override beforeWrite(): void {}
    }
    const own = new Own(join(folder.path, "own.log"));
    expect(own.takesLines).toBe(false);
    own.close();
  });
});
