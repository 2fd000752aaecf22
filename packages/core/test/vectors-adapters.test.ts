import { type AdapterCall, getLogger, Handler, LoggerAdapter, type LogRecord, resetLogging } from "@cordwood/core";
import { loadVectors } from "@cordwood/test-kit";
import { afterEach, describe, expect, test } from "vitest";

type Extra = Readonly<Record<string, unknown>> | null;

interface AdapterSpec {
  readonly extra: Extra;
  readonly mergeExtra: boolean;
  readonly prefixKey?: string;
}

interface Input {
  readonly kind: "process" | "log";
  readonly adapters: readonly AdapterSpec[];
  readonly call: { readonly level: number; readonly msg: string; readonly args: readonly unknown[] | object; readonly extra?: Extra };
  readonly logger?: string;
  readonly loggerLevel?: number;
}

interface Seen {
  readonly logger: string;
  readonly levelname: string;
  readonly message: string;
  readonly extra: Extra;
}

class Capture extends Handler {
  readonly seen: Seen[] = [];

  protected override emit(record: LogRecord): void {
    this.seen.push({ logger: record.name, levelname: record.levelname, message: record.getMessage(), extra: { ...record.extra } });
  }
}

class PrefixAdapter extends LoggerAdapter {
  key = "";

  override process(message: unknown, call: AdapterCall): [unknown, AdapterCall] {
    return super.process(`[${(this.extra as Record<string, unknown>)[this.key]}] ${message}`, call);
  }
}

function wrap(input: Input): LoggerAdapter | ReturnType<typeof getLogger> {
  let target: LoggerAdapter | ReturnType<typeof getLogger> = getLogger(input.logger ?? "app");
  for (const { extra, mergeExtra, prefixKey } of input.adapters) {
    const adapter: LoggerAdapter = new (prefixKey === undefined ? LoggerAdapter : PrefixAdapter)(target, extra, { mergeExtra });
    if (prefixKey !== undefined) (adapter as PrefixAdapter).key = prefixKey;
    target = adapter;
  }
  return target;
}

/** The fields that arrive: each adapter's in the place of those before, or merged under them; `null` counts as none. */
function merged(adapters: readonly AdapterSpec[], call: Input["call"]): Readonly<Record<string, unknown>> {
  let extra: Extra = call.extra ?? null;
  for (const adapter of [...adapters].reverse()) extra = adapter.mergeExtra ? { ...adapter.extra, ...extra } : adapter.extra;
  return extra ?? {};
}

afterEach(() => resetLogging());

describe("vectors: adapters", () => {
  for (const { id, input, expected, error } of loadVectors<Input>("text", "adapters", import.meta.url)) {
    const { call } = input;
    test(id, () => {
      resetLogging();
      const target = wrap(input);
      const extra = call.extra === undefined ? {} : { extra: call.extra };
      if (input.kind === "process") {
        const [msg, processed] = (target as LoggerAdapter).process(call.msg, extra);
        // Python 3.13.0 fails to merge with None; here it counts as no fields.
        if (error === "TypeError") expect(processed.extra ?? {}).toEqual(merged(input.adapters.slice(-1), call));
        else expect({ msg, extra: processed.extra }).toEqual(expected);
        return;
      }
      const logger = getLogger(input.logger ?? "app");
      const handler = new Capture();
      logger.addHandler(handler);
      logger.setLevel(input.loggerLevel ?? 1);
      const args = Array.isArray(call.args) ? call.args : [call.args];
      target.log(call.level, call.msg, ...args, ...(call.extra ? [call.extra] : []));
      if (error !== undefined) {
        // Fields never clash with attributes (KeyError in Python) and null is no fields (TypeError): the record arrives with all of them.
        expect(handler.seen.map((record) => record.extra)).toEqual([merged(input.adapters, call)]);
        return;
      }
      const python = expected as { readonly records: readonly Seen[] };
      // The object that %(key)s reads is kept as fields of the call, too; fields of the call win.
      const mapping = Array.isArray(call.args) ? {} : call.args;
      const records = python.records.map((record) => ({ ...record, extra: { ...record.extra, ...mapping } }));
      expect({
        records: handler.seen,
        name: target.name,
        enabled: target.isEnabledFor(call.level),
        effectiveLevel: target.getEffectiveLevel(),
        hasHandlers: target.hasHandlers(),
      }).toEqual({ ...python, records });
    });
  }
});
