import { strformat } from "@cordwood/formatters";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

interface Input {
  readonly format: string;
  readonly values: Readonly<Record<string, string | number>>;
}

describe("vectors: strformat", () => {
  for (const { id, input, expected, error } of loadVectors<Input, string>("text", "strformat", import.meta.url)) {
    test(id, () => {
      if (error === undefined) expect(strformat(input.format, input.values)).toBe(expected);
      else expect(() => strformat(input.format, input.values)).toThrow();
    });
  }
});
