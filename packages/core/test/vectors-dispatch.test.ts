import {
  disable,
  Filter,
  type FilterLike,
  getLogger,
  Handler,
  type Level,
  type LogRecord,
  makeLogRecord,
  resetLogging,
  setLastResort,
} from "@cordwood/core";
import { loadVectors } from "@cordwood/test-kit";
import { afterEach, describe, expect, test } from "vitest";

interface FilterSpec {
  readonly kind: "name" | "maxLevel" | "replace";
  readonly name?: string;
  readonly level?: number;
  readonly prefix?: string;
}

interface Op {
  readonly op: string;
  readonly logger?: string;
  readonly handler?: string;
  readonly handlerId?: string;
  readonly filter?: string;
  readonly spec?: FilterSpec;
  readonly level?: Level;
  readonly value?: boolean;
  readonly msg?: string;
  readonly args?: readonly unknown[] | object;
  readonly method?: "debug" | "info" | "warning" | "error" | "critical";
  readonly record?: Readonly<Record<string, unknown>>;
  readonly suffix?: string;
}

interface Captured {
  readonly op: number;
  readonly handler: string;
  readonly logger: string;
  readonly levelname: string;
  readonly message: string;
}

interface Expected {
  readonly results: readonly unknown[];
  readonly records: readonly Captured[];
}

class Capture extends Handler {
  readonly take: (record: LogRecord) => void;

  constructor(level: Level, take: (record: LogRecord) => void) {
    super({ level });
    this.take = take;
  }

  protected override emit(record: LogRecord): void {
    this.take(record);
  }
}

const filterOf = ({ kind, name = "", level = 0, prefix = "" }: FilterSpec): FilterLike =>
  kind === "name"
    ? new Filter(name)
    : kind === "maxLevel"
      ? (record) => record.levelno <= level
      : (record) => record.with({ message: prefix + record.getMessage() });

const positional = (args: readonly unknown[] | object = []): readonly unknown[] => (Array.isArray(args) ? args : [args]);

function run(ops: readonly Op[]): Expected {
  const handlers = new Map<string, Capture>();
  const filters = new Map<string, FilterLike>();
  const records: Captured[] = [];
  let index = 0;
  const capture = (handler: string, level: Level): Capture =>
    new Capture(level, (record) =>
      records.push({ op: index, handler, logger: record.name, levelname: record.levelname, message: record.getMessage() }),
    );
  setLastResort(capture("lastResort", 30));

  const step = (op: Op): unknown => {
    const handler = (): Capture => handlers.get(op.handler ?? op.handlerId ?? "") as Capture;
    const target = () => (op.handler === undefined ? getLogger(op.logger) : handler());
    const filter = (): FilterLike => filters.get(op.filter as string) as FilterLike;
    const level = op.level as Level;
    if (op.op === "newHandler") handlers.set(op.handler as string, capture(op.handler as string, level));
    else if (op.op === "newFilter") filters.set(op.filter as string, filterOf(op.spec as FilterSpec));
    else if (op.op === "addFilter") target().addFilter(filter());
    else if (op.op === "removeFilter") target().removeFilter(filter());
    else if (op.op === "setLevel") target().setLevel(level);
    else if (op.op === "disable") disable(level);
    else {
      const logger = getLogger(op.logger);
      if (op.op === "getLogger") return logger.name;
      if (op.op === "parent") return logger.parent?.name ?? null;
      if (op.op === "getEffectiveLevel") return logger.getEffectiveLevel();
      if (op.op === "isEnabledFor") return logger.isEnabledFor(level);
      if (op.op === "hasHandlers") return logger.hasHandlers();
      if (op.op === "getChild") return logger.getChild(op.suffix as string).name;
      if (op.op === "getChildren") return [...logger.getChildren()].map((child) => child.name).sort();
      if (op.op === "setPropagate") logger.propagate = op.value as boolean;
      else if (op.op === "setDisabled") logger.disabled = op.value as boolean;
      else if (op.op === "addHandler") logger.addHandler(handler());
      else if (op.op === "removeHandler") logger.removeHandler(handler());
      else if (op.op === "log") logger.log(level, op.msg, ...positional(op.args));
      else if (op.op === "call") logger[op.method as "info"](op.msg, ...positional(op.args));
      else if (op.op === "handle") logger.handle(makeLogRecord(op.record as Readonly<Record<string, unknown>>));
      else throw new Error(`unknown operation ${op.op}`);
    }
    return null;
  };

  const results: unknown[] = [];
  for (const op of ops) {
    try {
      results.push(step(op));
    } catch (error) {
      // Which class of error is thrown is a matter of the language.
      if ((error as { code?: string }).code === undefined) throw error;
      results.push({ error: true });
    }
    index++;
  }
  return { results, records };
}

const threw = (result: unknown): unknown => (typeof result === "object" && result !== null && "error" in result ? { error: true } : result);

afterEach(() => resetLogging());

describe("vectors: dispatch", () => {
  for (const { id, input, expected } of loadVectors<{ ops: readonly Op[] }, Expected>("text", "dispatch", import.meta.url)) {
    test(id, () => {
      resetLogging();
      const actual = run(input.ops);
      expect(actual.results).toEqual(expected?.results.map(threw));
      expect(actual.records).toEqual(expected?.records);
    });
  }
});
