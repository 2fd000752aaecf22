import { LoggingError } from "./errors.js";
import type { HandlerOptions } from "./handler.js";
import { show } from "./values.js";

const wrong = (owner: string, option: string, value: unknown, wanted: string): LoggingError =>
  new LoggingError("OPTION_INVALID", `${owner}: ${option} is ${show(value)}; give ${wanted}`);

/** Every name that an options type has; the compiler notices one that is missing or too many. */
export type OptionNames<T> = Readonly<Record<keyof T & string, true>>;

/** The options of the base class of handlers. */
export const HANDLER_OPTIONS: OptionNames<HandlerOptions> = { level: true, name: true, formatter: true, filters: true };

/**
 * For authors of handlers, formatters and filters: refuses what is no option, since a misspelt one would be passed over in silence.
 * @param owner whose options they are, for the message: the class, or the option that holds them.
 * @throws LoggingError `OPTION_INVALID` for what is no object, `OPTION_UNKNOWN` for a name that is none of `known`.
 */
export function checkOptions(owner: string, options: object, known: Readonly<Record<string, true>>): void {
  // Only its type is told: a text in place of options may be an address with a password in it.
  if (typeof options !== "object" || !options) throw wrong(owner, "options", options && typeof options, "an object");
  for (const key of Object.keys(options))
    if (known[key] !== true)
      throw new LoggingError(
        "OPTION_UNKNOWN",
        `${owner}: there is no option ${JSON.stringify(key)}; known are ${Object.keys(known).join(", ")}`,
      );
}

/**
 * A number within bounds, both included.
 * @param whole whether it has to be a whole one. Default `true`.
 * @throws LoggingError `OPTION_INVALID` for anything else.
 */
export function checkNumber(owner: string, option: string, value: unknown, least: number, most: number, whole = true): number {
  if (typeof value !== "number" || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw wrong(owner, option, value, `a ${whole ? "whole " : ""}number from ${least} to ${most}`);
  return value;
}

/** A choice among names. @throws LoggingError `OPTION_INVALID` for anything else. */
export function checkOneOf<T>(owner: string, option: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) throw wrong(owner, option, value, `one of ${choices.map(show).join(", ")}`);
  return value as T;
}
