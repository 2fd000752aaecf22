import {
  addLevelName,
  getLevelName,
  getLevelNamesMapping,
  getLogger,
  type Level,
  LogRecord,
  NullHandler,
  resetLogging,
  StreamHandler,
} from "@cordwood/core";
import { loadVectors } from "@cordwood/test-kit";
import { afterEach, describe, expect, test } from "vitest";

interface Op {
  readonly op: string;
  readonly level: Level;
  readonly name: string;
}

/** Names that Cordwood has beyond Python's. */
const OURS = ["TRACE"];

function run(ops: readonly Op[]): unknown[] {
  const logger = getLogger("levels");
  const handler = new StreamHandler({ write() {} });
  const step = ({ op, level, name }: Op): unknown => {
    if (op === "getLevelName") return getLevelName(level);
    if (op === "addLevelName") return addLevelName(level as number, name) ?? null;
    if (op === "setLevel") {
      logger.setLevel(level);
      return logger.level;
    }
    if (op === "setHandlerLevel") {
      handler.setLevel(level);
      return handler.level;
    }
    if (op === "newHandler") return new NullHandler({ level }).level;
    if (op === "getEffectiveLevel") return logger.getEffectiveLevel();
    if (op === "recordLevelName") return new LogRecord({ name: "levels", levelno: level as number, msg: "m" }).levelname;
    if (op === "getLevelNamesMapping") {
      return Object.fromEntries(Object.entries(getLevelNamesMapping()).filter(([own]) => !OURS.includes(own)));
    }
    throw new Error(`unknown operation ${op}`);
  };
  return ops.map((op) => {
    try {
      return step(op);
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error;
      return { error: true };
    }
  });
}

const threw = (result: unknown): unknown => (typeof result === "object" && result !== null && "error" in result ? { error: true } : result);

afterEach(() => resetLogging());

describe("vectors: levels", () => {
  const cases = loadVectors<{ ops: readonly Op[] }, { results: readonly unknown[] }>("text", "levels", import.meta.url);
  for (const { id, input, expected } of cases) {
    test(id, () => {
      resetLogging();
      expect(run(input.ops)).toEqual(expected?.results.map(threw));
    });
  }
});
