import { LogRecord } from "@cordwood/core";
import { formatterConformance } from "@cordwood/core/testing";
import { LogfmtFormatter, type LogfmtFormatterOptions, parseLogfmt } from "@cordwood/formatters";
import { scaled } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { called, randomText, randomValue, record, seeded } from "./structured.js";

const line = (options: LogfmtFormatterOptions, r: LogRecord): string => new LogfmtFormatter(options).format(r);

describe("LogfmtFormatter", () => {
  test("writes time, level, name and message, then the fields, nested keys joined by dots", () => {
    expect(
      line(
        {},
        record({
          msg: "all good",
          fields: {
            user: "anna",
            n: 5,
            ok: true,
            none: null,
            gone: undefined,
            req: { method: "GET", size: 1.5 },
            tags: ["a", 1],
            empty: {},
          },
        }),
      ),
    ).toBe(
      'time=2023-11-14T22:13:20.250Z level=INFO name=app.db msg="all good" user=anna n=5 ok=true none=null req.method=GET req.size=1.5 tags="[\\"a\\",1]" empty={}',
    );
  });

  test.each([
    ["", '""'],
    ["a b", '"a b"'],
    ["a=b", '"a=b"'],
    ['say "hi"', '"say \\"hi\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["a\nb\tc", '"a\\nb\\tc"'],
    ["\x1b[31m", '"\\u001b[31m"'],
    ["é名😀", '"é名😀"'],
    ["plain/path?x", "plain/path?x"],
    ["\ud800", '"\ufffd"'],
  ])("writes the value %j as %s", (value, expected) => {
    expect(line({}, called({ v: value })).split(" v=")[1]).toBe(expected);
  });

  test("writes errors by their parts", () => {
    const error = Object.assign(new TypeError("bad"), { code: "E1", stack: "TypeError: bad\n    at f" });
    expect(line({}, record({ error })).split(" msg=connected ")[1]).toBe(
      'error.name=TypeError error.message=bad error.stack="TypeError: bad\\n    at f" error.code=E1',
    );
  });

  test("gives a field whose name is taken another, and cleans keys", () => {
    expect(line({}, called({ level: 1, "a b=c": 2, "": 3, error: 4 })).split(" msg=m ")[1]).toBe("extra.level=1 a_b_c=2 _=3 error=4");
  });

  test("lets no field pass for a part of the error or the stack", () => {
    const error = Object.assign(new TypeError("bad"), { stack: "TypeError: bad" });
    const fields = { "error.message": "forged", "error.stack": "forged", stackInfo: "forged", errors: 1 };
    const parsed = parseLogfmt(line({}, record({ fields, error, stack_info: "at f" })));
    expect(parsed).toMatchObject({ "error.message": "bad", "error.stack": "TypeError: bad", stackInfo: "at f", errors: "1" });
    expect(parsed).toMatchObject({ "extra.error.message": "forged", "extra.error.stack": "forged", "extra.stackInfo": "forged" });
    expect(line({}, record({ fields: { error: { stack: "forged" } }, exc_text: "Traceback" }))).toContain(
      "extra.error.stack=forged error.stack=Traceback",
    );
    expect(line({}, record({ fields }))).toContain("error.message=forged error.stack=forged stackInfo=forged");
  });

  test("takes names, constants, attributes and another time", () => {
    expect(
      line(
        { time: "epoch-ms", rename: { msg: "message", time: "ts" }, fields: { env: "prod" }, attributes: ["lineno"] },
        record({ lineno: 7, fields: { a: 1 } }),
      ),
    ).toBe("ts=1700000000250 level=INFO name=app.db message=connected env=prod lineno=7 a=1");
  });

  test("merges context, view and call, later ones winning", () => {
    const r = new LogRecord({ name: "n", levelno: 20, msg: "m", context: { a: 1, b: 1 }, bound: { b: 2 }, fields: { c: 3 } });
    expect(line({}, r)).toMatch(/ msg=m a=1 b=2 c=3$/);
  });

  test.each<[unknown, RegExp]>([
    [{ rename: { message: "x" } }, /a key of rename is message; give one of time, level, name, msg, error/],
    [{ rename: { msg: "a b" } }, /a b is no key of logfmt/],
    [{ fields: { level: 1 } }, /two keys would be called "level"/],
    [{ preset: "x" }, /there is no option "preset"/],
  ])("refuses %o", (options, message) => {
    expect(() => new LogfmtFormatter(options as LogfmtFormatterOptions)).toThrow(message);
  });

  const count = scaled(100_000);
  test(`writes what parseLogfmt reads back, for ${count.toLocaleString("en")} records of random texts`, { timeout: 300_000 }, () => {
    const random = seeded(4711);
    const formatter = new LogfmtFormatter({ time: "epoch-ms" });
    for (let i = 0; i < count; i++) {
      const message = randomText(random);
      const fields = Object.fromEntries(Array.from({ length: Math.floor(random() * 4) }, (_, k) => [`k${k}`, randomText(random)]));
      const read = parseLogfmt(formatter.format(called(fields, message)));
      const { time: _time, level, name, msg, ...rest } = read;
      expect({ level, name, msg, ...rest }).toEqual({
        level: "INFO",
        name: "app",
        msg: clean(message),
        ...Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, clean(v)])),
      });
    }
  });

  test("writes one line that keeps its keys apart, for random values of every kind", { timeout: 300_000 }, () => {
    const random = seeded(815);
    const formatter = new LogfmtFormatter();
    for (let i = 0; i < scaled(100_000); i++) {
      const text = formatter.format(called({ before: 1, [`k ${randomText(random)}`]: randomValue(random), after: "2 3" }));
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(parseLogfmt(text)).toMatchObject({ before: "1", after: "2 3" });
    }
  });

  for (const c of formatterConformance({ create: () => new LogfmtFormatter(), singleLine: true, parse: parseLogfmt }))
    test(`conformance: ${c.name}`, c.run);
});

const clean = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");

describe("parseLogfmt", () => {
  test.each<[string, Record<string, string | true>]>([
    ["", {}],
    ['  a=1\tb  c= d="" ', { a: "1", b: true, c: "", d: "" }],
    ['a="x \\"y\\" \\n" b=2', { a: 'x "y" \n', b: "2" }],
    ["a=1 a=2", { a: "2" }],
    ['a="open', { a: "open" }],
    ['a="bad \\x escape" b=1', { a: "bad \\x escape", b: "1" }],
    ['"stray" b=1', { stray: true, b: "1" }],
    ["=v b=1", { b: "1" }],
    ["a=b=c", { a: "b=c" }],
    ["__proto__=x constructor=y", JSON.parse('{"__proto__":"x","constructor":"y"}')],
  ])("reads %j", (text, expected) => {
    expect({ ...parseLogfmt(text) }).toEqual(expected);
  });

  test("takes time in proportion to the text", () => {
    for (const piece of ['"', "a=", 'a="', "\\", " ", "=", 'a="\\']) {
      const begin = performance.now();
      parseLogfmt(piece.repeat(100_000));
      expect(performance.now() - begin).toBeLessThan(5_000);
    }
  });
});
