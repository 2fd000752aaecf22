import { LoggingError, show } from "@cordwood/core";

/** A function, or `undefined` where none is given. @throws LoggingError for anything else. */
export function checkFunction<F>(owner: string, option: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== "function")
    throw new LoggingError("OPTION_INVALID", `${owner}: ${option} is ${show(value)}; give a function`);
  return value;
}
