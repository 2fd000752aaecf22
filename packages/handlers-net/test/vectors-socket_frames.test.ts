import { spawnSync } from "node:child_process";
import { decodeFrame, encodeFrame, unpickle } from "@cordwood/handlers-net";
import { loadVectors, missingService } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { fromVector, ordinary, vectorRecord } from "./support/vector-record.js";

type Input = { kind: "frame"; record: Record<string, unknown> } | { kind: "pickle"; value: unknown };
interface Expected {
  frame: string;
  attributes: Record<string, unknown>;
  pickle: string;
  value: unknown;
}

const cases = loadVectors<Input, Expected>("io", "socket_frames", import.meta.url);
const expected = (one: { expected?: Expected }): Expected => one.expected!;

describe("vectors: socket_frames", () => {
  for (const one of cases) {
    test(one.id, () => {
      if (one.input.kind === "pickle") {
        expect(ordinary(unpickle(Buffer.from(expected(one).pickle, "hex")))).toEqual(ordinary(fromVector(expected(one).value)));
        return;
      }
      const wanted = ordinary(fromVector(expected(one).attributes));
      expect(ordinary(decodeFrame(Buffer.from(expected(one).frame, "hex")))).toEqual(wanted);
      const ours = encodeFrame(vectorRecord(one.input.record), { codec: "pickle" });
      expect(ordinary(decodeFrame(ours))).toEqual(wanted);
    });
  }
});

const noPython = await missingService("python3");

test.skipIf(noPython)("CPython reads every frame of ours as the attributes of its own", () => {
  const frames = cases.flatMap((one) =>
    one.input.kind === "frame"
      ? [
          {
            id: one.id,
            frame: encodeFrame(vectorRecord(one.input.record), { codec: "pickle" }).toString("hex"),
            attributes: expected(one).attributes,
          },
        ]
      : [],
  );
  expect(frames.length).toBeGreaterThan(100);
  const script = `
import json, pickle, struct, sys
bad = []
def plain(v):
    if isinstance(v, (list, tuple)): return [plain(x) for x in v]
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    return v
for case in json.load(sys.stdin):
    data = bytes.fromhex(case["frame"])
    assert struct.unpack(">L", data[:4])[0] == len(data) - 4
    got = plain(pickle.loads(data[4:]))
    if got != plain(case["attributes"]) or not isinstance(got["created"], float): bad.append(case["id"])
print(json.dumps(bad))
`;
  const { stdout, stderr } = spawnSync("python3", ["-c", script], { input: JSON.stringify(frames), encoding: "utf8", maxBuffer: 1e8 });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([]);
});
