import { LogRecord, type LogRecordInit } from "@cordwood/core";
import { Formatter, type FormatterOptions } from "@cordwood/formatters";
import { describe, expect, test } from "vitest";
import { hostileValues } from "./values.js";

const LAYOUT = "%(asctime)s %(name)s %(levelname)-8s %(message)s";
const make = (init: Partial<LogRecordInit> = {}): LogRecord =>
  new LogRecord({
    name: "app.db",
    levelno: 20,
    msg: "done",
    fields: undefined,
    bound: undefined,
    context: undefined,
    ...init,
  } as LogRecordInit);
/** The text that a formatter writes as bytes; nothing where it wants it made as a text. */
const encoded = (formatter: Formatter, record: LogRecord): string | undefined => {
  const length = formatter.encode(record);
  return length < 0 ? undefined : new TextDecoder().decode(formatter.encoded?.subarray(0, length));
};
/** The text of `format`, which is asked of a record of its own: what one has remembered is nothing to the other. */
const both = (init: Partial<LogRecordInit>, layout = LAYOUT, options: FormatterOptions = {}): [string | undefined, string] => {
  const formatter = new Formatter(layout, { timeZone: "utc", datefmt: "%H", ...options });
  return [encoded(formatter, make(init)), formatter.format(make(init))];
};

