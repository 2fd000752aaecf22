import { LoggingError, show } from "@cordwood/core";

/** @throws LoggingError when the options hold a name that is none of `known`: a misspelt option must not be passed over. */
export function checkKnown(owner: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null)
    throw new LoggingError("OPTION_INVALID", `${owner}: options are ${show(options)}; give an object`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new LoggingError("OPTION_UNKNOWN", `${owner}: there is no option "${key}"; the options are ${known.join(", ")}`);
  }
}

/** A number within bounds. @throws LoggingError for anything else. */
export function checkNumber(owner: string, option: string, value: unknown, least: number, most: number, whole = true): number {
  if (typeof value !== "number" || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new LoggingError(
      "OPTION_INVALID",
      `${owner}: ${option} is ${show(value)}; give a ${whole ? "whole " : ""}number from ${least} to ${most}`,
    );
  return value;
}

/** A choice among names. @throws LoggingError for anything else. */
export function checkOneOf<T>(owner: string, option: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T))
    throw new LoggingError(
      "OPTION_INVALID",
      `${owner}: ${option} is ${show(value)}; give one of ${choices.map((choice) => show(choice)).join(", ")}`,
    );
  return value as T;
}

/** A function, or `undefined` where none is given. @throws LoggingError for anything else. */
export function checkFunction<F>(owner: string, option: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== "function")
    throw new LoggingError("OPTION_INVALID", `${owner}: ${option} is ${show(value)}; give a function`);
  return value;
}
