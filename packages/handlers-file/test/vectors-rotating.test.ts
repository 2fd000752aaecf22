import { join } from "node:path";
import { resetLogging, setErrorReporter } from "@cordwood/core";
import { RotatingFileHandler } from "@cordwood/handlers-file";
import { loadVectors, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { contents, fill, log, type NamerData, namerOf, raw } from "./vector-files.js";

interface Options {
  maxBytes: number;
  backupCount: number;
}

interface Input extends Options {
  mode: "a" | "w" | "x";
  delay: boolean;
  existing: Record<string, string>;
  namer?: NamerData | null;
  multibyte?: boolean;
  afterClose?: boolean;
  steps: ({ op: "log"; message: string } | { op: "close" } | ({ op: "reopen" } & Partial<Options>) | { op: "rollover" })[];
}

interface Expected {
  files: Record<string, string>;
}

const folder = temporaryFolder();
const place = join(folder.path, "case");

beforeEach(() => {
  resetLogging();
  setErrorReporter(() => {});
});
afterAll(() => folder.remove());

const run = (input: Input): Record<string, string> => {
  fill(place, input.existing);
  const options = { maxBytes: input.maxBytes, backupCount: input.backupCount };
  const build = (): RotatingFileHandler =>
    new RotatingFileHandler(join(place, "app.log"), {
      ...options,
      mode: input.mode,
      delay: input.delay,
      formatter: raw,
      ...namerOf(input.namer),
    });
  let handler = build();
  for (const step of input.steps) {
    if (step.op === "log") log(handler, step.message);
    else if (step.op === "close") handler.close();
    else if (step.op === "rollover") handler.doRollover();
    else {
      handler.close();
      const { op: _, ...changed } = step;
      Object.assign(options, changed);
      handler = build();
    }
  }
  handler.close();
  return contents(place);
};

/** CPython adds characters to a position in bytes; here bytes are added to bytes, so such a file may roll over earlier. */
const inBytes = (input: Input): Input => ({
  ...input,
  multibyte: false,
  existing: Object.fromEntries(Object.entries(input.existing).map(([name, content]) => [name, widen(content)])),
  steps: input.steps.map((step) => (step.op === "log" ? { ...step, message: widen(step.message) } : step)),
});

/** ASCII text with as many characters as the text has bytes. */
const widen = (text: string): string => text.replace(/[^\0-\x7f]/gu, (character) => "?".repeat(Buffer.byteLength(character)));

describe("vectors: rotating", () => {
  for (const { id, input, expected, error } of loadVectors<Input, Expected>("io", "rotating", import.meta.url)) {
    if (input.multibyte) {
      // The size is that of the bytes written: what ASCII text of as many bytes does, this text does too.
      test(`${id} (bytes are counted, not characters)`, () => {
        const sizes = (files: Record<string, string>): Record<string, number> =>
          Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.byteLength(content)]));
        expect(sizes(run(input))).toEqual(sizes(run(inBytes(input))));
      });
    } else if (input.afterClose) {
      // A closed handler drops and counts what it is given; CPython opens the file again.
      test(`${id} (a closed handler stays closed)`, () => {
        const before = input.steps.slice(
          0,
          input.steps.findIndex((step) => step.op === "close"),
        );
        expect(run(input)).toEqual(run({ ...input, steps: before }));
      });
    } else {
      test(id, () => {
        if (error === undefined) expect(run(input)).toEqual(expected?.files);
        else expect(() => run(input)).toThrow();
      });
    }
  }
});
