import { LoggingError, show } from "@cordwood/core";

/** The name of a logger given as an option. @throws LoggingError `OPTION_INVALID` for anything but a text. */
export function loggerName(owner: string, name: unknown, otherwise: string): string {
  if (name === undefined) return otherwise;
  if (typeof name === "string") return name;
  throw new LoggingError("OPTION_INVALID", `${owner}: logger is ${show(name)}; give the name of a logger`);
}
