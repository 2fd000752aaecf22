import { runInNewContext } from "node:vm";
import { attempt, errorText, escapeControlCharacters, isError, isPlainObject, plainData, show } from "@cordwood/core";
import { describe, expect, test } from "vitest";
import { revokedProxy, throwing } from "./support.js";

const circular: Record<string, unknown> = { a: 1 };
circular["self"] = [circular];

describe("attempt", () => {
  test("gives the answer, or the fallback when asking throws", () => {
    expect([attempt(() => 1, 2), attempt(throwing("x"), 2), attempt(throwing("x"))]).toEqual([1, 2, undefined]);
  });
});

describe("isError and isPlainObject", () => {
  test.each<[string, unknown, boolean, boolean]>([
    ["an error", new TypeError("x"), true, false],
    ["an error of another realm", runInNewContext("new RangeError('x')"), true, false],
    ["an object", {}, false, true],
    ["an object without prototype", Object.create(null), false, true],
    ["an object of another realm", runInNewContext("({ a: 1 })"), false, true],
    ["an array", [], false, false],
    ["an instance", new (class Own {})(), false, false],
    ["a map", new Map(), false, false],
    ["a date", new Date(), false, false],
    ["a function", () => {}, false, false],
    ["null", null, false, false],
    ["a string", "x", false, false],
    ["a revoked proxy", revokedProxy(), false, false],
  ])("%s", (_name, value, error, plain) => {
    expect([isError(value), isPlainObject(value)]).toEqual([error, plain]);
  });
});

describe("show", () => {
  class Point {
    x = 1;
  }
  class Named {
    toString(): string {
      return "named";
    }
  }
  test.each<[string, unknown, string]>([
    ["a string as it is", "text\n", "text\n"],
    ["a number", 1.5, "1.5"],
    ["a big integer", 5n, "5"],
    ["undefined", undefined, "undefined"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["a function by its name", function named() {}, "[function named]"],
    ["an object as JSON", { a: [1, "x", null], b: { c: true } }, '{"a":[1,"x",null],"b":{"c":true}}'],
    ["an instance by its own fields", new Point(), '{"x":1}'],
    ["an instance with a toString by that", new Named(), "named"],
    ["an error by its toString", new TypeError("bad"), "TypeError: bad"],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["an invalid date", new Date(Number.NaN), "Invalid Date"],
    ["a map as pairs", new Map<unknown, unknown>([["k", 1]]), '[["k",1]]'],
    ["a set", new Set([1, 2]), "[1,2]"],
    ["bytes", new Uint8Array([1, 2]), "[1,2]"],
    ["a cycle, marked", circular, '{"a":1,"self":["[circular]"]}'],
    ["what JSON cannot hold, as text", { big: 1n, nan: Number.NaN, u: undefined }, '{"big":"1","nan":"NaN","u":"undefined"}'],
  ])("%s", (_name, value, text) => {
    expect(show(value)).toBe(text);
  });

  test("cuts what is long, deep or wide, and marks the cut", () => {
    expect(show("x".repeat(300_000))).toMatch(/^x+… \[\d+ more characters\]$/);
    expect(show("x".repeat(300_000)).length).toBeLessThan(263_000);
    let deep: object = {};
    for (let i = 0; i < 100_000; i++) deep = { deep };
    expect(show(deep)).toMatch(/^(\{"deep":){8}"\[deeper\]"\}+$/);
    expect(show(Array(5_000).fill(1))).toMatch(/,"… more"\]$/);
    expect(show({ text: "y".repeat(100_000) })).toContain("… [34464 more characters]");
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 1]));
    expect(Object.keys(JSON.parse(show(wide)))).toHaveLength(1_001);
  });
});

describe("plainData", () => {
  test("keeps errors as data, with causes, members and own properties", () => {
    const error = Object.assign(new Error("outer", { cause: new TypeError("why") }), { code: 5 });
    expect(plainData(error)).toEqual({
      name: "Error",
      message: "outer",
      stack: error.stack,
      code: 5,
      cause: { name: "TypeError", message: "why", stack: (error.cause as Error).stack },
    });
    expect(plainData(new AggregateError([1, new Error("two")], "all"))).toMatchObject({ errors: [1, { message: "two" }] });
  });

  test("has no prototype and takes __proto__ as a name", () => {
    const data = plainData(JSON.parse('{"__proto__": {"polluted": 1}}')) as object;
    expect([Object.getPrototypeOf(data), Object.keys(data)]).toEqual([null, ["__proto__"]]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("is another object: what the caller changes later does not show", () => {
    const value = { list: [1] };
    const data = plainData(value);
    value.list.push(2);
    expect(data).toEqual({ list: [1] });
  });
});

describe("errorText", () => {
  test("is the stack, then the causes and the members", () => {
    const cause = new Error("cause");
    const error = new AggregateError([new Error("one"), "two"], "all", { cause });
    const [one] = error.errors as [Error];
    expect(errorText(error)).toBe(
      `${error.stack}\nCaused by: ${cause.stack}\nError 1 of 2: ${one.stack?.replaceAll("\n", "\n    ")}\nError 2 of 2: two`,
    );
  });

  test.each<[unknown, string]>([
    ["text", "text"],
    [null, "null"],
    [{ code: 1 }, '{"code":1}'],
    [Object.assign(new Error("no stack"), { stack: "" }), "Error: no stack"],
  ])("of %o is %j", (thrown, text) => {
    expect(errorText(thrown)).toBe(text);
  });

  test("marks cycles and ends long chains", () => {
    const [one, two] = [new Error("one"), new Error("two")];
    Object.assign(one, { cause: two });
    Object.assign(two, { cause: one });
    expect(errorText(one)).toMatch(/Error: one.*Caused by: Error: two.*Caused by: \[circular\]$/s);
    let chain = new Error("end");
    for (let i = 0; i < 1_000; i++) chain = new Error(`${i}`, { cause: chain });
    expect(errorText(chain).match(/Caused by/g)?.length).toBeLessThan(20);
    const members = new AggregateError(
      Array.from({ length: 10_000 }, (_, i) => i),
      "many",
    );
    expect(errorText(members).length).toBeLessThan(1_000_000);
    let tree = new AggregateError([]);
    for (let i = 0; i < 6; i++) tree = new AggregateError(Array(300).fill(tree), "level");
    expect(errorText(tree).length).toBeLessThan(2_000_000);
  });
});

describe("escapeControlCharacters", () => {
  test("shows C0 but tab and newline, DEL and C1", () => {
    const all = Array.from({ length: 0xa1 }, (_, code) => String.fromCharCode(code)).join("");
    const text = escapeControlCharacters(all);
    expect(text).toContain("\t\n");
    expect(text).toContain("\\x1b\\x1c");
    expect(text).toContain("~\\x7f\\x80");
    expect(text).toContain("\\x9f\u00a0");
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(escapeControlCharacters("plain é 😀")).toBe("plain é 😀");
  });
});
