import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { LoggingError, makeLogRecord } from "@cordwood/core";
import {
  FileHandler,
  type FileHandlerOptions,
  RotatingFileHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
} from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { watchedSystem } from "./children/faulty-system.mjs";
import { collectReports } from "./reports.js";

const reports = collectReports();
let folder: ReturnType<typeof temporaryFolder>;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "app.log");
});

afterEach(() => folder.remove());

const record = (msg: string, levelno = 20): ReturnType<typeof makeLogRecord> => makeLogRecord({ msg, levelno });
const text = (path = file): string => readFileSync(path, "utf8");
const withLines = (options: FileHandlerOptions, ...lines: string[]): FileHandler => {
  const handler = new FileHandler(file, options);
  for (const line of lines) handler.handle(record(line));
  return handler;
};

describe("FileHandler", () => {
  test("has a record in the file before the call returns", () => {
    const handler = withLines({}, "one", "zwei – drei");
    expect(text()).toBe("one\nzwei – drei\n");
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 2, queued: 0, dropped: {}, failed: {} });
  });

  test("fixes the absolute path at construction", () => {
    const before = process.cwd();
    process.chdir(folder.path);
    const handler = new FileHandler("app.log", { delay: true });
    process.chdir(before);
    handler.handle(record("here"));
    expect(text()).toBe("here\n");
  });

  test("creates the folder with 0700 and the file with 0600, whatever the umask", () => {
    const before = process.umask(0);
    try {
      const path = join(folder.path, "a", "b", "app.log");
      new FileHandler(path);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder.path, "a")).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(before);
    }
  });

  test("takes fileMode, and leaves the permissions of a file that is there alone", () => {
    writeFileSync(file, "");
    chmodSync(file, 0o644);
    withLines({ fileMode: 0o600 }, "x");
    expect(statSync(file).mode & 0o777).toBe(0o644);
    const other = join(folder.path, "other.log");
    new FileHandler(other, { fileMode: 0o640 });
    expect(statSync(other).mode & 0o777).toBe(0o640);
  });

  test("has the disk keep every write with fsync, and counts what it would not keep", () => {
    const calls: string[] = [];
    let broken = false;
    const fileSystem = watchedSystem((name) => {
      if (name === "writeSync" || name === "fdatasyncSync") calls.push(name);
      if (broken && name === "fdatasyncSync") throw Object.assign(new Error("EIO: injected"), { code: "EIO" });
    });
    const handler = withLines({ fsync: true, fileSystem }, "one", "two");
    expect(calls).toEqual(["writeSync", "fdatasyncSync", "writeSync", "fdatasyncSync"]);
    broken = true;
    handler.handle(record("three"));
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 2, queued: 0, dropped: {}, failed: { write: 1 } });
    expect(reports.map((report) => report.message)).toEqual([expect.stringContaining("(EIO)")]);
  });

  test("creates nothing before the first record with delay", () => {
    const handler = new FileHandler(file, { delay: true });
    expect(existsSync(file)).toBe(false);
    handler.handle(record("x"));
    expect(text()).toBe("x\n");
  });

  test('appends with mode "a", starts anew with "w", refuses a file that is there with "x"', () => {
    writeFileSync(file, "old\n");
    withLines({}, "a");
    expect(text()).toBe("old\na\n");
    withLines({ mode: "w" }, "w");
    expect(text()).toBe("w\n");
    expect(() => new FileHandler(file, { mode: "x" })).toThrow(/EEXIST.*mode "x"/);
  });

  test.each([
    ["utf16le", "é€", "é€"],
    ["UTF-16-LE", "é€", "é€"],
    ["latin-1", "é€", "é\\u20ac"],
    ["ascii", "é€😀", "\\xe9\\u20ac\\U0001f600"],
    ["utf8", "é€", "é€"],
  ])("writes in %s, and shows what that lacks as an escape", (encoding, given, written) => {
    withLines({ encoding }, given);
    const node =
      encoding.toLowerCase().startsWith("utf-16") || encoding === "utf16le" ? "utf16le" : encoding === "utf8" ? "utf8" : "latin1";
    expect(readFileSync(file, node)).toBe(`${written}\n`);
  });

  test.each([
    ["ignore", "a"],
    ["replace", "a?"],
    ["xmlcharrefreplace", "a&#8364;"],
  ] as const)("treats what the encoding lacks as errors: %s says", (errors, written) => {
    withLines({ encoding: "latin1", errors }, "a€");
    expect(text()).toBe(`${written}\n`);
  });

  test('counts and reports with errors: "strict" what the encoding lacks', () => {
    const handler = withLines({ encoding: "latin1", errors: "strict" }, "a€", "b");
    expect(text()).toBe("b\n");
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: {}, failed: { encode: 1 } });
    expect(reports).toHaveLength(1);
  });

  test("starts on a fresh line after a writer that was killed in the middle of one", () => {
    writeFileSync(file, "whole\nhal");
    withLines({}, "next");
    expect(text()).toBe("whole\nhal\nnext\n");
  });

  test("starts on a fresh line in utf16le too", () => {
    writeFileSync(file, "whole\nhal", "utf16le");
    withLines({ encoding: "utf16le" }, "next", "more");
    expect(readFileSync(file, "utf16le")).toBe("whole\nhal\nnext\nmore\n");
  });

  test("puts the header first in every new file and nowhere else", () => {
    const header = (name: string): string => `# ${name.split("/").pop()}`;
    const handler = withLines({ header }, "one");
    renameSync(file, `${file}.old`);
    handler.reopen();
    handler.handle(record("two"));
    handler.reopen();
    handler.handle(record("three"));
    expect(text(`${file}.old`)).toBe("# app.log\none\n");
    expect(text()).toBe("# app.log\ntwo\nthree\n");
  });

  test("drops and counts what comes after close, and reports it once", () => {
    const handler = withLines({}, "one");
    handler.close();
    handler.close();
    handler.handle(record("late"));
    handler.handle(record("later"));
    expect(text()).toBe("one\n");
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 1, queued: 0, dropped: { closed: 2 }, failed: {} });
    expect(reports).toHaveLength(1);
  });

  test("opens a file again that was renamed or removed, looking once in checkIntervalMs", () => {
    let now = 1_700_000_000_000;
    const handler = withLines({ clock: () => now }, "one");
    renameSync(file, `${file}.1`);
    handler.handle(record("two"));
    now += 1_000;
    handler.handle(record("three"));
    rmSync(file);
    now += 1_000;
    handler.handle(record("four"));
    expect(text(`${file}.1`)).toBe("one\ntwo\n");
    expect(text()).toBe("four\n");
  });

  test("looks again when the clock has gone back", () => {
    let now = 1_700_000_000_000;
    const handler = withLines({ clock: () => now }, "one");
    renameSync(file, `${file}.1`);
    now -= 3_600_000;
    handler.handle(record("two"));
    expect(text()).toBe("two\n");
  });

  test("creates the folder again when it was removed", () => {
    let now = 1_700_000_000_000;
    const path = join(folder.path, "logs", "app.log");
    const handler = new FileHandler(path, { clock: () => now });
    handler.handle(record("one"));
    rmSync(join(folder.path, "logs"), { recursive: true });
    now += 1_000;
    handler.handle(record("two"));
    expect(text(path)).toBe("two\n");
    expect(reports).toEqual([]);
  });

  test("opens anew on demand", () => {
    const handler = withLines({}, "one");
    renameSync(file, `${file}.1`);
    handler.reopen();
    handler.handle(record("two"));
    expect(text()).toBe("two\n");
  });

  test.skipIf(process.platform === "win32")("writes to the process's own output by the name that the system gives it", () => {
    const code = `
      import { getLogger } from "@cordwood/core";
      import { FileHandler } from "@cordwood/handlers-file";
      const logger = getLogger("app");
      logger.addHandler(new FileHandler("/dev/stdout"));
      logger.warning("said");`;
    const output = openSync(file, "w");
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], {
      stdio: ["ignore", output, "pipe"],
      encoding: "utf8",
    });
    closeSync(output);
    expect({ stderr, written: readFileSync(file, "utf8") }).toEqual({ stderr: "", written: "said\n" });
  });

  test("refuses a symbolic link unless told to follow it", () => {
    symlinkSync("other.log", file);
    expect(() => new FileHandler(file)).toThrow(/ELOOP.*symbolic link/);
    expect(existsSync(join(folder.path, "other.log"))).toBe(false);
    new FileHandler(file, { followSymlinks: true }).handle(record("x"));
    expect(text(join(folder.path, "other.log"))).toBe("x\n");
  });

  test.each([FileHandler, WatchedFileHandler, RotatingFileHandler, TimedRotatingFileHandler])(
    "an option that %o does not know is refused",
    (Class) => {
      expect(() => new Class(file, { maxSize: 5 } as object)).toThrow(`${Class.name}: there is no option "maxSize"; known are level, `);
      expect(existsSync(file)).toBe(false);
    },
  );

  test.each([
    [() => new FileHandler(""), "FILENAME_INVALID", /filename is ""/],
    [() => new FileHandler(file, { mode: "r" as "a" }), "OPTION_INVALID", /mode is "r"/],
    [() => new FileHandler(file, { encoding: "klingon" }), "OPTION_INVALID", /encoding is "klingon"/],
    [() => new FileHandler(file, { fileMode: 1.5 }), "OPTION_INVALID", /fileMode is 1\.5/],
    [() => new FileHandler(file, { buffering: { bytes: 0 } }), "OPTION_INVALID", /buffering\.bytes is 0/],
    [() => new FileHandler(file, { buffering: "line" as "record" }), "OPTION_INVALID", /buffering is "line"/],
    [() => new FileHandler(file, { buffering: [] as object }), "OPTION_INVALID", /buffering is \[\]; give "record" or/],
    [
      () => new FileHandler(file, { buffering: { intervals: 5 } as object }),
      "OPTION_UNKNOWN",
      /^buffering: there is no option "intervals"; known are bytes, intervalMs, flushLevel$/,
    ],
    [() => new FileHandler(file, { buffering: { interval_ms: 5 } as object }), "OPTION_UNKNOWN", /buffering: .*"interval_ms"/],
    [() => new FileHandler(file, { header: 5 as unknown as string }), "OPTION_INVALID", /header is 5; give a text/],
    [() => new RotatingFileHandler(file, { namer: "x" as never }), "OPTION_INVALID", /namer is "x"; give a function/],
    [
      () => new TimedRotatingFileHandler(file, { atTime: { hour: 3, min: 4 } as { hour: number } }),
      "OPTION_UNKNOWN",
      /atTime: .*"min"; known are hour, minute, second/,
    ],
    [() => new TimedRotatingFileHandler(file, { when: "D", interval: 2 ** 31 }), "OPTION_INVALID", /interval is 2147483648/],
    [() => new TimedRotatingFileHandler(file, { mode: "w" } as object), "OPTION_UNKNOWN", /TimedRotatingFileHandler: .*"mode"/],
    [() => new FileHandler(file, { buffering: { flushLevel: "LOUD" } }), "LEVEL_UNKNOWN", /LOUD/],
    [() => new FileHandler(folder.path), "FILE_OPEN_FAILED", /EISDIR.*folder/],
    [() => new FileHandler(join(process.execPath, "x.log")), "FILE_OPEN_FAILED", /ENOTDIR|EEXIST/],
  ])("refuses misuse at construction (%#)", (construct, code, message) => {
    let thrown: unknown;
    try {
      construct();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(LoggingError);
    expect((thrown as LoggingError).code).toBe(code);
    expect((thrown as LoggingError).message).toMatch(message);
  });

  test("ends records with its terminator", () => {
    const handler = new FileHandler(file);
    handler.terminator = "\r\n";
    handler.handle(record("x"));
    expect(text()).toBe("x\r\n");
  });

  test("takes a file URL", () => {
    new FileHandler(new URL(`file://${file}`)).handle(record("x"));
    expect(text()).toBe("x\n");
  });

  test("writes to a pipe nobody reads only with a clear error", () => {
    mkdirSync(join(folder.path, "p"));
    const fifo = join(folder.path, "p", "fifo");
    spawnSync("mkfifo", [fifo]);
    expect(() => new FileHandler(fifo)).toThrow(/ENXIO.*start its reader/);
  });
});

