import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BasicConfigOptions, basicConfig } from "@cordwood/config";
import { getLogger, INFO, LoggingError, NullHandler, resetLogging, StreamHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";

const codeOf = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    return error instanceof LoggingError ? `${error.code}: ${error.message}` : String(error);
  }
  return "nothing was thrown";
};

const sink = () => {
  const lines: string[] = [];
  return { lines, write: (text: string) => lines.push(text) };
};

beforeEach(resetLogging);
afterEach(resetLogging);

test("writes to a file that it creates, in append mode", () => {
  using folder = temporaryFolder();
  const filename = join(folder.path, "app.log");
  basicConfig({ filename, level: "INFO", format: "%(levelname)s %(message)s" });
  getLogger("app").info("one");
  resetLogging();
  basicConfig({ filename, format: "%(message)s" });
  getLogger("app").warning("two");
  resetLogging();
  expect(readFileSync(filename, "utf8")).toBe("INFO one\ntwo\n");
});

test("empties the file with filemode w, and writes characters that the encoding lacks as backslash escapes", () => {
  using folder = temporaryFolder();
  const filename = join(folder.path, "app.log");
  basicConfig({ filename, format: "%(message)s" });
  getLogger().error("old");
  basicConfig({ filename, filemode: "w", encoding: "ascii", force: true, format: "%(message)s" });
  getLogger().error("prix 5 €");
  resetLogging();
  expect(readFileSync(filename, "latin1")).toBe("prix 5 \\u20ac\n");
});

test("leaves a root that has handlers alone, wrong options included", () => {
  const handler = new NullHandler();
  getLogger().addHandler(handler);
  basicConfig({ style: "?" } as unknown as BasicConfigOptions);
  expect(getLogger().handlers).toEqual([handler]);
});

test("closes the handlers that force takes away, but not one that is given again", () => {
  const replaced = new StreamHandler(sink());
  const kept = new StreamHandler(sink());
  basicConfig({ handlers: [replaced, kept] });
  basicConfig({ handlers: [kept], force: true });
  expect([replaced.closed, kept.closed]).toEqual([true, false]);
  expect(getLogger().handlers).toEqual([kept]);
});

test("changes nothing when anything is wrong, also with force", () => {
  const handler = new StreamHandler(sink());
  basicConfig({ handlers: [handler], level: "ERROR" });
  expect(codeOf(() => basicConfig({ force: true, stream: sink(), level: "LOUD" }))).toContain("LEVEL_UNKNOWN");
  expect(codeOf(() => basicConfig({ force: true, stream: sink(), format: "no field" }))).not.toBe("nothing was thrown");
  expect(codeOf(() => basicConfig({ force: true, levels: "app=loud" }))).toContain('"loud" is no level');
  expect([getLogger().handlers, getLogger().level, handler.closed]).toEqual([[handler], 40, false]);
});

test("gives its formatter only to handlers without one", () => {
  const own = sink();
  const other = sink();
  basicConfig({
    handlers: [new StreamHandler(own, { formatter: new Formatter("own %(message)s") }), new StreamHandler(other)],
    format: "%(name)s %(message)s",
  });
  getLogger("a.b").warning("hello");
  expect([own.lines, other.lines]).toEqual([["own hello\n"], ["a.b hello\n"]]);
});

test("takes a ready formatter, and refuses it beside the pieces of one", () => {
  const out = sink();
  const formatter = new Formatter("%(message)s!");
  basicConfig({ stream: out, formatter });
  getLogger().error("hi");
  expect(out.lines).toEqual(["hi!\n"]);
  expect(codeOf(() => basicConfig({ force: true, formatter, datefmt: "%H" }))).toBe(
    "OPTION_INVALID: basicConfig: formatter and datefmt are both given; give one of them",
  );
});

test("sets the levels of several loggers in one line, after the root's", () => {
  basicConfig({ stream: sink(), level: "ERROR", levels: "info,app.db=debug,http=off" });
  expect([getLogger().level, getLogger("app.db").level, getLogger("http").isEnabledFor(60)]).toEqual([INFO, 10, false]);
});

test("names the keyword that was meant", () => {
  expect(codeOf(() => basicConfig({ fileName: "x.log" } as BasicConfigOptions))).toBe(
    'OPTION_INVALID: basicConfig: unknown "fileName"; did you mean "filename"?',
  );
  expect(codeOf(() => basicConfig({ stream: sink(), filename: "x.log" }))).toBe(
    "OPTION_INVALID: basicConfig: stream and filename are both given; give one of them",
  );
  expect(codeOf(() => basicConfig({ handlers: [], filemode: "w" }))).toBe(
    "OPTION_INVALID: basicConfig: handlers and filemode are both given; give filemode to the handler itself",
  );
  expect(codeOf(() => basicConfig({ handlers: [{} as never] }))).toBe(
    "OPTION_INVALID: basicConfig: handlers[0] is no handler; give objects with handle(record)",
  );
});
