import { decodeFrame, unpickle } from "@cordwood/handlers-net";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

describe("vectors: socket_invalid", () => {
  for (const one of loadVectors<{ unit: "payload" | "frame"; note: string; hex: string }, "refused">(
    "io",
    "socket_invalid",
    import.meta.url,
  )) {
    test(`${one.id} ${one.input.note}`, () => {
      const bytes = Buffer.from(one.input.hex, "hex");
      const decode = (): unknown => (one.input.unit === "frame" ? decodeFrame(bytes) : unpickle(bytes));
      expect(decode).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(FRAME|PICKLE)_REFUSED$/) }));
    });
  }
});
