import { printf } from "@cordwood/core";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

interface Input {
  readonly format: string;
  readonly args: readonly (string | number)[] | Readonly<Record<string, string | number>>;
}

describe("vectors: printf", () => {
  for (const { id, input, expected, error } of loadVectors<Input, string>("text", "printf", import.meta.url)) {
    test(id, () => {
      if (error === undefined) expect(printf(input.format, input.args)).toBe(expected);
      else expect(() => printf(input.format, input.args)).toThrow(expect.objectContaining({ code: "PRINTF_INVALID" }));
    });
  }
});
