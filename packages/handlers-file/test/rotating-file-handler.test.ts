import { existsSync, lstatSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import { type LogRecord, makeLogRecord } from "@cordwood/core";
import { RotatingFileHandler, type RotatingFileHandlerOptions } from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leftoversIn, linesInOrder, namesIn, numbersOf, textOf, upTo } from "./log-files.js";
import { collectReports } from "./reports.js";

const reports = collectReports();
let folder: ReturnType<typeof temporaryFolder>;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "app.log");
});

afterEach(() => folder.remove());

const record = (msg: string | number): LogRecord => makeLogRecord({ msg: String(msg) });
const text = (name = "app.log"): string => textOf(join(folder.path, name));

/** Logs the numbers from 0 on, two to a file with `maxBytes: 5`. */
const logNumbers = (options: RotatingFileHandlerOptions, count: number, first = 0): RotatingFileHandler => {
  const handler = new RotatingFileHandler(file, { maxBytes: 5, backupCount: 3, ...options });
  for (let number = first; number < first + count; number++) handler.handle(record(number));
  return handler;
};

describe("RotatingFileHandler", () => {
  test("keeps the newest files, the newest of all as .1", () => {
    logNumbers({}, 10);
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1", "app.log.2", "app.log.3"]);
    expect(numbersOf(linesInOrder(folder.path))).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(leftoversIn(folder.path)).toEqual([]);
  });

  test("counts bytes as they are written, not characters", () => {
    const handler = new RotatingFileHandler(file, { maxBytes: 12, backupCount: 3 });
    handler.handle(record("ééé"));
    handler.handle(record("aaa"));
    handler.handle(record("b"));
    expect([text("app.log.1"), text()]).toEqual(["ééé\naaa\n", "b\n"]);
  });

  test("goes on counting where an earlier run stopped", () => {
    logNumbers({}, 1).close();
    logNumbers({}, 1, 1).close();
    logNumbers({}, 1, 2).close();
    expect([text("app.log.1"), text()]).toEqual(["0\n1\n", "2\n"]);
  });

  test.each([
    ["record mode", {}],
    ["buffered mode", { buffering: { bytes: 1_000 } }],
  ] as const)("rolls over at the same records in %s", (_mode, options) => {
    logNumbers({ ...options, maxBytes: 50, backupCount: 50 }, 300).close();
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(300));
    for (const name of namesIn(folder.path).slice(1)) expect(Buffer.byteLength(text(name))).toBeGreaterThan(44);
    for (const name of namesIn(folder.path)) expect(Buffer.byteLength(text(name))).toBeLessThan(50);
  });

  test("gives a record beyond the limit a file of its own", () => {
    const handler = new RotatingFileHandler(file, { maxBytes: 10, backupCount: 3 });
    for (const message of ["a", "b".repeat(100), "c"]) handler.handle(record(message));
    expect([text("app.log.2"), text("app.log.1"), text()]).toEqual(["a\n", `${"b".repeat(100)}\n`, "c\n"]);
  });

  test("lets a subclass decide, as in Python", () => {
    class EveryThird extends RotatingFileHandler {
      #count = 0;
      override shouldRollover(): boolean {
        return this.#count++ % 3 === 0 && this.#count > 1;
      }
    }
    const handler = new EveryThird(file, { backupCount: 5 });
    for (let number = 0; number < 7; number++) handler.handle(record(number));
    expect([text("app.log.2"), text("app.log.1"), text()]).toEqual(["0\n1\n2\n", "3\n4\n5\n", "6\n"]);
  });

  test("names by the namer and moves by the rotator, also when assigned later", () => {
    const handler = logNumbers({}, 0);
    handler.namer = (name) => `${name}.gz`;
    handler.rotator = (source, destination) => {
      writeFileSync(destination, gzipSync(readFileSync(source)));
      rmSync(source);
    };
    for (let number = 0; number < 5; number++) handler.handle(record(number));
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1.gz", "app.log.2.gz"]);
    expect([text("app.log.2.gz"), text("app.log.1.gz"), text()]).toEqual(["0\n1\n", "2\n3\n", "4\n"]);
  });

  test("lets a subclass name and move, as in Python", () => {
    class Dated extends RotatingFileHandler {
      override rotationFilename(name: string): string {
        return `${super.rotationFilename(name)}.old`;
      }
      override rotate(source: string, destination: string): void {
        super.rotate(source, destination);
        writeFileSync(destination, "moved\n", { flag: "a" });
      }
    }
    const handler = new Dated(file, { maxBytes: 5, backupCount: 2 });
    for (let number = 0; number < 7; number++) handler.handle(record(number));
    expect([text("app.log.2.old"), text("app.log.1.old"), text()]).toEqual(["2\n3\nmoved\n", "4\n5\nmoved\n", "6\n"]);
  });

  test("puts the header first in every file and does not count it as content", () => {
    logNumbers({ header: "# head", maxBytes: 12 }, 5);
    expect([text("app.log.2"), text("app.log.1"), text()]).toEqual(["# head\n0\n1\n", "# head\n2\n3\n", "# head\n4\n"]);
    const small = new RotatingFileHandler(join(folder.path, "small.log"), { header: "# a long header", maxBytes: 5, backupCount: 2 });
    small.handle(record("x"));
    expect(text("small.log")).toBe("# a long header\nx\n");
  });

  test("has 0600 on every file, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      await logNumbers({ compress: "gzip", shared: true }, 9).close();
      for (const name of namesIn(folder.path)) expect([name, statSync(join(folder.path, name)).mode & 0o777]).toEqual([name, 0o600]);
    } finally {
      process.umask(before);
    }
  });

  test("does not follow links that stand where archives go", () => {
    const victim = join(folder.path, "victim");
    writeFileSync(victim, "untouched");
    for (const name of ["app.log.1", "app.log.2", ".app.log.moving"]) symlinkSync(victim, join(folder.path, name));
    logNumbers({}, 9);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
    expect(lstatSync(join(folder.path, "app.log.1")).isSymbolicLink()).toBe(false);
    expect(numbersOf(linesInOrder(folder.path))).toContain(8);
  });

  test("never rolls over what is no regular file", () => {
    const handler = new RotatingFileHandler("/dev/null", { maxBytes: 1, backupCount: 2 });
    for (let number = 0; number < 10; number++) handler.handle(record(number));
    expect(existsSync("/dev/null.1")).toBe(false);
    expect(handler.stats()).toMatchObject({ accepted: 10, delivered: 10 });
  });

  test.each([
    [{ maxBytes: -1 }, /maxBytes is -1; give a whole number of at least 0/],
    [{ maxBytes: "10MB" as unknown as number }, /maxBytes is "10MB"; give a whole number/],
    [{ backupCount: 1.5 }, /backupCount is 1\.5/],
    [{ compress: "zip" as "gzip" }, /compress is "zip"; give "gzip", "brotli" or "zstd"/],
    [{ when: "MIDNIGHT" } as object, /when is "MIDNIGHT"; give it to TimedRotatingFileHandler, which takes maxBytes too/],
    [{ maxAge: "soon" }, /maxAge is "soon"; give milliseconds or text such as "12h", "7d", "4w"/],
    [{ maxBytes: 100, maxTotalBytes: 100 }, /maxTotalBytes is 100; give a whole number of at least 101/],
    [{ mode: "w", shared: true }, /mode is "w"; give "a" for a file that is shared/],
  ] as const)("refuses %j", (options, message) => {
    expect(() => new RotatingFileHandler(file, options)).toThrow(message);
  });

  test("has zstd where the runtime has it, and says so where not", async () => {
    const hasZstd = "createZstdCompress" in (await import("node:zlib"));
    if (hasZstd) await logNumbers({ compress: "zstd" }, 5).close();
    else expect(() => logNumbers({ compress: "zstd" }, 5)).toThrow(/Node 2\d.* lacks; give "gzip" or "brotli"/);
    expect(existsSync(join(folder.path, "app.log.1.zst"))).toBe(hasZstd);
  });
});