describe("the bytes of a record", () => {
  test.each<[msg: string, args: readonly unknown[]]>([
    ["done", []],
    ["", []],
    ["user %d logged in from %s", [12_345, "10.0.0.1"]],
    ["%s", ["a\tb\nc"]],
    ["%s%s%%%d%%", ["a", 1, 2]],
    ["%d %d %d %d %d", [0, 9, 10, 2 ** 31 - 1, 2 ** 31]],
    ["%d %d %d", [-1, -0, Number.MAX_SAFE_INTEGER]],
    ["%s %s %s %s", [1.5, 1e21, Number.NaN, Number.NEGATIVE_INFINITY]],
    ["Grüße %s, 東京", ["Łódź €"]],
    ["%s", ["é".repeat(128)]],
  ])("are those of its text: %j, %j", (msg, args) => {
    const [bytes, text] = both({ msg, args });
    expect(bytes).toBe(text);
  });

  test.each<[msg: string, args: unknown]>([
    ["%i", [1]],
    ["%5d", [1]],
    ["%(key)s", { key: 1 }],
    ["100 % sure", []],
    ["%s", []],
    ["%s", ["a", "b"]],
    ["%d", ["1"]],
    ["%d", [1.5]],
    ["%s", [true]],
    ["%s", [null]],
    ["%s", ["\x1b[31m"]],
    ["%s", ["\x7f"]],
    ["%s", ["\x85"]],
    ["%s", ["\u202eabc"]],
    ["%s", ["🎉"]],
    ["%s", ["\ud800"]],
    ["\r%s", ["a"]],
    ["%s", ["x".repeat(129)]],
    [`${"x".repeat(256)}%s`, ["a"]],
    ["x".repeat(129), []],
    [Array(60).fill("%s").join(" "), Array(60).fill("x".repeat(100))],
  ])("are not made of what needs a second look: %j, %j", (msg, args) => {
    const [bytes, text] = both({ msg, args: args as readonly unknown[] });
    expect(bytes).toBe(undefined);
    expect(text).not.toBe("");
  });

  test("are those of its text whatever it is made of", () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const one = <T>(list: readonly T[]): T => list[random(list.length)] as T;
    const pieces = ["%s", "%d", "%%", "%", "%5d", "%i", " ", "a", "text ", "é", "€", "\n", "\x1b", "🎉", "x".repeat(60)];
    const values = [
      "a",
      "text",
      "é€",
      "",
      "🎉",
      "\x00",
      "x".repeat(100),
      0,
      -0,
      7,
      1_234_567,
      -3,
      2 ** 31,
      2 ** 53,
      1.25,
      1e300,
      Number.NaN,
      true,
    ];
    const layouts = [LAYOUT, "%(message)s", "é€ %(levelname)s: %(message)s.", "%(name)s%(message)s €"];
    const formatters = layouts.map((layout) => new Formatter(layout, { timeZone: "utc", datefmt: "%H" }));
    let quick = 0;
    for (let i = 0; i < 30_000; i++) {
      const init = {
        msg: Array.from({ length: random(6) }, () => one(pieces)).join(""),
        args: Array.from({ length: random(4) }, () => one(values)),
        levelno: one([10, 20, 30]),
        name: one(["a", "a.b", "größe"]),
      };
      const formatter = one(formatters);
      const bytes = encoded(formatter, make(init));
      if (bytes === undefined) continue;
      quick++;
      expect(bytes).toBe(formatter.format(make(init)));
    }
    expect(quick).toBeGreaterThan(2_500);
  });

  test.each<[name: string, layout: string, options: FormatterOptions]>([
    ["something after the message", "%(message)s %(name)s", {}],
    ["a width", "%(message)20s", {}],
    ["raw control characters", LAYOUT, { controlCharacters: "raw" }],
    ["lines shown on one", LAYOUT, { multiline: "escape" }],
    ["no message", "%(name)s", {}],
  ])("are not made for a format with %s", (_, layout, options) => {
    expect(both({}, layout, options)[0]).toBe(undefined);
  });

  test.each<[style: "$" | "{", layout: string]>([
    ["{", "{name} {message}"],
    ["$", "$name $message"],
  ])("are made in style %s", (style, layout) => {
    expect(both({}, layout, { style })).toEqual(["app.db done", "app.db done"]);
  });

  test("are not made of a record with an error, a stack or attributes of its own", () => {
    const formatter = new Formatter("%(message)s");
    expect(encoded(formatter, make({ error: new Error("x") }))).toBe(undefined);
    expect(encoded(formatter, make({ stackInfo: "Stack" }))).toBe(undefined);
    class Own extends LogRecord {
      override getMessage(): string {
        return "own";
      }
    }
    expect(encoded(formatter, new Own(make() as unknown as LogRecordInit))).toBe(undefined);
    const patched = make();
    patched.getMessage = () => "patched";
    expect(encoded(formatter, patched)).toBe(undefined);
  });

  test("are not made again of a record whose message or text is there", () => {
    const formatter = new Formatter("%(message)s");
    const read = make();
    read.getMessage();
    expect(encoded(formatter, read)).toBe(undefined);
    const formatted = make();
    formatter.format(formatted);
    expect(encoded(formatter, formatted)).toBe(undefined);
  });

  test("are not made where a step of the formatter was overridden", () => {
    class Loud extends Formatter {
      override format(record: LogRecord): string {
        return super.format(record).toUpperCase();
      }
    }
    expect(encoded(new Loud("%(message)s"), make())).toBe(undefined);
  });

  test("set `asctime`, as the text does", () => {
    const record = make();
    new Formatter(LAYOUT, { datefmt: "at noon" }).encode(record);
    expect(record.asctime).toBe("at noon");
  });

  test("follow a format of time that is assigned", () => {
    const formatter = new Formatter(LAYOUT, { datefmt: "one" });
    formatter.encode(make());
    formatter.datefmt = "two";
    expect(encoded(formatter, make())).toBe("two app.db INFO     done");
  });

  test("survive an argument that logs when it is read", () => {
    const formatter = new Formatter("%(levelname)s %(message)s");
    const inner = make({ levelno: 50, msg: "from the inside, and longer than the line around it: %s", args: [1] });
    const args = ["a", "b"];
    Object.defineProperty(args, 1, {
      get() {
        formatter.encode(inner);
        return "b";
      },
    });
    const outer = make({ msg: "%s %s", args });
    expect([encoded(formatter, outer), formatter.format(outer)]).toEqual([undefined, "INFO a b"]);
    expect(encoded(formatter, make())).toBe("INFO done");
    expect(encoded(formatter, make({ levelno: 50 }))).toBe("CRITICAL done");
  });

  test.each(Object.entries(hostileValues()))("leave a hostile value to the text: %s", (_, value) => {
    const formatter = new Formatter("%(message)s");
    for (const init of [{ msg: "%s", args: [value] }, { msg: value }, { msg: "%s", args: value as readonly unknown[] }]) {
      let bytes: string | undefined;
      try {
        bytes = encoded(formatter, make(init));
      } catch {
        // A list that was revoked cannot even be told from an object; a handler asks `format` then.
      }
      expect(bytes === undefined || bytes === formatter.format(make(init))).toBe(true);
    }
  });
});
