import { getLogger, resetLogging, setErrorReporter } from "@cordwood/core";
import { MemoryHandler } from "@cordwood/handlers-queue";
import { loadVectors } from "@cordwood/test-kit";
import { beforeEach, describe, expect, test } from "vitest";
import { type Captured, CaptureHandler, type FilterSpec, filterOf } from "./support/capture.js";

type Op =
  | { op: "log"; logger: string; level: number; msg: string; args: unknown[] | Record<string, unknown> }
  | { op: "flush" }
  | { op: "close" }
  | { op: "setTarget"; target: string | null };

interface Input {
  options: { capacity: number; flushLevel?: number; flushOnClose?: boolean; target?: string };
  targets: { id: string; level: number; filter?: FilterSpec }[];
  level: number;
  ops: Op[];
}

interface Step {
  delivered: Captured[];
  buffered: number;
}

describe("vectors: memory", () => {
  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
  });

  for (const { id, input, expected } of loadVectors<Input, { steps: Step[] }>("text", "memory", import.meta.url)) {
    test(id, () => {
      const sink: Captured[] = [];
      const targets = new Map(
        input.targets.map((spec) => {
          const filters = spec.filter ? [filterOf(spec.filter)] : [];
          return [spec.id, new CaptureHandler(spec.id, sink, { level: spec.level, filters })] as const;
        }),
      );
      const { capacity, target, ...options } = input.options;
      const memory = new MemoryHandler(capacity, { ...options, level: input.level, target: targets.get(target ?? "") ?? null });
      const root = getLogger();
      root.setLevel(1);
      root.addHandler(memory);
      const steps = input.ops.map((op) => {
        if (op.op === "log") getLogger(op.logger).log(op.level, op.msg, ...(Array.isArray(op.args) ? op.args : [op.args]));
        else if (op.op === "setTarget") memory.setTarget(op.target === null ? null : (targets.get(op.target) ?? null));
        else memory[op.op]();
        return { delivered: sink.splice(0), buffered: memory.buffer.length };
      });
      expect(steps).toEqual((expected as { steps: Step[] }).steps);
      // What Python keeps after `close` is kept here too, but counted: nothing will deliver it by itself.
      const { accepted, delivered, queued, dropped, failed } = memory.stats();
      expect(failed).toEqual({});
      expect(accepted).toBe(delivered + queued + (dropped["closed"] ?? 0));
      expect(queued + (dropped["closed"] ?? 0)).toBe(memory.buffer.length);
    });
  }
});
