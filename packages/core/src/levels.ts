import { invalid } from "./errors.js";
import { shared } from "./shared.js";
import { show } from "./values.js";

/** A level: a whole number, or a registered name such as `"INFO"` (upper case; case matters, as in Python). */
export type Level = number | string;

export const NOTSET = 0;
export const TRACE = 5;
export const DEBUG = 10;
export const INFO = 20;
export const WARNING = 30;
/** Another name of {@link WARNING}. */
export const WARN = 30;
export const ERROR = 40;
export const CRITICAL = 50;
/** Another name of {@link CRITICAL}. */
export const FATAL = 50;

/**
 * Gives a number a name. An older name keeps meaning the number; the number shows its newest name.
 * @throws LoggingError `LEVEL_INVALID` when `level` is no whole number or `name` no text.
 */
export function addLevelName(level: number, name: string): void {
  if (!Number.isInteger(level) || typeof name !== "string") {
    throw invalid("LEVEL_INVALID", [level, name], "a whole number and its name");
  }
  shared.levels.set(name, level).set(level, name);
}

/** The name of a number, the number of a name, `"Level 15"` for what is unknown. */
export function getLevelName(level: Level): string | number {
  return shared.levels.get(level) ?? `Level ${show(level)}`;
}

/** All names with their numbers, the aliases `WARN` and `FATAL` among them: a fresh plain object. */
export const getLevelNamesMapping = (): Record<string, number> =>
  Object.fromEntries([...shared.levels].filter(([key]) => typeof key === "string") as [string, number][]);

/**
 * The number of a level given as a number or a name.
 * @throws LoggingError `LEVEL_UNKNOWN` for a name nobody registered, `LEVEL_INVALID` for anything that is neither a name nor a whole number.
 */
export function checkLevel(level: Level): number {
  const number = typeof level === "string" ? shared.levels.get(level) : level;
  if (Number.isInteger(number)) return number as number;
  throw invalid(
    typeof level === "string" ? "LEVEL_UNKNOWN" : "LEVEL_INVALID",
    level,
    `a whole number or one of ${[...shared.levels.keys()]}`,
  );
}
