import { inspect } from "node:util";
import { type ErrorReport, LoggingError, makeLogRecord, printf, resetLogging, setErrorReporter } from "@cordwood/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let reports: ErrorReport[] = [];

beforeEach(() => {
  reports = [];
  setErrorReporter((report) => reports.push(report));
});
afterEach(() => resetLogging());

/** The text of a logging call's message. */
const message = (format: string, ...args: readonly unknown[]): string => makeLogRecord({ msg: format, args }).getMessage();

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe("printf, strict", () => {
  test.each<[string, readonly unknown[] | object, string]>([
    ["%d %i %u", [1.9, -1.9, 10n ** 20n], "1 -1 100000000000000000000"],
    ["%d", [1e21], "1000000000000000000000"],
    ["%d %d", [true, false], "1 0"],
    ["%x %o %#X", [255n, 8n, -255n], "ff 10 -0XFF"],
    ["%.1f %.0f %.2f", [0.25, 0.5, 0.125], "0.2 0 0.12"],
    ["%.1e %.1e", [125, 135], "1.2e+02 1.4e+02"],
    ["%.0e %.0e", [2.5e22, 3.5e22], "2e+22 4e+22"],
    ["%f %f", [66469268061115.195, 44206123303338.88], "66469268061115.195312 44206123303338.882812"],
    ["%f", [1e22], "10000000000000000000000.000000"],
    ["%.3f", [2 ** 80], "1208925819614629174706176.000"],
    ["%g %g %G", [1e22, 1e-5, 1e-10], "1e+22 1e-05 1E-10"],
    ["%.30g", [1e22], "10000000000000000000000"],
    ["%f %F %e %G", [Infinity, -Infinity, Number.NaN, Infinity], "inf -INF nan INF"],
    ["%08f|%-8f|%+f", [Infinity, Number.NaN, Infinity], "00000inf|nan     |+inf"],
    ["%f %.0f %d", [-0, -0, -0], "-0.000000 -0 0"],
    ["%s %s %s", [null, undefined, true], "null undefined true"],
    ["%s", [Symbol("id")], "Symbol(id)"],
    ["%s", [{ a: [1, "x"] }], '{"a":[1,"x"]}'],
    ["%r %r %r", ["it's", 'say "hi"', 5], `"it's" 'say "hi"' 5`],
    ["%r", [`it's "both"\n\\`], `'it\\'s "both"\\n\\\\'`],
    ["%a", ["é"], "'\\u00e9'"],
    ["%(user)s has %(count)03d", { user: "ann", count: 7 }, "ann has 007"],
    ["%(a(b)c)s", { "a(b)c": 1 }, "1"],
  ])("%j of %o is %j", (format, args, expected) => {
    expect(printf(format, args)).toBe(expected);
  });

  test.each<[string, readonly unknown[] | object]>([
    ["100%", []],
    ["100% sure", []],
    ["%y", [1]],
    ["%j", [1]],
    ["%O", [1]],
    ["%s", []],
    ["%s", ["a", "b"]],
    ["%d", ["1"]],
    ["%d", [null]],
    ["%d", [Number.NaN]],
    ["%d", [Infinity]],
    ["%x", [1.5]],
    ["%o", ["8"]],
    ["%c", ["ab"]],
    ["%c", [-1]],
    ["%*d", ["5", 1]],
    ["%(a)s", ["a"]],
    ["%(a)s", {}],
    ["%(constructor)s", {}],
    ["%d", [{ valueOf: () => 1 }]],
    ["%s%%%", ["a"]],
  ])("%j refuses %o", (format, args) => {
    expect(() => printf(format, args)).toThrow(LoggingError);
    expect(() => printf(format, args)).toThrow(
      expect.objectContaining({ code: "PRINTF_INVALID", message: expect.stringContaining(format) }),
    );
  });

  test("caps width at 1 024 columns and precision at 100 digits", () => {
    expect(printf("%99999d", [1])).toHaveLength(1_024);
    expect(printf("%*s", [99_999, "a"])).toHaveLength(1_024);
    expect(printf("%.999f", [1])).toHaveLength(102);
    expect(printf("%.*d", [999, 1])).toHaveLength(100);
  });

  test("reads a keyed value once, and only an own one", () => {
    let reads = 0;
    const mapping = {
      get id() {
        return ++reads;
      },
    };
    expect(printf("%(id)s", mapping)).toBe("1");
    expect(() => printf("%(id)s", Object.create(mapping))).toThrow(LoggingError);
  });
});

