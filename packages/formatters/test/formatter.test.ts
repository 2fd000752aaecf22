import { LogRecord, makeLogRecord, setLogRecordFactory } from "@cordwood/core";
import { formatterConformance } from "@cordwood/core/testing";
import { Formatter, type FormatterOptions } from "@cordwood/formatters";
import { afterEach, describe, expect, test, vi } from "vitest";

const record = (more: Readonly<Record<string, unknown>> = {}): LogRecord =>
  makeLogRecord({
    name: "app.db",
    levelno: 30,
    levelname: "WARNING",
    msg: "disk %d%% full on %s",
    args: [91, "sda"],
    created: 1057675785.896,
    ...more,
  });

const text = (fmt: string | null | undefined, options: FormatterOptions = {}, more: Readonly<Record<string, unknown>> = {}): string =>
  new Formatter(fmt, { timeZone: "utc", ...options }).format(record(more));

/** An error whose stack is known. */
const failure = (message: string, stack = `Error: ${message}\n    at work (app.js:1:2)`, options?: ErrorOptions): Error => {
  const error = new Error(message, options);
  error.stack = stack;
  return error;
};

describe("the format", () => {
  test("is the message alone when none is given, in every style", () => {
    for (const style of ["%", "{", "$"] as const) expect(text(undefined, { style })).toBe("disk 91% full on sda");
    expect(text(null)).toBe("disk 91% full on sda");
    expect(text("")).toBe("disk 91% full on sda");
  });

  test("gives the same line in all three styles", () => {
    const line = "2003-07-08 14:49:45,896 WARNING  app.db disk 91% full on sda";
    expect(text("%(asctime)s %(levelname)-8s %(name)s %(message)s")).toBe(line);
    expect(text("{asctime} {levelname:<8} {name} {message}", { style: "{" })).toBe(line);
    expect(text(`$asctime $levelname  \${name} $message`, { style: "$" })).toBe(line);
  });

  test("counts widths in code points", () => {
    const more = { msg: "😀", args: [], name: "日本" };
    expect(text("%(name)-4s|%(message)4s|%(message)-3s|", {}, more)).toBe("日本  |   😀|😀  |");
    expect(text("{name:^6}|{message:>3}|", { style: "{" }, more)).toBe("  日本  |  😀|");
  });

  test("takes numbers with all their flags", () => {
    expect(text("%(levelno)05d|%(levelno)+d|%(levelno)-6d|%(levelno)#x|%(created).1f|%(msecs)03d")).toBe(
      "00030|+30|30    |0x1e|1057675785.9|896",
    );
    expect(text("%(n)d|%(n)5d|%(n)05d|%(n)-5d|", {}, { n: -7 })).toBe("-7|   -7|-0007|-7   |");
    expect(text("%(n)d|%(n)s", {}, { n: 12345678901234567890n })).toBe("12345678901234567890|12345678901234567890");
  });

  test("shows quoted values with %r, %a, !r and !a as Python writes them", () => {
    const more = { who: "O'Neil\té😀\\" };
    expect(text("%(who)r|%(who)a", {}, more)).toBe(String.raw`"O'Neil\té😀\\"|"O'Neil\t\xe9\U0001f600\\"`);
    expect(text("{who!r:>20}|{levelno!r}", { style: "{" }, more)).toBe(String.raw`      "O'Neil\té😀\\"|30`);
    expect(text("%(who)r", {}, { who: `'"` })).toBe(String.raw`'\'"'`);
  });

  test("caps widths at 1 024 and digits at 100", () => {
    expect(text("%(message)5000s")).toHaveLength(1_024);
    expect(text("%(levelno)05000d")).toHaveLength(1_024);
    expect(text("{message:>5000}", { style: "{" })).toHaveLength(1_024);
    expect(text("{message:{w}}", { style: "{" }, { w: 1e6 })).toHaveLength(1_024);
    expect(text("%(created).5000f")).toHaveLength("1057675785.".length + 100);
    expect(text("{created:.5000f}", { style: "{" })).toHaveLength("1057675785.".length + 100);
  });

  test("is checked when the formatter is made, unless validate is off", () => {
    for (const [fmt, style] of [
      ["plain", "%"],
      ["%(message)", "%"],
      ["{message", "{"],
      ["{message!x}", "{"],
      ["{message:10q}", "{"],
      ["$ message", "$"],
      ["plain", "$"],
    ] as const) {
      expect(() => new Formatter(fmt, { style })).toThrow(expect.objectContaining({ code: "FORMAT_INVALID" }));
      expect(() => new Formatter(fmt, { style, validate: false })).not.toThrow();
    }
  });

  test("throws when it is used, if what is wrong shows only then", () => {
    const formatter = new Formatter("%(message)s %s");
    expect(() => formatter.format(record())).toThrow(/names no field/);
    expect(() => text("{levelno:d5}", { style: "{", validate: false })).toThrow(expect.objectContaining({ code: "FORMAT_INVALID" }));
    expect(() => text("%(message)d")).toThrow();
  });
});

