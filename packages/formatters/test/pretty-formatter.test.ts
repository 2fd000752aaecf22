import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConsoleHandler, getLogger, LogRecord, resetLogging } from "@cordwood/core";
import { formatterConformance } from "@cordwood/core/testing";
import { PrettyFormatter, type PrettyFormatterOptions } from "@cordwood/formatters";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { record } from "./structured.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  resetLogging();
});

const show = (options: PrettyFormatterOptions, r: LogRecord): string =>
  new PrettyFormatter({ color: false, timeZone: "utc", width: 100, ...options }).format(r);

describe("lines", () => {
  test("have time, level, name and message in columns, and the fields behind them", () => {
    const levels = [5, 10, 20, 30, 40, 50].map((levelno) =>
      show({}, new LogRecord({ name: "shop.http", levelno, msg: "ready", fields: { n: 1 } }).with({ created: 1700000000.25 })),
    );
    expect(levels).toEqual([
      "22:13:20.250 TRACE  shop.http       ready                     n=1",
      "22:13:20.250 DEBUG  shop.http       ready                     n=1",
      "22:13:20.250 INFO   shop.http       ready                     n=1",
      "22:13:20.250 WARN   shop.http       ready                     n=1",
      "22:13:20.250 ERROR  shop.http       ready                     n=1",
      "22:13:20.250 FATAL  shop.http       ready                     n=1",
    ]);
  });

  test("show values as one writes them in code", () => {
    const fields = {
      s: "word",
      t: "two words",
      e: "",
      n: 1.5,
      b: false,
      u: null,
      big: 5n,
      o: { a: [1, "x"], m: new Map([["k", 1]]) },
      d: new Date(0),
      f: () => 1,
    };
    expect(show({ width: 400 }, record({ fields })).split("connected".padEnd(26))[1]).toBe(
      's=word t="two words" e="" n=1.5 b=false u=null big=5n o={ a: [ 1, "x" ], m: Map { k: 1 } } d=1970-01-01T00:00:00.000Z f=[Function: f]',
    );
  });

  test("show durations as one reads them, and leave words that only end like one", () => {
    const fields = { durationMs: 1250, wait_ms: 0.25, responseTime: 12.345, totalMillis: 3_723_000, ms: 61_000, items: 5 };
    expect(show({ width: 400 }, record({ fields })).split("connected".padEnd(26))[1]).toBe(
      "duration=1.25s wait=250µs responseTime=12.3ms total=1h 02m ms=1m 01s items=5",
    );
  });

  test("put fields below each other when the line is too short for them, and open what is still too wide", () => {
    expect(
      show(
        { width: 60 },
        record({
          msg: "slow",
          fields: { method: "GET", n: 5, headers: { accept: "application/json, text/plain", host: "shop.example" }, body: "two\nlines" },
        }),
      ),
    ).toBe(
      [
        "22:13:20.250 INFO   app.db          slow",
        "                    │ method   GET",
        "                    │ n        5",
        "                    │ headers",
        '                    │   accept  "application/json, text/plain"',
        "                    │   host    shop.example",
        "                    │ body",
        "                    │   two",
        "                    │   lines",
      ]
        .map((line) => line.trimEnd())
        .join("\n"),
    );
  });

  test("keep the lines of a message together", () => {
    expect(show({}, record({ msg: "one\ntwo" }))).toBe("22:13:20.250 INFO   app.db          one\n                    │ two");
  });

  test("shorten the first parts of a long logger name, and count wide characters as two columns", () => {
    expect(show({}, record({ name: "application.database.pool" }))).toContain(" a.d.pool        connected");
    expect(show({}, record({ name: "日本" }))).toContain("INFO   日本            connected");
  });

  test.each([
    ["date-time", "2023-11-14 22:13:20.250 INFO"],
    ["iso", "2023-11-14T22:13:20.250Z INFO"],
    ["none", "INFO   app.db"],
  ] as const)("begin as time %s asks", (time, expected) => {
    expect(show({ time }, record()).startsWith(expected)).toBe(true);
  });

  test("say how long after the line before they come", () => {
    const formatter = new PrettyFormatter({ color: false, time: "since-last" });
    expect([1, 1.0125, 63.5].map((created) => formatter.format(record({ created })).split(" INFO")[0]?.trim())).toEqual([
      "+0ms",
      "+12.5ms",
      "+1m 02s",
    ]);
  });

  test("begin nowhere but where a record begins, whatever names and values hold", () => {
    const forged = "x\n22:13:20.250 INFO   app.db          forged";
    class Forged {
      a = 1;
    }
    Object.defineProperty(Forged, "name", { value: forged });
    const error = Object.assign(new Error(forged), {
      name: forged,
      [forged]: forged,
      stack: `${forged}: ${forged}\n    at ${forged} (a:1:1)`,
    });
    const r = record({
      name: forged,
      levelname: forged,
      msg: forged,
      fields: { [forged]: forged, list: [forged], f: Object.assign(() => 1, { x: 1 }), c: new Forged(), err: error },
      error,
      exc_text: forged,
      stack_info: forged,
    });
    const [first, ...rest] = show({}, r).split("\n");
    expect(first).toMatch(/^22:13:20\.250 x\\n22/);
    for (const line of rest) expect(line).toMatch(/^ +│ /);
  });

  test("show no control characters and no hidden ones but their own", () => {
    const text = show(
      {},
      record({
        name: "n\x1b[1m",
        msg: "a\x1b[31mb\u009b\u202e",
        fields: { "k\x07": "v\x1b]8;;x\x07", list: ["\x7f"] },
        error: new Error("e\x1b[2J"),
      }),
    );
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(text).toContain("a\\x1b[31mb\\x9b\\u202e");
  });
});