describe("FileHandler with buffering", () => {
  test("holds lines and writes them out on flush and close", async () => {
    const handler = withLines({ buffering: {} }, "one", "two");
    expect(text()).toBe("");
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 0, queued: 2, dropped: {}, failed: {} });
    await handler.flush();
    expect(text()).toBe("one\ntwo\n");
    handler.handle(record("three"));
    await handler.close();
    expect(text()).toBe("one\ntwo\nthree\n");
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 3, queued: 0, dropped: {}, failed: {} });
  });

  test("writes a record of flushLevel at once, with all before it", () => {
    const handler = withLines({ buffering: { flushLevel: "WARNING" } }, "one");
    handler.handle(record("bad", 30));
    expect(text()).toBe("one\nbad\n");
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 2, queued: 0, dropped: {}, failed: {} });
  });

  test("never holds more bytes than it says", () => {
    const handler = new FileHandler(file, { buffering: { bytes: 300 } });
    let logged = 0;
    for (let index = 0; index < 500; index++) {
      const line = "€".repeat(index % 40);
      handler.handle(record(line));
      logged += Buffer.byteLength(line) + 1;
      expect(logged - statSync(file).size).toBeLessThanOrEqual(300);
    }
    handler.close();
    expect(statSync(file).size).toBe(logged);
  });

  test("writes a line that is longer than the buffer in its order", () => {
    const handler = withLines({ buffering: { bytes: 30 } }, "a", "b".repeat(50), "c");
    handler.close();
    expect(text()).toBe(`a\n${"b".repeat(50)}\nc\n`);
  });

  test("writes out when the interval has passed, also when the event loop was kept busy", async () => {
    const handler = withLines({ buffering: { intervalMs: 20 } }, "one");
    const end = Date.now() + 30;
    while (Date.now() < end);
    handler.handle(record("two"));
    expect(text()).toBe("one\ntwo\n");
    handler.handle(record("three"));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(text()).toBe("one\ntwo\nthree\n");
    handler.close();
  });
});