describe("a message with arguments", () => {
  test.each<[string, readonly unknown[], string]>([
    ["user %s took %d ms", ["ann", 12], "user ann took 12 ms"],
    ["%-8s|%5d|%05.1f", ["ann", 12, 2.25], "ann     |   12|002.2"],
    ["%-4s|%4s|", ["😀", "e\u0301"], "😀   |  e\u0301|"],
    ["100% sure, %s", ["yes"], "100% sure, yes"],
    ["50%, %s%%", [7], "50%, 7%"],
    ["%y %(a %s", [1], "%y %(a 1"],
    ["%", ["x"], "% x"],
    ["%5%", ["x"], "%5% x"],
    ["%(", ["x"], "%( x"],
    ["done", ["a", 1, null, undefined, true], "done a 1 null undefined true"],
    ["%s", ["a", { b: 1 }, [2]], 'a {"b":1} [2]'],
    ["%j", [{ a: [1] }], '{"a":[1]}'],
    ["%o %o", [8, 9n], "10 11"],
    ["%5o|%-5o|%#o", [8, 8, 8], "   10|10   |0o10"],
    ["%d of %d", [3n, true], "3 of 1"],
    ["%5s|%-6s|%.2s", [true, null, "abc"], " true|null  |ab"],
    ["%*d|%-*d|%.*f", [5, 1, 5, 1, 2, 1.005], "    1|1    |1.00"],
    ["%c%c", ["a", 128512], "a😀"],
    ["%s", ["%d %s"], "%d %s"],
  ])("%j with %o reads %j", (format, args, expected) => {
    expect(message(format, ...args)).toBe(expected);
    expect(reports).toEqual([]);
  });

  test.each([
    ["%O", { a: { b: { c: { d: 1 } } } }],
    ["%o", [1, { a: 1 }]],
    ["%o", true],
    ["%O", "text"],
  ])("%j shows %o as Node's inspection does", (format, value) => {
    const options = format === "%o" ? { showHidden: true, showProxy: true, depth: 4 } : {};
    expect(message(format, value)).toBe(inspect(value, options));
  });

  test("%j is JSON of anything, in bounded time and size", () => {
    const circular: Record<string, unknown> = { big: 10n, map: new Map([["a", 1]]), date: new Date(0), text: "a\n" };
    circular["self"] = circular;
    expect(message("%j", circular)).toBe(
      '{"big":"10","map":[["a",1]],"date":"1970-01-01T00:00:00.000Z","text":"a\\n","self":"[circular]"}',
    );
    expect(message("%j %j %j", "text", null, [1, true])).toBe('"text" null [1,true]');
    expect(message("%j", new Array(1e7)).length).toBeLessThan(20_000);
  });

  test.each<[string, readonly unknown[], string]>([
    ["%d", ["hi"], "%!d(string=hi)"],
    ["a %d b %s", ["hi", "there"], "a %!d(string=hi) b there"],
    ["%d", [], "%d"],
    ["%s and %s", ["one"], "one and %!s(missing)"],
    ["%d", [undefined], "%!d(undefined=undefined)"],
    ["%d", [null], "%!d(object=null)"],
    ["%x", [1.5], "%!x(number=1.5)"],
    ["%f", [{ a: 1 }], '%!f(object={"a":1})'],
    ["%d", [Number.NaN], "%!d(number=NaN)"],
    ["%d", [Symbol("s")], "%!d(symbol=Symbol(s))"],
    ["%c", ["ab"], "%!c(string=ab)"],
    ["%*d", ["5", 42], "%!d(string=5) 42"],
    ["%(a)s", ["text"], "%!s(missing) text"],
    ["%(a)s %(b)s", [{ a: 1 }], "1 %!s(missing)"],
  ])("shows in place what does not fit: %j with %o reads %j", (format, args, expected) => {
    expect(message(format, ...args)).toBe(expected);
  });

  test("reports what does not fit once a call, with the format", () => {
    expect(message("%d and %x", "a", "b")).toBe("%!d(string=a) and %!x(string=b)");
    expect(reports).toHaveLength(1);
    expect(reports[0]?.message).toBe('"%d and %x": %!d(string=a)');
  });

  test("without arguments is never interpreted", () => {
    expect(makeLogRecord({ msg: "100% %s %(a)s" }).getMessage()).toBe("100% %s %(a)s");
  });

  test("reads keys of one object argument", () => {
    expect(makeLogRecord({ msg: "%(user)s: %(n)03d", args: { user: "ann", n: 4 } }).getMessage()).toBe("ann: 004");
    expect(message("%(user)s %s", { user: "ann" }, "next")).toBe("ann next");
    expect(message("%(user)s", { user: "ann" }, "left", "over")).toBe("ann left over");
  });

  test("shows the object itself where no key is asked for", () => {
    expect(makeLogRecord({ msg: "%s", args: { a: 1 } }).getMessage()).toBe('{"a":1}');
    expect(makeLogRecord({ msg: "plain", args: { a: 1 } }).getMessage()).toBe("plain");
  });

  test.each<[string, unknown]>([
    ["a revoked proxy", revoked()],
    [
      "a throwing toString",
      {
        toString(): never {
          throw new Error("no");
        },
      },
    ],
    [
      "a throwing Symbol.toPrimitive",
      {
        [Symbol.toPrimitive](): never {
          throw new Error("no");
        },
      },
    ],
    ["no prototype", Object.create(null)],
    ["an invalid date", new Date(Number.NaN)],
  ])("never throws over %s", (_name, value) => {
    for (const conversion of ["%s", "%d", "%f", "%x", "%c", "%j", "%o", "%O", "%r", "%a", "%-9s|", "%(a)s", "%*d", "%.*f", "plain"]) {
      const text = message(`before ${conversion} after`, value);
      expect(text).toMatch(/^before .* after/s);
    }
    expect(makeLogRecord({ msg: "before %(a)s", args: value }).getMessage()).toMatch(/^before /);
  });

  test("keeps what a throwing getter leaves readable", () => {
    const hostile = {
      ok: 1,
      get boom(): never {
        throw new Error("boom");
      },
    };
    expect(message("%(ok)s %(boom)s", hostile)).toBe("1 %!s(missing)");
  });

  test("is made in bounded time whatever the format", () => {
    for (const unit of ["%(", "%((", "%(a(b(", "%(()", "%0", "%-0#", "%.", "%s", "%", "%1", "%*"]) {
      const started = performance.now();
      message(unit.repeat(32_768), "x");
      message(`%${"0".repeat(65_536)}`, "x");
      expect(performance.now() - started).toBeLessThan(1_000);
    }
    const many = message("%s".repeat(100_000), "x");
    expect(many.length).toBeLessThan(300_000);
  });
});
