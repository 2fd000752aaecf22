import { connect } from "node:net";
import { type Accepted, dictConfig, type LoggingConfig, listen } from "@cordwood/config";
import { checkLevel, type ErrorReport, getHandlerByName, setErrorReporter, setLastResort } from "@cordwood/core";
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
  /** What the chunks say. */
  text?: string;
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

interface Document {
  readonly incremental?: boolean;
  readonly handlers?: Readonly<
    Record<string, { readonly level?: string | number; readonly target?: string; readonly handlers?: string[] }>
  >;
  readonly loggers?: Readonly<Record<string, { readonly handlers?: readonly string[] }>>;
  readonly root?: { readonly handlers?: readonly string[] };
}

const parsed = (text: string | undefined): Document | undefined => {
  try {
    return JSON.parse(text ?? "") as Document;
  } catch {
    return undefined;
  }
};

/**
 * On purpose: open handlers are held until they are closed, so that a message may name one that no logger has. CPython holds them weakly, has
 * forgotten such a handler when the message comes, and refuses the message.
 */
const forgottenByPython = (before: Document | null, message: Document | undefined): readonly string[] => {
  const made = before?.handlers ?? {};
  const names = Object.keys(message?.handlers ?? {});
  if (message?.incremental !== true || !names.every((name) => name in made)) return [];
  const held = new Set<string>();
  const hold = (name: string): void => {
    if (held.has(name)) return;
    held.add(name);
    const { target, handlers = [] } = made[name] ?? {};
    for (const other of [target ?? [], handlers].flat()) hold(other);
  };
  for (const logger of [before?.root, ...Object.values(before?.loggers ?? {})]) for (const name of logger?.handlers ?? []) hold(name);
  return names.filter((name) => !held.has(name));
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
        const message = parsed(input.text);
        const forgotten = forgottenByPython(input.before, message);
        if (reported !== null && forgotten.length > 0) {
          expect(told.join("\n")).toBe("");
          for (const name of forgotten) {
            const level = message?.handlers?.[name]?.level;
            if (level !== undefined) expect(getHandlerByName(name)?.level).toBe(checkLevel(level));
          }
        } else if (reported === null) {
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
