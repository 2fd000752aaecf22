import { strformat } from "@cordwood/formatters";
import { describe, expect, test } from "vitest";

describe("strformat", () => {
  test("gives what has no fraction as a whole number and the rest as Python's float", () => {
    expect(strformat("{a} {a:d} {b} {b:.2f} {b:e}", { a: 30, b: 0.125 })).toBe("30 30 0.125 0.12 1.250000e-01");
    expect(() => strformat("{b:d}", { b: 0.125 })).toThrow(/does not fit a number with a fraction/);
  });

  test("takes big integers exactly", () => {
    const values = { big: 123456789012345678901234567890n };
    expect(strformat("{big}|{big:,}|{big:x}|{big:+}", values)).toBe(
      "123456789012345678901234567890|123,456,789,012,345,678,901,234,567,890|18ee90ff6c373e0ee4e3f0ad2|+123456789012345678901234567890",
    );
    expect(strformat("{minus:#x}", { minus: -255n })).toBe("-0xff");
  });

  test("shows what is not finite as Python does", () => {
    const values = { i: Number.POSITIVE_INFINITY, n: Number.NaN, m: Number.NEGATIVE_INFINITY };
    expect(strformat("{i:f} {n:F} {m:g} {i:010.1f} {n:>6} {i:+.0%}", values)).toBe("inf NAN -inf 0000000inf    NaN +inf%");
  });

  test("turns to an exponent one digit earlier without a type than with g", () => {
    expect(strformat("{x:.3} {x:.4} {x:.3g} {y:.2} {z:.3}", { x: 123.456, y: 99.99, z: 0.00001234 })).toBe(
      "1.23e+02 123.5 123 1e+02 1.23e-05",
    );
  });

  test("drops the sign of a rounded zero with z", () => {
    expect(strformat("{x:.1f} {x:z.1f} {y:z.1f}", { x: -0.001, y: -0.5 })).toBe("-0.0 0.0 -0.5");
  });

  test("fills specifications in from other values, one level deep", () => {
    expect(strformat("{a:{fill}{side}{width}}", { a: "x", fill: "*", side: "^", width: 5 })).toBe("**x**");
    expect(() => strformat("{a:{b:{c}}}", { a: 1, b: 2, c: 3 })).toThrow();
  });

  test("caps widths at 1 024 and digits at 100, whole texts at nothing", () => {
    expect(strformat("{a:999999999}", { a: "x" })).toHaveLength(1_024);
    expect(strformat("{a:.999999999f}", { a: 0.5 })).toHaveLength(102);
    expect(strformat("{a:.200}", { a: "x".repeat(300) })).toHaveLength(200);
  });

  test("takes own properties only", () => {
    for (const name of ["constructor", "__proto__", "toString", "a.length", "a[0]"]) {
      expect(() => strformat(`{${name}}`, { a: "x" })).toThrow(expect.objectContaining({ code: "FIELD_MISSING" }));
    }
    expect(strformat("{toString}", { toString: "own" })).toBe("own");
  });

  test("says what is missing and what is given", () => {
    expect(() => strformat("{b}", { a: 1, c: 2 })).toThrow('no value for "b"; given are "a", "c"');
  });

  test("leaves control characters alone", () => {
    expect(strformat("{a}", { a: "\x1b" })).toBe("\x1b");
  });
});
