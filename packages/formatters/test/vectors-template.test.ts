import { substitute } from "@cordwood/formatters";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

interface Input {
  readonly template: string;
  readonly values: Readonly<Record<string, string | number>>;
}

describe("vectors: template", () => {
  for (const { id, input, expected, error } of loadVectors<Input, string>("text", "template", import.meta.url)) {
    test(id, () => {
      if (error === undefined) expect(substitute(input.template, input.values)).toBe(expected);
      else expect(() => substitute(input.template, input.values)).toThrow();
    });
  }
});
