import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeLogRecord, resetLogging } from "@cordwood/core";
import { WatchedFileHandler } from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, expect, test } from "vitest";
import { textOf } from "./log-files.js";

afterEach(() => resetLogging());

const record = (msg: string): ReturnType<typeof makeLogRecord> => makeLogRecord({ msg });

test("writes the first record after a rename to a new file", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "app.log");
  const handler = new WatchedFileHandler(file);
  handler.handle(record("one"));
  renameSync(file, `${file}.1`);
  handler.handle(record("two"));
  expect([textOf(`${file}.1`), textOf(file)]).toEqual(["one\n", "two\n"]);
});

test("opens the file again on demand, when it is gone", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "app.log");
  const handler = new WatchedFileHandler(file, { checkIntervalMs: Number.POSITIVE_INFINITY });
  handler.handle(record("one"));
  rmSync(file);
  handler.reopenIfNeeded();
  handler.handle(record("two"));
  expect(textOf(file)).toBe("two\n");
});