describe("compress", () => {
  test.each([
    ["gzip", ".gz"],
    ["brotli", ".br"],
  ] as const)("%s compresses archives, keeps their times and order, and removes the sources", async (compress, ending) => {
    await logNumbers({ compress, backupCount: 9 }, 9).close();
    expect(namesIn(folder.path)).toEqual(["app.log", ...[1, 2, 3, 4].map((index) => `app.log.${index}${ending}`)]);
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(9));
    expect(leftoversIn(folder.path)).toEqual([]);
  });

  test("counts compressed archives of earlier runs, however they were compressed", async () => {
    await logNumbers({ compress: "gzip" }, 5).close();
    await logNumbers({ compress: "brotli" }, 4, 5).close();
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1.br", "app.log.2.br", "app.log.3.gz"]);
    expect(numbersOf(linesInOrder(folder.path))).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  test("compresses what an earlier run has left uncompressed", async () => {
    logNumbers({}, 5).close();
    await logNumbers({ compress: "gzip" }, 0).close();
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1.gz", "app.log.2.gz"]);
  });

  test("removes the source that a crash has left beside its whole archive", async () => {
    logNumbers({}, 3).close();
    writeFileSync(`${file}.1.gz`, await promisify(gzip)(readFileSync(`${file}.1`)));
    await logNumbers({ compress: "gzip" }, 0).close();
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1.gz"]);
    expect(reports).toEqual([]);
  });

  test("touches neither of two forms that differ, and says so", async () => {
    logNumbers({}, 3).close();
    writeFileSync(`${file}.1.gz`, gzipSync("something else\n"));
    await logNumbers({ compress: "gzip" }, 0).close();
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1", "app.log.1.gz"]);
    expect(reports.map((report) => report.message)).toEqual([expect.stringContaining("are both there and differ; neither is touched")]);
  });

  test("removes what a killed process has left half compressed", async () => {
    logNumbers({}, 3).close();
    const leftover = join(folder.path, ".app.log.abc-999999999-1.4711.packing");
    writeFileSync(leftover, "half");
    utimesSync(leftover, 1, 1);
    await logNumbers({ compress: "gzip" }, 0).close();
    expect(leftoversIn(folder.path)).toEqual([]);
  });

  test("moves an archive up while it is being compressed", async () => {
    const handler = logNumbers({ compress: "gzip", backupCount: 50 }, 0);
    for (let number = 0; number < 40; number++) {
      handler.handle(record(number));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await handler.close();
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(40));
    expect(namesIn(folder.path).filter((name) => !name.endsWith(".gz"))).toEqual(["app.log"]);
  });
});

describe("retention", () => {
  test("removes archives by age, those of earlier runs and compressed ones too", () => {
    logNumbers({ backupCount: 9 }, 7).close();
    const now = Date.now();
    renameSync(`${file}.3`, `${file}.3.gz`);
    for (const [name, days] of [
      ["app.log.1", 1],
      ["app.log.2", 6],
      ["app.log.3.gz", 8],
    ] as const) {
      const then = new Date(now - days * 86_400_000);
      utimesSync(join(folder.path, name), then, then);
    }
    logNumbers({ backupCount: 0, maxAge: "7d" }, 0).close();
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1", "app.log.2"]);
    logNumbers({ backupCount: 0, maxAge: 5 * 86_400_000 }, 2, 7).close();
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1", "app.log.2"]);
    expect(numbersOf(linesInOrder(folder.path))).toEqual([4, 5, 6, 7, 8]);
  });

  test("keeps the whole log within maxTotalBytes", () => {
    const handler = logNumbers({ backupCount: 0, maxBytes: 20, maxTotalBytes: 65 }, 0);
    for (let number = 0; number < 100; number++) {
      handler.handle(record(number));
      const total = namesIn(folder.path).reduce((sum, name) => sum + statSync(join(folder.path, name)).size, 0);
      expect(total).toBeLessThanOrEqual(65);
    }
    expect(namesIn(folder.path)).toEqual(["app.log", "app.log.1", "app.log.2"]);
  });

  test("removes a large archive without waiting for the disk", async () => {
    writeFileSync(`${file}.1`, Buffer.alloc(33 * 1_048_576));
    const handler = logNumbers({ backupCount: 1 }, 3);
    expect(text("app.log.1")).toBe("0\n1\n");
    await handler.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(leftoversIn(folder.path)).toEqual([]);
  });
});
