import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeLogRecord } from "@cordwood/core";
import { FileHandler, type FileHandlerOptions, type FileSystem, RotatingFileHandler } from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { watchedSystem } from "./children/faulty-system.mjs";
import { linesInOrder, numbersOf, upTo } from "./log-files.js";
import { collectReports } from "./reports.js";

collectReports();
let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let writes = 0;
let full = false;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "app.log");
  writes = 0;
  full = false;
});
afterEach(() => folder.remove());

const counting = (): FileSystem =>
  watchedSystem((name) => {
    if (name !== "writeSync") return;
    if (full) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    writes++;
  }) as FileSystem;
const make = (options: FileHandlerOptions = {}): FileHandler => new FileHandler(file, { fileSystem: counting(), ...options });
const log = (handler: { handle(record: ReturnType<typeof makeLogRecord>): void }, from: number, to: number): void => {
  for (let i = from; i < to; i++) handler.handle(makeLogRecord({ msg: `${i}`, levelno: 50 }));
};
const text = (): string => readFileSync(file, "utf8");

describe("a corked file handler", () => {
  test("holds its lines and writes them in one call", () => {
    const handler = make();
    handler.cork();
    log(handler, 0, 100);
    expect([text(), writes]).toEqual(["", 0]);
    expect(handler.stats()).toMatchObject({ accepted: 100, delivered: 0, queued: 100 });
    handler.uncork();
    expect([numbersOf(text().trim().split("\n")), writes]).toEqual([upTo(100), 1]);
    expect(handler.stats()).toEqual({ accepted: 100, delivered: 100, queued: 0, dropped: {}, failed: {} });
    log(handler, 100, 102);
    expect(writes).toBe(3);
    handler.close();
  });

  test("is uncorked by the last of as many calls, and a call too many does nothing", () => {
    const handler = make();
    handler.cork();
    handler.cork();
    log(handler, 0, 1);
    handler.uncork();
    expect(text()).toBe("");
    handler.uncork();
    expect(text()).toBe("0\n");
    handler.uncork();
    log(handler, 1, 2);
    expect(text()).toBe("0\n1\n");
    handler.close();
  });

  test("holds 64 KiB at most, in bytes of the widest characters", () => {
    const handler = make();
    handler.cork();
    for (let i = 0; i < 3_000; i++) handler.handle(makeLogRecord({ msg: "x".repeat(99), levelno: 20 }));
    expect(text().length).toBeGreaterThan(300_000 - 65_536);
    handler.uncork();
    expect(text().length).toBe(300_000);
    expect(writes).toBeLessThan(20);
    handler.close();
  });

  test("writes what it holds when it is flushed or closed", () => {
    const handler = make();
    handler.cork();
    log(handler, 0, 2);
    handler.flush();
    expect(text()).toBe("0\n1\n");
    log(handler, 2, 3);
    handler.close();
    expect(text()).toBe("0\n1\n2\n");
    handler.uncork();
    expect(handler.stats()).toMatchObject({ delivered: 3, queued: 0 });
  });

  test("counts what cannot be written as lost, as without a cork", () => {
    const handler = make();
    handler.cork();
    log(handler, 0, 10);
    full = true;
    handler.uncork();
    full = false;
    log(handler, 10, 11);
    expect(handler.stats()).toEqual({ accepted: 11, delivered: 1, queued: 0, dropped: {}, failed: { write: 10 } });
    expect(text()).toBe("10\n");
    handler.close();
  });

  test("keeps the bounds of a handler that buffers anyway", () => {
    const handler = make({ buffering: { flushLevel: "CRITICAL" } });
    handler.cork();
    log(handler, 0, 1);
    expect(text()).toBe("0\n");
    handler.uncork();
    handler.close();
  });

  test("rolls over where it would have without a cork", () => {
    const handler = new RotatingFileHandler(file, { maxBytes: 1_000, backupCount: 50, fileSystem: counting() });
    const plainFolder = temporaryFolder();
    const plain = new RotatingFileHandler(join(plainFolder.path, "app.log"), { maxBytes: 1_000, backupCount: 50 });
    for (let i = 0; i < 2_000; i += 500) {
      handler.cork();
      log(handler, i, i + 500);
      handler.uncork();
      log(plain, i, i + 500);
    }
    handler.close();
    plain.close();
    expect(numbersOf(linesInOrder(folder.path))).toEqual(upTo(2_000));
    expect(text()).toBe(readFileSync(join(plainFolder.path, "app.log"), "utf8"));
    plainFolder.remove();
  });
});
