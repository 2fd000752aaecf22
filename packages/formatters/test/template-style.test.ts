import { makeLogRecord } from "@cordwood/core";
import { Formatter, substitute } from "@cordwood/formatters";
import { describe, expect, test } from "vitest";

describe("substitute", () => {
  test("takes the longest name, with or without braces", () => {
    expect(substitute(`$name \${name}s $names`, { name: "a", names: "b" })).toBe("a as b");
  });

  test("writes a dollar for two of them", () => expect(substitute("$$5 $$$price", { price: 7 })).toBe("$5 $7"));

  test("knows ASCII names only: the long s and the Kelvin sign are none", () => {
    expect(substitute("$naſme", { na: "x" })).toBe("xſme");
    expect(() => substitute("$\u212a", { "\u212a": 1 })).toThrow(/starts no field/);
  });

  test("takes own properties only", () => {
    expect(() => substitute("$constructor", {})).toThrow(expect.objectContaining({ code: "FIELD_MISSING" }));
  });

  test("never looks for fields in a value", () => expect(substitute("$a", { a: `$b \${b}` })).toBe(`$b \${b}`));
});

describe("the $ style", () => {
  test("has no widths: what follows the name is text", () => {
    const record = makeLogRecord({ name: "a", msg: "m", levelno: 20 });
    expect(new Formatter("$levelname-8s $message", { style: "$" }).format(record)).toBe("INFO-8s m");
  });
});
