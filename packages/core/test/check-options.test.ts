import { checkNumber, checkOneOf, checkOptions, LoggingError, type OptionNames } from "@cordwood/core";
import { describe, expect, test } from "vitest";

const problem = (act: () => unknown): { readonly code: string; readonly message: string } => {
  try {
    act();
  } catch (error) {
    if (error instanceof LoggingError) return { code: error.code, message: error.message };
  }
  throw new Error("no LoggingError was thrown");
};

describe("options", () => {
  const known: OptionNames<{ readonly level?: number; readonly name?: string }> = { level: true, name: true };

  test("that are known pass, and so do none", () => {
    expect(() => checkOptions("MyHandler", { level: 10, name: undefined }, known)).not.toThrow();
    expect(() => checkOptions("MyHandler", {}, known)).not.toThrow();
  });

  test("that are unknown are refused by name, with those there are", () => {
    expect(problem(() => checkOptions("MyHandler", { levle: 10 }, known))).toEqual({
      code: "OPTION_UNKNOWN",
      message: 'MyHandler: there is no option "levle"; known are level, name',
    });
  });

  test.each(["constructor", "__proto__", "toString"])("do not include what every object has: %s", (key) => {
    expect(problem(() => checkOptions("MyHandler", JSON.parse(`{ "${key}": 1 }`), known)).code).toBe("OPTION_UNKNOWN");
  });

  test.each([
    [null, "null"],
    ["redis://user:secret@host", "string"],
    [7, "number"],
  ])("have to be an object, and are not shown when they are none: %j", (value, shown) => {
    expect(problem(() => checkOptions("MyHandler", value as never, known))).toEqual({
      code: "OPTION_INVALID",
      message: `MyHandler: options is ${shown}; give an object`,
    });
  });
});

describe("a number", () => {
  test("passes within its bounds, both included", () => {
    expect([1, 5, 9].map((value) => checkNumber("MyHandler", "size", value, 1, 9))).toEqual([1, 5, 9]);
    expect(checkNumber("MyHandler", "share", 0.5, 0, 1, false)).toBe(0.5);
  });

  test.each([0, 10, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5", undefined, null, 5n])("is refused otherwise: %s", (value) => {
    const { code, message } = problem(() => checkNumber("MyHandler", "size", value, 1, 9));
    expect(code).toBe("OPTION_INVALID");
    expect(message).toMatch(/^MyHandler: size is .+; give a whole number from 1 to 9$/);
  });
});

describe("a choice", () => {
  test("passes when it is one of those there are", () => {
    expect(checkOneOf("MyHandler", "mode", "a", ["a", "w"])).toBe("a");
  });

  test("is refused otherwise, with those there are", () => {
    expect(problem(() => checkOneOf("MyHandler", "mode", "r", ["a", "w"]))).toEqual({
      code: "OPTION_INVALID",
      message: "MyHandler: mode is r; give one of a, w",
    });
  });
});
