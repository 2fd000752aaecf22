import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { TimedRotatingFileHandler, type TimedRotatingFileHandlerOptions } from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { namesIn, textOf } from "./log-files.js";

let folder: ReturnType<typeof temporaryFolder>;
let now: number;

beforeEach(() => {
  folder = temporaryFolder();
  now = Date.parse("2024-05-10T10:00:00Z");
  resetLogging();
  setErrorReporter(() => {});
});

afterEach(() => {
  resetLogging();
  folder.remove();
});

const DAY_MS = 86_400_000;
const make = (options: TimedRotatingFileHandlerOptions): TimedRotatingFileHandler =>
  new TimedRotatingFileHandler(join(folder.path, "app.log"), { when: "MIDNIGHT", utc: true, clock: () => now, ...options });
const log = (handler: TimedRotatingFileHandler, msg: string): void => handler.handle(makeLogRecord({ msg }));

test("names a rotated file by the day it was begun", () => {
  const handler = make({});
  log(handler, "friday");
  now += DAY_MS;
  log(handler, "saturday");
  expect(textOf(join(folder.path, "app.log.2024-05-10"))).toBe("friday\n");
  expect(textOf(join(folder.path, "app.log"))).toBe("saturday\n");
});

test("keeps backupCount files, those of earlier runs included", () => {
  for (const day of ["01", "02", "03"]) writeFileSync(join(folder.path, `app.log.2024-05-${day}`), "old\n");
  const handler = make({ backupCount: 2 });
  log(handler, "a");
  now += DAY_MS;
  log(handler, "b");
  expect(namesIn(folder.path)).toEqual(["app.log", "app.log.2024-05-03", "app.log.2024-05-10"]);
});

test("rolls over by size and time, numbering the files of a day in their order", () => {
  const handler = make({ maxBytes: 10, backupCount: 4 });
  for (const msg of ["one", "two", "three", "four", "five"]) log(handler, msg);
  now += DAY_MS;
  for (const msg of ["six", "seven", "eight"]) log(handler, msg);
  expect(Object.fromEntries(namesIn(folder.path).map((name) => [name, textOf(join(folder.path, name))]))).toEqual({
    "app.log.2024-05-10.2": "four\n",
    "app.log.2024-05-10.3": "five\n",
    "app.log.2024-05-11": "six\n",
    "app.log.2024-05-11.1": "seven\n",
    "app.log": "eight\n",
  } satisfies Record<string, string>);
});

test("compresses and counts compressed files, numbered ones too", async () => {
  const handler = make({ maxBytes: 10, backupCount: 3, compress: "gzip" });
  for (const msg of ["one", "two", "three", "four", "five"]) log(handler, msg);
  now += DAY_MS;
  log(handler, "six");
  await handler.close();
  expect(namesIn(folder.path)).toEqual(["app.log", "app.log.2024-05-10.1.gz", "app.log.2024-05-10.2.gz", "app.log.2024-05-10.3.gz"]);
  expect(textOf(join(folder.path, "app.log.2024-05-10.3.gz"))).toBe("five\n");
  expect(readdirSync(folder.path).filter((name) => name.startsWith("."))).toEqual([]);
});

test("does not take the number of a file that was removed again", () => {
  const handler = make({ maxBytes: 4, backupCount: 1 });
  for (const msg of ["one", "two", "three", "four"]) log(handler, msg);
  expect(namesIn(folder.path)).toEqual(["app.log", "app.log.2024-05-10.2"]);
});

test("removes files by age", () => {
  writeFileSync(join(folder.path, "app.log.2024-04-01"), "old\n");
  utimesSync(join(folder.path, "app.log.2024-04-01"), now / 1_000 - 40 * 86_400, now / 1_000 - 40 * 86_400);
  make({ maxAge: "30d" });
  expect(namesIn(folder.path)).toEqual(["app.log"]);
});

test("begins again where the last run stopped", () => {
  writeFileSync(join(folder.path, "app.log"), "yesterday\n");
  utimesSync(join(folder.path, "app.log"), now / 1_000 - 86_400, now / 1_000 - 86_400);
  log(make({}), "today");
  expect(textOf(join(folder.path, "app.log.2024-05-09"))).toBe("yesterday\n");
});

test("takes a zone by name", () => {
  const handler = make({ utc: false, timeZone: "Pacific/Auckland" });
  log(handler, "friday evening");
  now = Date.parse("2024-05-10T12:00:00Z");
  log(handler, "saturday");
  expect(readFileSync(join(folder.path, "app.log.2024-05-10"), "utf8")).toBe("friday evening\n");
});

test.each([
  [{ when: "X" }, /^Invalid rollover interval specified: X; give S, M, H, D, MIDNIGHT or W0 to W6$/],
  [{ when: "W" }, /You must specify a day for weekly rollover from 0 to 6 \(0 is Monday\): W/],
  [{ when: "W7" }, /Invalid day specified for weekly rollover: W7/],
  [{ interval: 0 }, /interval is 0; give a whole number of at least 1/],
  [{ atTime: "25:00" }, /atTime is "25:00"; give "HH:MM:SS"/],
  [{ utc: false, timeZone: "Mars/Olympus" }, /timeZone is "Mars\/Olympus"; give "local", "utc" or an IANA name/],
  [{ whenTaken: "overwrite" as "wait" }, /whenTaken is "overwrite"/],
] as const)("refuses %j", (options, message) => {
  expect(() => make(options)).toThrow(message);
});

test("has the attributes that Python's handler has", () => {
  const handler = make({ when: "w3", interval: 2, backupCount: 5, atTime: "06:30:00" });
  expect(handler).toMatchObject({
    when: "W3",
    interval: 1_209_600,
    backupCount: 5,
    utc: true,
    atTime: "06:30:00",
    suffix: "%Y-%m-%d",
    dayOfWeek: 3,
    mode: "a",
    encoding: null,
    delay: false,
  });
});
