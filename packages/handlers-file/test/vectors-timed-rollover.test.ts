import { existsSync, readdirSync, utimesSync } from "node:fs";
import { basename, join } from "node:path";
import { LoggingError, resetLogging, setErrorReporter } from "@cordwood/core";
import { TimedRotatingFileHandler, type TimedRotatingFileHandlerOptions } from "@cordwood/handlers-file";
import { loadVectors, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { contents, fill, log, type NamerData, namerOf } from "./vector-files.js";

interface Input {
  kind: "constructor" | "computeRollover" | "initial" | "rollover" | "filesToDelete";
  when: string;
  interval?: number;
  utc?: boolean;
  atTime?: string | null;
  tz?: string;
  delay?: boolean;
  backupCount?: number;
  namer?: NamerData | null;
  currentTime?: number;
  now?: number;
  mtime?: number | null;
  listing?: string[];
  existing?: Record<string, { content: string; mtime: number }>;
  steps?: { op: "log" | "reopen" | "rollover"; at: number; message?: string }[];
}

interface Expected {
  when: string;
  intervalSeconds: number;
  suffix: string;
  dayOfWeek: number | null;
  rolloverAt: number | number[];
  delete: string[];
  files: Record<string, string>;
}

const folder = temporaryFolder();
const place = join(folder.path, "case");
const file = join(place, "app.log");
const zoneBefore = process.env["TZ"];

beforeEach(() => {
  resetLogging();
  setErrorReporter(() => {});
});
afterAll(() => {
  folder.remove();
  if (zoneBefore === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zoneBefore;
});

/** The zone of a case by name, or as that of the process. */
type Zone = "timeZone" | "TZ";

const run = (input: Input, zone: Zone): Partial<Expected> => {
  const existing = Object.entries(input.existing ?? {});
  fill(place, Object.fromEntries(existing.map(([name, { content }]) => [name, content])));
  for (const [name, { mtime }] of existing) utimesSync(join(place, name), mtime, mtime);
  for (const name of input.listing ?? []) fill1(name);
  if (zone === "TZ") process.env["TZ"] = input.tz ?? "UTC";
  let now = input.now ?? input.currentTime ?? 1_700_000_000;
  const options: TimedRotatingFileHandlerOptions = {
    when: input.when,
    interval: input.interval ?? 1,
    backupCount: input.backupCount ?? 0,
    utc: input.utc ?? false,
    atTime: input.atTime ?? null,
    delay: input.delay ?? true,
    timeZone: zone === "TZ" ? "local" : (input.tz ?? "UTC"),
    clock: () => now * 1_000,
    ...namerOf(input.namer),
  };
  const build = (): TimedRotatingFileHandler => new TimedRotatingFileHandler(file, options);
  if (input.kind === "initial" && input.mtime !== null && input.mtime !== undefined) {
    fill1("app.log");
    utimesSync(file, input.mtime, input.mtime);
  }
  let handler = build();
  const { when, interval, suffix, dayOfWeek } = handler;
  if (input.kind === "constructor") return { when, intervalSeconds: interval, suffix, dayOfWeek };
  if (input.kind === "computeRollover") return { rolloverAt: handler.computeRollover(input.currentTime as number) };
  if (input.kind === "initial") return { rolloverAt: handler.rolloverAt };
  if (input.kind === "filesToDelete") return { delete: handler.getFilesToDelete().map((path) => basename(path)) };
  const rolloverAt = [handler.rolloverAt];
  for (const step of input.steps ?? []) {
    now = step.at;
    if (step.op === "rollover") handler.doRollover();
    else if (step.op === "log") {
      log(handler, step.message ?? "");
      if (existsSync(file)) utimesSync(file, step.at, step.at);
    } else {
      handler.close();
      handler = build();
    }
    rolloverAt.push(handler.rolloverAt);
  }
  handler.close();
  return { files: contents(place), rolloverAt };
};

/** Adds a file to the place, which is made when the case has not. */
function fill1(name: string): void {
  const there = existsSync(place) ? Object.fromEntries(readdirSync(place).map((other) => [other, ""])) : {};
  fill(place, { ...there, [name]: "" });
}

describe("vectors: timed_rollover", () => {
  for (const { id, input, expected, error } of loadVectors<Input, Expected>("io", "timed_rollover", import.meta.url)) {
    test(id, () => {
      for (const zone of ["timeZone", "TZ"] as const) {
        if (error === undefined) expect(run(input, zone)).toEqual(relevant(expected as Expected));
        else expect(() => run(input, zone)).toThrow(LoggingError);
      }
    });
  }
});

/** What is there to help in debugging, the state of the zone, is left out. */
function relevant(expected: Expected): Partial<Expected> {
  const { now: _, then: __, ...rest } = expected as Expected & { now?: unknown; then?: unknown };
  return rest;
}