describe("errors", () => {
  test("show their own frames with short paths, the source around the first, their fields and causes", () => {
    using folder = temporaryFolder();
    vi.spyOn(process, "cwd").mockReturnValue(folder.path);
    writeFileSync(join(folder.path, "pay.ts"), "const a = 1;\nfunction charge() {\n  throw new PaymentError();\n}\n");
    const error = Object.assign(new Error("card declined"), { name: "PaymentError", code: "E_CARD" });
    error.stack = `PaymentError: card declined\n    at charge (${folder.path}/pay.ts:3:9)\n    at async serve (file://${folder.path}/http.ts:9:1)\n    at node:internal/x:1:1\n    at dep (${folder.path}/node_modules/dep/i.js:1:1)`;
    const cause = new Error("refused");
    cause.stack = "Error: refused";
    error.cause = cause;
    expect(show({}, record({ levelno: 40, levelname: "ERROR", error })).split("\n")).toEqual([
      "22:13:20.250 ERROR  app.db          connected",
      "                    │ PaymentError: card declined",
      "                    │     code: E_CARD",
      "                    │     at charge pay.ts:3:9",
      "                    │         2 │ function charge() {",
      "                    │       ❯ 3 │   throw new PaymentError();",
      "                    │         4 │ }",
      "                    │     at async serve http.ts:9:1",
      "                    │     … 2 frames of Node and node_modules",
      "                    │ caused by Error: refused",
    ]);
    vi.restoreAllMocks();
  });

  test("show no blank lines of source at its ends", () => {
    using folder = temporaryFolder();
    vi.spyOn(process, "cwd").mockReturnValue(folder.path);
    writeFileSync(join(folder.path, "last.ts"), "\n  \n\nfail();\n");
    const error = new Error("bad");
    error.stack = `Error: bad\n    at ${folder.path}/last.ts:4:1`;
    expect(show({ sourceLines: 3 }, record({ error })).split("\n").slice(2)).toEqual([
      "                    │     at last.ts:4:1",
      "                    │       ❯ 4 │ fail();",
    ]);
    vi.restoreAllMocks();
  });

  test("never show a file that only the message names", () => {
    // Put together here, so that the lines shown around this test do not hold it.
    const leak = ["hunt", "er2"].join("");
    using folder = temporaryFolder();
    vi.spyOn(process, "cwd").mockReturnValue(folder.path);
    writeFileSync(join(folder.path, "secret.ts"), leak);
    const error = new Error(`bad input\n    at x (${folder.path}/secret.ts:1:1)`);
    expect(show({}, record({ error }))).not.toContain(leak);
    error.stack = `Error: other\n    at x (${folder.path}/../secret.ts:1:1)\n    at y (/etc/hostname:1:1)`;
    expect(show({}, record({ error }))).not.toContain(leak);
    vi.restoreAllMocks();
  });

  test("as fields are shown below, with their key", () => {
    const err = new Error("inner");
    err.stack = "Error: inner";
    expect(show({}, record({ fields: { a: 1, err } }))).toBe(
      "22:13:20.250 INFO   app.db          connected                 a=1\n                    │ err Error: inner",
    );
  });

  test("show all members, and stop at a circle", () => {
    const many = new AggregateError([new Error("one"), "two"], "many");
    many.cause = many;
    const text = show({ stack: "none" }, record({ error: many }));
    expect(text).toMatch(/AggregateError: many\n.*caused by \[Circular\]\n.*1 of 2 Error: one\n.*2 of 2 two$/);
  });
});