describe("options", () => {
  test.each([
    ["an unknown style", { style: "f" }, "OPTION_INVALID"],
    ["an unknown time zone", { timeZone: "Mars/Olympus" }, "OPTION_INVALID"],
    ["an unknown option", { dateFmt: "%H" }, "OPTION_UNKNOWN"],
    ["controlCharacters of another kind", { controlCharacters: "strip" }, "OPTION_INVALID"],
    ["multiline of another kind", { multiline: true }, "OPTION_INVALID"],
    ["a datefmt that is no text", { datefmt: 5 }, "OPTION_INVALID"],
    ["defaults that are no object", { defaults: "host" }, "OPTION_INVALID"],
    ["a datefmt by position", "%H:%M", "OPTION_INVALID"],
  ])("refuse %s", (_name, options, code) => {
    expect(() => new Formatter("%(message)s", options as FormatterOptions)).toThrow(expect.objectContaining({ code }));
  });

  test("refuse a format that is no text", () => {
    expect(() => new Formatter(5 as unknown as string)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

describe("fields", () => {
  test("are looked for among attributes, properties set by filters, fields, bound fields, context, defaults", () => {
    const found = record({ fields: { user: "call", a: 1 }, bound: { user: "bound", b: 2 }, context: { user: "context", b: 0, c: 3 } });
    const formatter = new Formatter("%(user)s %(a)s %(b)s %(c)s %(d)s %(name)s", { defaults: { user: "default", d: 4, name: "default" } });
    expect(formatter.format(found)).toBe("call 1 2 3 4 app.db");
    const filtered = record();
    Object.assign(filtered, { ip: "10.0.0.1" });
    expect(new Formatter("%(ip)-15s|").format(filtered)).toBe("10.0.0.1       |");
  });

  test("may be computed by getters of a class, never by what every object inherits", () => {
    class Connection {
      get ip(): string {
        return "10.0.0.7";
      }
      close(): void {}
    }
    expect(text("%(ip)s", {}, { fields: new Connection() })).toBe("10.0.0.7");
    for (const name of ["close", "constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(() => text(`%(${name})s`, {}, { fields: new Connection() })).toThrow(expect.objectContaining({ code: "FIELD_MISSING" }));
    }
  });

  test("that are missing are an error which names them and what there is", () => {
    expect(() => text("%(usr)s", {}, { user: "ann", host: "web1" })).toThrow(/"usr".*"user".*"host"/);
    expect(() => text("{usr}", { style: "{" })).toThrow(/"usr".*no fields/);
  });

  test("are not reached into: a name with dots or brackets is a name", () => {
    expect(text("{user.id}", { style: "{" }, { "user.id": 5 })).toBe("5");
    for (const fmt of ["{user.id}", "{user[id]}"]) expect(() => text(fmt, { style: "{" }, { user: { id: 5 } })).toThrow(/user/);
  });

  test("of the record's own keeping are none", () => {
    for (const name of ["layout", "text", "made", "site", "given", "merged"]) expect(() => text(`%(${name})s`)).toThrow(/not found/);
    expect(text("%(text)s", {}, { text: "mine" })).toBe("mine");
  });

  test("all together are extra", () => {
    expect(text("%(message)s %(extra)s", {}, { msg: "m", args: [], fields: { a: 1 }, bound: { b: [2] } })).toBe('m {"b":[2],"a":1}');
    expect(text("%(extra)s")).toBe("{}");
  });

  test("that throw when read are marked", () => {
    const fields = {
      get boom(): never {
        throw new Error("no");
      },
    };
    expect(text("%(boom)s", {}, { fields })).toBe("[throws]");
  });

  test("may be of any type", () => {
    const more = { a: null, b: true, c: { x: [1] }, d: new Date(0), e: Symbol("s"), f: undefined };
    expect(text("%(a)s %(b)s %(c)s %(d)s %(e)s %(f)s", {}, more)).toBe('null true {"x":[1]} 1970-01-01T00:00:00.000Z Symbol(s) undefined');
    expect(text("{a:>6}|{b:<6}|{c:s}", { style: "{" }, more)).toBe('  null|true  |{"x":[1]}');
  });

  test("that are very long are cut, and the cut marked", () => {
    const long = text("%(body)s", {}, { body: "x".repeat(1_000_000) });
    expect(long).toMatch(/x… \[737856 more characters\]$/);
  });
});

describe("asctime", () => {
  test("is the zone's, with milliseconds of the record", () => {
    expect(text("%(asctime)s %(message)s")).toMatch(/^2003-07-08 14:49:45,896 /);
    expect(text("%(asctime)s", { timeZone: "Europe/Berlin" })).toBe("2003-07-08 16:49:45,896");
    expect(text("%(asctime)s", {}, { msecs: 7 })).toBe("2003-07-08 14:49:45,007");
  });

  test("follows datefmt, and the two defaults, whenever they are assigned", () => {
    const formatter = new Formatter("%(asctime)s", { timeZone: "utc" });
    const times: string[] = [];
    const add = (): number => times.push(formatter.format(record()));
    add();
    formatter.defaultMsecFormat = "%s.%03dZ";
    add();
    formatter.defaultTimeFormat = "%Y-%m-%dT%H:%M:%S";
    add();
    formatter.defaultMsecFormat = null;
    add();
    formatter.datefmt = "%H:%M";
    add();
    formatter.datefmt = "";
    add();
    expect(times).toEqual([
      "2003-07-08 14:49:45,896",
      "2003-07-08 14:49:45.896Z",
      "2003-07-08T14:49:45.896Z",
      "2003-07-08T14:49:45",
      "14:49",
      "2003-07-08T14:49:45",
    ]);
  });

  test("of one record is never that of another, however alike they are", () => {
    const formatter = new Formatter("%(asctime)s %(name)s %(levelname)s %(message)s", { timeZone: "utc" });
    const moments = [0.5, 0.5, 0.501, 1.5, 0.5, 59.999, 60, 3600.25, 3599.999];
    const texts = moments.map((created) => formatter.format(record({ created })).slice(11, 23));
    expect(texts).toEqual(
      ["00:00:00,500", "00:00:00,500", "00:00:00,501", "00:00:01,500", "00:00:00,500", "00:00:59,999"].concat([
        "00:01:00,000",
        "01:00:00,250",
        "00:59:59,999",
      ]),
    );
    expect([1, 2, 1].map((msecs) => formatter.format(record({ msecs })).slice(20, 23))).toEqual(["001", "002", "001"]);
  });

  test("of a record made here is that of its own moment, also between records whose milliseconds were assigned", () => {
    vi.useFakeTimers({ now: 1057675785896 });
    const formatter = new Formatter("%(asctime)s", { timeZone: "utc" });
    class Late extends LogRecord {
      override readonly msecs = 5;
    }
    const end = (shown: LogRecord): string => formatter.format(shown).slice(17);
    const made = (Kind = LogRecord): LogRecord => new Kind({ name: "a", levelno: 20, msg: "" });
    expect(end(made())).toBe("45,896");
    expect(end(record({ msecs: 7 }))).toBe("45,007");
    expect(end(made())).toBe("45,896");
    expect(end(Object.assign(made(), { msecs: 8 }))).toBe("45,008");
    expect(end(made(Late))).toBe("45,005");
    expect(end(made())).toBe("45,896");
    vi.setSystemTime(1057675785897);
    expect(end(made())).toBe("45,897");
    vi.setSystemTime(1057675786000);
    expect(end(made())).toBe("46,000");
    vi.useRealTimers();
  });

  test("is left on the record by the last formatter that used it", () => {
    const shown = record();
    const first = new Formatter("%(asctime)s", { timeZone: "utc" });
    const second = new Formatter("%(asctime)s", { timeZone: "utc", datefmt: "%H" });
    first.format(shown);
    expect(shown.asctime).toBe("2003-07-08 14:49:45,896");
    new Formatter("%(message)s").format(shown);
    expect(shown.asctime).toBe("2003-07-08 14:49:45,896");
    second.format(shown);
    expect(shown.asctime).toBe("14");
    first.format(shown);
    expect(shown.asctime).toBe("2003-07-08 14:49:45,896");
  });

  test("of an impossible time is an error", () => {
    expect(() => text("%(asctime)s", {}, { created: Number.NaN })).toThrow(expect.objectContaining({ code: "TIME_INVALID" }));
  });
});

describe("error and stack", () => {
  test("follow the line, each on a line of its own", () => {
    const error = failure("boom");
    expect(text("%(message)s", {}, { error })).toBe("disk 91% full on sda\nError: boom\n    at work (app.js:1:2)");
    expect(text("%(message)s", {}, { error, stack_info: "Stack:\n  main" })).toBe(
      "disk 91% full on sda\nError: boom\n    at work (app.js:1:2)\nStack:\n  main",
    );
    expect(text("%(message)s\n", {}, { stack_info: "Stack" })).toBe("disk 91% full on sda\nStack");
  });

  test("show the causes and the members of an AggregateError", () => {
    const cause = failure("disk gone", "Error: disk gone");
    expect(text("%(message)s", {}, { msg: "m", args: [], error: failure("boom", "Error: boom", { cause }) })).toBe(
      "m\nError: boom\nCaused by: Error: disk gone",
    );
    const all = new AggregateError([failure("a", "Error: a"), failure("b", "Error: b")], "all");
    all.stack = "AggregateError: all";
    expect(text("%(message)s", {}, { msg: "m", args: [], error: all })).toBe(
      "m\nAggregateError: all\nError 1 of 2: Error: a\nError 2 of 2: Error: b",
    );
  });

  test("show anything that was thrown", () => {
    expect(text("%(message)s", {}, { msg: "m", args: [], error: "just text" })).toBe("m\njust text");
    expect(text("%(message)s", {}, { msg: "m", args: [], error: 0 })).toBe("m\n0");
  });

  test("use the text that a record came with in place of the error's", () => {
    const shown = record({ error: failure("boom"), exc_text: "Traceback: given" });
    expect(new Formatter("%(message)s").format(shown)).toBe("disk 91% full on sda\nTraceback: given");
    expect(new Formatter("%(exc_text)s|%(excText)s").format(shown)).toMatch(/^Traceback: given\|Traceback: given\n/);
  });

  test("leave no text behind for another formatter", () => {
    class OneLine extends Formatter {
      override formatException(error: unknown): string {
        return `<<${(error as Error).message}>>`;
      }
    }
    const shown = record({ error: failure("boom") });
    expect(new OneLine("%(message)s").format(shown)).toBe("disk 91% full on sda\n<<boom>>");
    expect(shown.excText).toBeNull();
    expect(new Formatter("%(message)s").format(shown)).toMatch(/\nError: boom\n {4}at work/);
    expect(new OneLine("%(message)s").format(shown)).toBe("disk 91% full on sda\n<<boom>>");
  });
});

describe("overriding", () => {
  test("every step is asked, in Python's order", () => {
    const calls: string[] = [];
    class Noted extends Formatter {
      override usesTime(): boolean {
        calls.push("usesTime");
        return super.usesTime();
      }
      override formatTime(shown: LogRecord, datefmt?: string | null): string {
        calls.push(`formatTime ${datefmt}`);
        return super.formatTime(shown, datefmt);
      }
      override formatMessage(shown: LogRecord): string {
        calls.push(`formatMessage ${shown.message} ${shown.asctime}`);
        return `[${super.formatMessage(shown)}]`;
      }
      override formatException(error: unknown): string {
        calls.push("formatException");
        return super.formatException(error).toUpperCase();
      }
      override formatStack(stack: string): string {
        calls.push("formatStack");
        return super.formatStack(stack).toUpperCase();
      }
    }
    const formatter = new Noted("%(asctime)s %(message)s", { timeZone: "utc", datefmt: "%H:%M" });
    expect(formatter.format(record({ error: failure("boom", "Error: boom"), stack_info: "stack" }))).toBe(
      "[14:49 disk 91% full on sda]\nERROR: BOOM\nSTACK",
    );
    expect(calls).toEqual(["usesTime", "formatTime %H:%M", "formatMessage disk 91% full on sda 14:49", "formatException", "formatStack"]);
  });

  test("one method on an instance, or on the class from outside, is enough", () => {
    const formatter = new Formatter("%(asctime)s", { timeZone: "utc" });
    expect(formatter.format(record())).toBe("2003-07-08 14:49:45,896");
    formatter.formatTime = () => "soon";
    expect(formatter.format(record())).toBe("soon");
    const spy = vi.spyOn(Formatter.prototype, "formatTime").mockReturnValue("patched");
    expect(text("%(asctime)s")).toBe("patched");
    spy.mockRestore();
    expect(text("%(asctime)s")).toBe("2003-07-08 14:49:45,896");
  });

  test("the defaults of time may be fields of a subclass", () => {
    class Iso extends Formatter {
      override defaultTimeFormat = "%Y-%m-%dT%H:%M:%S";
      override defaultMsecFormat = "%s.%03dZ";
    }
    expect(new Iso("%(asctime)s", { timeZone: "utc" }).format(record())).toBe("2003-07-08T14:49:45.896Z");
  });

  test("formatTime without a date format uses the defaults, and formatMessage stands alone", () => {
    const formatter = new Formatter("%(asctime)s %(message)s", { timeZone: "utc", datefmt: "%H:%M" });
    expect(formatter.formatTime(record())).toBe("2003-07-08 14:49:45,896");
    expect(formatter.formatTime(record(), "%S")).toBe("45");
    expect(formatter.formatMessage(record())).toBe("14:49 disk 91% full on sda");
    expect(formatter.usesTime()).toBe(true);
    expect(new Formatter("%(message)s").usesTime()).toBe(false);
  });

  test("an overridden time does not leak into the text of a formatter with the same options", () => {
    const shown = record();
    const plain = new Formatter("%(asctime)s", { timeZone: "utc" });
    const custom = new Formatter("%(asctime)s", { timeZone: "utc" });
    custom.formatTime = () => "soon";
    expect([plain, custom, plain].map((formatter) => formatter.format(shown))).toEqual([
      "2003-07-08 14:49:45,896",
      "soon",
      "2003-07-08 14:49:45,896",
    ]);
    expect(shown.asctime).toBe("2003-07-08 14:49:45,896");
  });
});

describe("one text per record and layout", () => {
  test("formatters with the same options make it once", () => {
    let reads = 0;
    const fields = {
      get user(): string {
        reads++;
        return "ann";
      },
    };
    const shown = record({ fields });
    const [first, second] = [new Formatter("%(user)s"), new Formatter("%(user)s")];
    expect([first.format(shown), second.format(shown), first.format(shown)]).toEqual(["ann", "ann", "ann"]);
    expect(reads).toBe(1);
  });

  test("formatters with other options make their own", () => {
    const shown = record({ msg: "\x1b[1mbold\n", args: [] });
    const texts = [{}, { controlCharacters: "raw" }, { multiline: "escape" }, {}].map((options) =>
      new Formatter("%(message)s", options as FormatterOptions).format(shown),
    );
    expect(texts).toEqual(["\\x1b[1mbold\n", "\x1b[1mbold\n", "\\x1b[1mbold\\n", "\\x1b[1mbold\n"]);
    const zones = ["utc", "Asia/Kolkata", "utc"].map((timeZone) => new Formatter("%(asctime)s", { timeZone }).format(shown));
    expect(zones).toEqual(["2003-07-08 14:49:45,896", "2003-07-08 20:19:45,896", "2003-07-08 14:49:45,896"]);
    const defaults = ["a", "b"].map((host) => new Formatter("%(host)s", { defaults: { host } }).format(shown));
    expect(defaults).toEqual(["a", "b"]);
  });

  test("a changed copy of a record has a text of its own", () => {
    const shown = record();
    const formatter = new Formatter("%(name)s %(message)s");
    expect(formatter.format(shown)).toBe("app.db disk 91% full on sda");
    expect(formatter.format(shown.with({ name: "other", message: "changed" }))).toBe("other changed");
    expect(formatter.format(shown)).toBe("app.db disk 91% full on sda");
  });
});

describe("control characters", () => {
  const ESC = "\x1b[31m";

  test("in values are shown, in the format's literals left", () => {
    const shown = text(
      `${ESC}%(levelname)s\x1b[0m %(name)s %(user)s %(message)s`,
      {},
      { name: `n${ESC}`, levelname: `L${ESC}`, user: `u${ESC}`, msg: `m${ESC}\ttab\nline\r\x7f\x85`, args: [] },
    );
    expect(shown).toBe(`${ESC}L\\x1b[31m\x1b[0m n\\x1b[31m u\\x1b[31m m\\x1b[31m\ttab\nline\\x0d\\x7f\\x85`);
  });

  test("that turn text around are shown, in short texts and long ones", () => {
    const turned = "user \u202eadmin\u2066\u2069 \u2026 \u20ac";
    const shown = "user \\u202eadmin\\u2066\\u2069 \u2026 \u20ac";
    expect(text("%(name)s %(message)s", {}, { name: turned, msg: turned, args: [] })).toBe(`${shown} ${shown}`);
    expect(text("%(message)s", {}, { msg: "%s", args: [turned] })).toBe(shown);
    const long = "x".repeat(20_000);
    expect(text("%(message)s", {}, { msg: long + turned, args: [] })).toBe(long + shown);
  });

  test("make no text longer than 256 KiB", () => {
    const shown = text("%(message)s", {}, { msg: "\x01".repeat(200_000), args: [] });
    expect(shown.length).toBeLessThanOrEqual(262_144);
    expect(shown).toMatch(/\\x01… \[cut: 200000 characters before escapes\]$/);
  });

  test("are shown in error and stack text too", () => {
    expect(text("%(message)s", {}, { msg: "m", args: [], error: failure("x", `Error: ${ESC}`), stack_info: `at ${ESC}` })).toBe(
      "m\nError: \\x1b[31m\nat \\x1b[31m",
    );
    expect(text("%(message)s", {}, { msg: "m", args: [], exc_text: ESC })).toBe("m\n\\x1b[31m");
  });

  test("are shown before width and precision are counted", () => {
    const more = { msg: "\x1bab", args: [] };
    expect(text("%(message)8s|%(message).4s|%(message).2s|", {}, more)).toBe("  \\x1bab|\\x1b|\\x|");
    expect(text("{message:>8}|{message:.4}|", { style: "{" }, more)).toBe("  \\x1bab|\\x1b|");
    expect(text("%(code)c|%(code)6c|", {}, { code: 27 })).toBe("\\x1b|  \\x1b|");
    expect(text("{code:c}|", { style: "{" }, { code: 27 })).toBe("\\x1b|");
  });

  test.each([
    ["in the format of the message", "m\x1b %s", ["x"], "m\\x1b x"],
    ["in a short argument", "m %s %d", ["\x1b", 5], "m \\x1b 5"],
    ["in a long argument", "m %s", [`${"x".repeat(100)}\x1b`], `m ${"x".repeat(100)}\\x1b`],
    ["in an argument that is an object", "m %s", [{ toString: () => "\x1b" }], "m \\x1b"],
    ["made from a number", "m %c", [27], "m \\x1b"],
    ["made from a number with a width", "m %-3c|", [27], "m \\x1b  |"],
    ["in a field of the message", "m %(a)s", { a: "\x1b" }, "m \\x1b"],
    ["in a left-over argument", "m", ["\x1b"], "m \\x1b"],
    ["beyond the first 64 characters", `${"m".repeat(80)}\x1b`, [], `${"m".repeat(80)}\\x1b`],
  ])("%s are shown", (_name, msg, args, expected) => {
    const formatter = new Formatter("%(message)s");
    // Twice, and after a clean one: what is remembered of clean texts must not let these through.
    formatter.format(record({ msg: "clean %s", args: ["x"] }));
    for (let i = 0; i < 2; i++) expect(formatter.format(record({ msg, args }))).toBe(expected);
  });

  test("cannot come in through names that alternate", () => {
    const formatter = new Formatter("%(name)s %(levelname)s");
    const names = ["a", "\x1b", "a", "b", "\x1b"].map((name) => formatter.format(record({ name })));
    expect(names).toEqual(["a WARNING", "\\x1b WARNING", "a WARNING", "b WARNING", "\\x1b WARNING"]);
  });

  test("cannot come in through a message that a record class makes itself", () => {
    class Own extends LogRecord {
      override getMessage(): string {
        return "\x1b[2J";
      }
    }
    setLogRecordFactory((init) => new Own(init));
    const shown = record({ msg: "clean", args: [] });
    setLogRecordFactory(null);
    expect(new Formatter("%(message)s").format(shown)).toBe("\\x1b[2J");
  });

  test("stay as they are when asked for", () => {
    expect(text("%(message)s", { controlCharacters: "raw" }, { msg: ESC, args: [] })).toBe(ESC);
  });
});

describe("multiline", () => {
  test("escape puts a record on one line, whatever it holds", () => {
    const more = { msg: "a\nb\r\nc\u2028d\u2029e\x85f\vg\fh\ti", args: [], error: failure("x", "Error: x\n    at y"), stack_info: "s\nt" };
    const shown = text("%(name)s %(message)s", { multiline: "escape" }, { ...more, name: "n\nm" });
    expect(shown).toBe("n\\nm a\\nb\\r\\nc\\u2028d\\u2029e\\x85f\\x0bg\\x0ch\ti\\nError: x\\n    at y\\ns\\nt");
    const raw = text("%(message)s", { multiline: "escape", controlCharacters: "raw" }, { msg: "\x1b\n\v", args: [] });
    expect(raw).toBe("\x1b\\n\\x0b");
  });

  test("escape does not break a line that already ends", () => {
    expect(text("%(message)s", { multiline: "escape" }, { msg: "a\n", args: [], stack_info: "s" })).toBe("a\\ns");
  });
});

describe("conformance", () => {
  afterEach(() => setLogRecordFactory(null));
  for (const multiline of ["keep", "escape"] as const) {
    const create = () => new Formatter("%(asctime)s %(levelname)s %(message)s", { multiline });
    for (const { name, run } of formatterConformance({ create, singleLine: multiline === "escape" })) test(`${name} (${multiline})`, run);
  }
});
