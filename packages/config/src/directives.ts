import { checkLevel, getLevelNamesMapping, getLogger, LoggingError } from "@cordwood/core";
import { suggestion } from "./suggest.js";

/** One logger and the level it gets; the name is empty for the root. */
export interface Directive {
  readonly logger: string;
  readonly level: number;
}

/** A level that no record reaches, so `http=off` silences a subtree. */
const OFF = 1_000_000;

/**
 * Reads levels in one line: `"info,app.db=debug,http=off"`. A level alone is the root's. Level names may be written in any case,
 * a number is a level too, and `off` lets nothing pass. Empty parts are skipped, a later part wins.
 * @throws LoggingError `DIRECTIVE_INVALID`
 */
export const parseDirectives = (text: string): readonly Directive[] =>
  text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      const logger = equals === -1 ? "" : part.slice(0, equals).trim();
      if (equals !== -1 && logger === "") throw new LoggingError("DIRECTIVE_INVALID", `"${part}": expected logger=level, got no logger`);
      return { logger: logger === "root" ? "" : logger, level: levelOf(part.slice(equals + 1).trim(), part) };
    });

const levelOf = (text: string, part: string): number => {
  if (text.toLowerCase() === "off") return OFF;
  if (/^\d+$/.test(text)) return checkLevel(Number(text));
  const levels = getLevelNamesMapping();
  const name =
    Object.keys(levels).find((known) => known === text) ?? Object.keys(levels).find((known) => known.toLowerCase() === text.toLowerCase());
  if (name !== undefined) return levels[name] as number;
  const known = [...Object.keys(levels).map((level) => level.toLowerCase()), "off"];
  throw new LoggingError("DIRECTIVE_INVALID", `"${part}": ${JSON.stringify(text)} is no level; ${suggestion(text, known)}`);
};

/**
 * Applies levels given in one line to the running loggers, at once or not at all.
 * @param text such as `"info,app.db=debug,http=off"`.
 * @throws LoggingError `DIRECTIVE_INVALID`; no level has been changed then.
 */
export const setLevels = (text: string): void => applyDirectives(parseDirectives(text));

/** Sets the level of each named logger. */
export const applyDirectives = (directives: readonly Directive[]): void => {
  for (const { logger, level } of directives) getLogger(logger).setLevel(level);
};

/** The variable of the environment that is read when no other is named. */
export const LEVELS_VARIABLE = "CORDWOOD";

/** The directives of the environment variable `name` (default `CORDWOOD`), or none when it is unset or empty. */
export const environmentDirectives = (
  name: string = LEVELS_VARIABLE,
  environment: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): readonly Directive[] => {
  const text = environment[name];
  if (text === undefined || text === "") return [];
  try {
    return parseDirectives(text);
  } catch (error) {
    throw new LoggingError("DIRECTIVE_INVALID", `environment variable ${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};