describe("colours", () => {
  const colored = (options: PrettyFormatterOptions = {}): boolean => new PrettyFormatter(options).format(record()).includes("\x1b[");
  test("come when asked for, or when the environment or the terminal says so", () => {
    for (const name of ["FORCE_COLOR", "NO_COLOR", "TERM", "COLORTERM"]) vi.stubEnv(name, undefined);
    expect(colored({ color: true })).toBe(true);
    expect(colored({ color: false })).toBe(false);
    expect(colored()).toBe(process.stdout.isTTY === true);
    vi.stubEnv("FORCE_COLOR", "1");
    expect(colored()).toBe(true);
    expect(colored({ color: false })).toBe(false);
    vi.stubEnv("NO_COLOR", "1");
    expect(colored()).toBe(true);
    vi.stubEnv("FORCE_COLOR", "0");
    expect(colored()).toBe(false);
    vi.stubEnv("FORCE_COLOR", undefined);
    expect(colored()).toBe(false);
  });

  test("come to a terminal, but not against NO_COLOR or to a dumb one", () => {
    for (const name of ["FORCE_COLOR", "NO_COLOR", "TERM", "COLUMNS"]) vi.stubEnv(name, undefined);
    vi.stubGlobal("process", {
      ...process,
      env: process.env,
      stdout: { isTTY: true, columns: 40 },
      stderr: {},
      getBuiltinModule: process.getBuiltinModule,
      cwd: process.cwd,
    });
    expect(colored()).toBe(true);
    expect(colored({ stream: "stderr" })).toBe(false);
    vi.stubEnv("TERM", "dumb");
    expect(colored()).toBe(false);
    vi.stubEnv("TERM", "xterm");
    vi.stubEnv("NO_COLOR", "1");
    expect(colored()).toBe(false);
    // The terminal's width decides where the fields go.
    expect(new PrettyFormatter({ color: false }).format(record({ fields: { abc: "def" } }))).toContain("\n");
  });

  test("are others on a light background, and sixteen where there are no more", () => {
    for (const name of ["FORCE_COLOR", "COLORTERM", "TERM", "COLORFGBG"]) vi.stubEnv(name, undefined);
    const text = (options: PrettyFormatterOptions = {}): string => new PrettyFormatter({ color: true, ...options }).format(record());
    expect(text()).not.toContain("38;5;");
    vi.stubEnv("COLORTERM", "truecolor");
    const dark = text({ theme: "dark" });
    const light = text({ theme: "light" });
    expect(dark).toContain("38;5;");
    expect(light).not.toBe(dark);
    vi.stubEnv("COLORFGBG", "0;15");
    expect(text()).toBe(light);
    vi.stubEnv("COLORFGBG", "15;0");
    expect(text()).toBe(dark);
  });

  test("add nothing that can be seen", () => {
    vi.stubEnv("FORCE_COLOR", "2");
    const r = record({ msg: "two\nlines", fields: { a: 1, b: { c: "x y" }, status: 500 }, error: new Error("e") });
    const plain = show({ width: 80 }, r);
    expect(new PrettyFormatter({ color: true, timeZone: "utc", width: 80 }).format(r).replace(/\x1b\[[\d;]*m/g, "")).toBe(plain);
  });
});

describe("in a browser", () => {
  test("a ConsoleHandler gives the console styles and objects that can be opened", () => {
    vi.stubGlobal("document", {});
    const calls: unknown[][] = [];
    vi.spyOn(console, "info").mockImplementation((...args) => void calls.push(args));
    const logger = getLogger("page");
    logger.setLevel("INFO");
    logger.addHandler(new ConsoleHandler({ formatter: new PrettyFormatter({ timeZone: "utc" }) }));
    const error = new Error("e");
    logger.info("100%% of %s", "all", { user: { id: 5 } }, error);
    vi.restoreAllMocks();
    const [format, ...rest] = calls[0] as [string, ...unknown[]];
    expect(format).toBe("%c%s %c%s%c %s%c %s");
    expect(rest[1]).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
    expect([rest[3], rest[5], rest[7], rest[8], rest[9]]).toEqual(["INFO", "page", "100% of all", { user: { id: 5 } }, error]);
  });

  test("is not taken for a terminal, and a terminal not for one", () => {
    expect(new PrettyFormatter().formatToConsole).toBeUndefined();
    expect(new PrettyFormatter({ output: "browser" }).formatToConsole).toBeTypeOf("function");
    vi.stubGlobal("document", {});
    expect(new PrettyFormatter({ output: "terminal" }).formatToConsole).toBeUndefined();
  });
});

describe("PrettyFormatter", () => {
  test.each<[unknown, RegExp]>([
    [{ color: "yes" }, /color is yes; give one of auto, true, false/],
    [{ width: 5 }, /width is 5; give a whole number from 20/],
    [{ colour: true }, /there is no option "colour"/],
    [{ timeZone: "Nowhere" }, /timeZone is Nowhere/],
  ])("refuses %o", (options, message) => {
    expect(() => new PrettyFormatter(options as PrettyFormatterOptions)).toThrow(message);
  });

  for (const c of formatterConformance({ create: () => new PrettyFormatter({ color: true }) })) test(`conformance: ${c.name}`, c.run);
});
