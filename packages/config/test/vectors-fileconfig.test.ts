import { writeFileSync } from "node:fs";
import { fileConfig } from "@cordwood/config";
import { LoggingError } from "@cordwood/core";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { type Existing, summaryLike } from "./summary.js";
import { type ConfigCase, freshLogging, inEmptyFolder } from "./vector-case.js";

interface Input {
  existing: Existing[];
  text: string | null;
  defaults?: Record<string, string>;
  disableExisting?: boolean | null;
}

const hidden = freshLogging();

/** On purpose: a formatter's class may be named without its module, as a handler's may; CPython wants `logging.Formatter`. */
const hasBareFormatter = (text: string): boolean => /^\[formatter_[^\]]*\][^[]*^class\s*[=:]\s*Formatter\s*$/m.test(text);

/** What of the error's text must appear in ours, for it to be about the same place. */
const nameIn = (error: string, message: string): string => {
  if (error === "KeyError") return message;
  return (
    /'(LOUD|debug|10|NoSuch|nosuchname|nosuchmodule|logging\.NoSuch)'/.exec(message)?.[1] ??
    /option '(\w+)'/.exec(message)?.[1] ??
    /specified: (\w+)/.exec(message)?.[1] ??
    ""
  );
};

describe("vectors: fileconfig", () => {
  for (const { id, input, expected, error, message } of loadVectors(
    "io",
    "fileconfig",
    import.meta.url,
  ) as unknown as readonly ConfigCase<Input>[]) {
    test(id, () =>
      inEmptyFolder(input.existing, async (folder) => {
        if (input.text !== null) writeFileSync("logging.ini", input.text);
        let failure: unknown;
        try {
          await fileConfig("logging.ini", {
            ...(input.defaults === undefined ? {} : { defaults: input.defaults }),
            ...(input.disableExisting === undefined || input.disableExisting === null
              ? {}
              : { disableExistingLoggers: input.disableExisting }),
          });
        } catch (thrown) {
          failure = thrown;
        }
        if (error !== undefined && hasBareFormatter(input.text ?? "")) expect(failure).toBeUndefined();
        else if (expected === undefined) {
          expect(failure).toBeInstanceOf(LoggingError);
          expect((failure as Error).message).toContain(nameIn(error as string, message as string));
        } else {
          expect(failure).toBeUndefined();
          expect(summaryLike(expected, folder, hidden)).toEqual(expected);
        }
      }),
    );
  }
});
