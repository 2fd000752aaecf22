import { LoggingError, show } from "@cordwood/core";

/** The name of a logger given as an option. @throws LoggingError `OPTION_INVALID` for anything but a text. */
export function loggerName(owner: string, name: unknown, otherwise: string): string {
  if (name === undefined) return otherwise;
  if (typeof name === "string") return name;
  throw new LoggingError("OPTION_INVALID", `${owner}: logger is ${show(name)}; give the name of a logger`);
}

/** The key that a logger's name gets elsewhere, or `false` for none. @throws LoggingError `OPTION_INVALID` for anything else. */
export function nameKey(owner: string, key: unknown, otherwise: string): string | false {
  if (key === undefined) return otherwise;
  if (key === false || (typeof key === "string" && key !== "")) return key;
  throw new LoggingError("OPTION_INVALID", `${owner}: nameKey is ${show(key)}; give the name of a key, or false for none`);
}

/** A number of characters. @throws LoggingError `OPTION_INVALID` for anything but a positive whole number. */
export function length(owner: string, option: string, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw new LoggingError("OPTION_INVALID", `${owner}: ${option} is ${show(value)}; give a positive whole number of characters`);
}

/** Something to be called, or nothing. @throws LoggingError `OPTION_INVALID` for anything else. */
export function callable<T>(owner: string, option: string, value: T): T {
  if (value === undefined || typeof value === "function") return value;
  throw new LoggingError("OPTION_INVALID", `${owner}: ${option} is ${show(value)}; give a function`);
}
