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

/** A whole number within bounds. @throws LoggingError for anything else. */
export function checkWhole(owner: string, option: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
    throw new LoggingError("OPTION_INVALID", `${owner}: ${option} is ${show(value)}; give a whole number from ${least} to ${most}`);
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

/** A time zone that this runtime knows. @throws LoggingError for one it does not. */
export function checkTimeZone(owner: string, zone: string): string {
  if (zone === "utc" || zone === "local") return zone;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch (error) {
    throw new LoggingError(
      "OPTION_INVALID",
      `${owner}: timeZone is ${show(zone)}; give "utc", "local" or an IANA name such as "Europe/Berlin"`,
      {
        cause: error,
      },
    );
  }
}
