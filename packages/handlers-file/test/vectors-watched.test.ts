import { appendFileSync, copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resetLogging, setErrorReporter } from "@cordwood/core";
import { WatchedFileHandler } from "@cordwood/handlers-file";
import { loadVectors, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { contents, fill, log } from "./vector-files.js";

type Step =
  | { op: "log"; message: string }
  | { op: "rename"; from: string; to: string }
  | { op: "copy"; from: string; to: string }
  | { op: "delete"; name: string }
  | { op: "truncate"; name: string }
  | { op: "append"; name: string; content: string }
  | { op: "create"; name: string; content: string }
  | { op: "close" };

interface Input {
  mode: "a" | "w" | "x";
  delay: boolean;
  existing: Record<string, string>;
  quirk?: "delay-w";
  steps: Step[];
}

const folder = temporaryFolder();
const place = join(folder.path, "case");
const at = (name: string): string => join(place, name);

beforeEach(() => {
  resetLogging();
  setErrorReporter(() => {});
});
afterAll(() => folder.remove());

/** @param late makes the handler, which then opens the file at once, only when the first record comes. */
const run = (input: Input, late = false): Record<string, string> => {
  fill(place, input.existing);
  const build = (): WatchedFileHandler => new WatchedFileHandler(at("app.log"), { mode: input.mode, delay: input.delay && !late });
  let handler = late ? undefined : build();
  for (const step of input.steps) {
    if (step.op === "log") log((handler ??= build()), step.message);
    else if (step.op === "rename") renameSync(at(step.from), at(step.to));
    else if (step.op === "copy") copyFileSync(at(step.from), at(step.to));
    else if (step.op === "delete") rmSync(at(step.name));
    else if (step.op === "truncate") truncateSync(at(step.name), 0);
    else if (step.op === "append") appendFileSync(at(step.name), step.content);
    else if (step.op === "close") handler?.close();
    else {
      // Always a new inode, as another program replacing the file leaves behind.
      writeFileSync(at("new.tmp"), step.content);
      renameSync(at("new.tmp"), at(step.name));
    }
  }
  handler?.close();
  return contents(place);
};

describe("vectors: watched", () => {
  for (const { id, input, expected, error } of loadVectors<Input, { files: Record<string, string> }>("io", "watched", import.meta.url)) {
    const closed = input.steps.findIndex((step) => step.op === "close");
    if (closed >= 0 && input.steps.slice(closed).some((step) => step.op === "log")) {
      // A closed handler drops and counts what it is given; CPython opens the file again in mode "a".
      test(`${id} (a closed handler stays closed)`, () => {
        const withoutLate = input.steps.filter((step, index) => index < closed || step.op !== "log");
        expect(run(input)).toEqual(run({ ...input, steps: withoutLate }));
      });
    } else if (input.quirk === "delay-w") {
      // CPython opens the file a second time for the second record and so empties it; here the first record is kept.
      test(`${id} (the first record of a delayed file is kept)`, () => {
        expect(run(input)).toEqual(run(input, true));
      });
    } else {
      test(id, () => {
        if (error === undefined) expect(run(input)).toEqual(expected?.files);
        else expect(() => run(input)).toThrow();
      });
    }
  }
});
