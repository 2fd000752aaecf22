import { strftime } from "@cordwood/formatters";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

interface Input {
  readonly epoch: number;
  readonly timeZone: string;
  readonly format: string;
}

describe("vectors: strftime", () => {
  for (const { id, input, expected } of loadVectors<Input, string>("text", "strftime", import.meta.url)) {
    test(id, () => expect(strftime(input.format, input.epoch, input.timeZone)).toBe(expected));
  }
});
