import { connect } from "node:net";
import { type Accepted, dictConfig, type LoggingConfig, listen } from "@cordwood/config";
import { type ErrorReport, setErrorReporter, setLastResort } from "@cordwood/core";
import { loadVectors } from "@cordwood/test-kit";
import { beforeEach, describe, expect, test } from "vitest";
import { type Existing, type Summary, summaryLike } from "./summary.js";
import { freshLogging, inEmptyFolder } from "./vector-case.js";

type Verify = { type: "accept" | "reject" | "empty" | "raise" } | { type: "prefix"; hex: string } | { type: "xor"; key: number };
interface Input {
  existing: Existing[];
  before: Record<string, unknown> | null;
  verify: Verify | null;
  chunks: string[];
}
interface Expected {
  summary: Summary;
  reported: string | null;
}

const hidden = freshLogging();
let reports: ErrorReport[] = [];
beforeEach(() => {
  reports = [];
  setErrorReporter((report) => reports.push(report));
  setLastResort(null);
});

const verifyOf = (spec: Verify): ((message: Uint8Array) => Accepted) => {
  switch (spec.type) {
    case "accept":
      return (message) => message;
    case "reject":
      return () => null;
    case "empty":
      return () => new Uint8Array();
    case "raise":
      return () => {
        throw new Error("verify raises");
      };
    case "prefix":
      return (message) => {
        const prefix = Buffer.from(spec.hex, "hex");
        return Buffer.from(message.subarray(0, prefix.length)).equals(prefix) ? message.subarray(prefix.length) : null;
      };
    case "xor":
      return (message) => message.map((byte) => byte ^ spec.key);
  }
};

const send = async (port: number, chunks: readonly string[]): Promise<void> => {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()).on("error", () => {}));
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.setNoDelay(true);
  for (const chunk of chunks) await new Promise<void>((resolve) => socket.write(Buffer.from(chunk, "hex"), () => resolve()));
  socket.end();
  socket.resume();
  await closed;
};

/** On purpose: unknown keys are refused, see the dictconfig vectors. All or nothing: what CPython half applied is not compared. */
describe("vectors: config_wire", () => {
  for (const { id, input, expected } of loadVectors<Input, Expected>("io", "config_wire", import.meta.url)) {
    test(id, () =>
      inEmptyFolder(input.existing, async (folder) => {
        if (input.before !== null) await dictConfig(input.before as unknown as LoggingConfig);
        const { summary, reported } = expected as Expected;
        const before = JSON.stringify(summaryLike(summary, folder, new Set()));
        const server = await listen({ port: 0, scope: "full", ...(input.verify === null ? {} : { verify: verifyOf(input.verify) }) });
        try {
          await send(server.port, input.chunks);
        } finally {
          await server.close();
        }
        const told = reports.filter((report) => report.cause === "configuration server").map((report) => report.message);
        if (reported === null) {
          expect(told.join("\n")).toBe("");
          expect(summaryLike(summary, folder, hidden)).toEqual(summary);
        } else {
          expect(told).toHaveLength(1);
          expect(JSON.stringify(summaryLike(summary, folder, new Set()))).toBe(before);
        }
      }),
    );
  }
});
