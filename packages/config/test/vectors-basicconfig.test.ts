import { type BasicConfigOptions, basicConfig } from "@cordwood/config";
import { escapeControlCharacters, getLogger, type HandlerLike, makeLogRecord, resetLogging, StreamHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { loadVectors } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

type Op =
  | { op: "basicConfig"; options: Record<string, unknown> }
  | { op: "log"; logger: string; level: number; msg: unknown; args: unknown[] | Record<string, unknown> }
  | { op: "handle"; record: Record<string, unknown> & { name: string } }
  | { op: "setLevel"; logger: string; level: number };

interface Expected {
  results: (null | { error: string })[];
  streams: Record<string, string>;
  root: { level: number; handlerCount: number } | null;
}

interface HandlerSpec {
  id: string;
  stream: string;
  level?: number;
  formatter?: { fmt: string };
}

process.env["TZ"] = "UTC";
let stderr = "";

beforeEach(() => {
  resetLogging();
  stderr = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  resetLogging();
});

// Control characters in values are shown escaped on purpose, and `basicConfig` has no keyword to turn that off: what CPython wrote is escaped before comparing.

describe("vectors: basicconfig", () => {
  for (const { id, input, expected } of loadVectors<{ ops: Op[] }, Expected>("text", "basicconfig", import.meta.url)) {
    test(id, () => {
      const streams: Record<string, { text: string; write(text: string): boolean }> = {};
      const handlers = new Map<string, HandlerLike>();
      const stream = (name: string) =>
        (streams[name] ??= {
          text: "",
          write(text: string) {
            this.text += text;
            return true;
          },
        });
      const handler = ({ id: key, stream: name, level, formatter }: HandlerSpec): HandlerLike => {
        const known = handlers.get(key);
        if (known !== undefined) return known;
        const made = new StreamHandler(stream(name), {
          ...(level === undefined ? {} : { level }),
          ...(formatter === undefined ? {} : { formatter: new Formatter(formatter.fmt) }),
        });
        handlers.set(key, made);
        return made;
      };
      const run = (op: Op): void => {
        if (op.op === "setLevel") getLogger(op.logger).setLevel(op.level);
        else if (op.op === "log") getLogger(op.logger).log(op.level, op.msg, ...(Array.isArray(op.args) ? op.args : [op.args]));
        else if (op.op === "handle") getLogger(op.record.name).handle(makeLogRecord(op.record));
        else {
          const { stream: name, handlers: specs, ...options } = op.options as { stream?: string; handlers?: HandlerSpec[] };
          basicConfig({
            ...options,
            ...(name === undefined ? {} : { stream: stream(name) }),
            ...(specs === undefined ? {} : { handlers: specs.map(handler) }),
          } as BasicConfigOptions);
        }
      };
      const results = input.ops.map((op) => {
        try {
          run(op);
          return null;
        } catch (error) {
          return { error: (error as Error).name };
        }
      });
      const wanted = expected as Expected;
      expect(results.map((result) => result !== null)).toEqual(wanted.results.map((result) => result !== null));
      for (const name of Object.keys(wanted.streams)) {
        expect(name === "stderr" ? stderr : stream(name).text, name).toBe(escapeControlCharacters(wanted.streams[name] as string));
      }
      if (wanted.root !== null) expect({ level: getLogger().level, handlerCount: getLogger().handlers.length }).toEqual(wanted.root);
    });
  }
});
