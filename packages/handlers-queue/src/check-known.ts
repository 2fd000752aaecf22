import { type HandlerOptions, LoggingError, show } from "@cordwood/core";

/** Every name that an options type has; the compiler notices one that is missing or too many. */
export type Known<T> = Readonly<Record<keyof T & string, true>>;

/** The options of the base class of handlers. */
export const HANDLER_OPTIONS: Known<HandlerOptions> = { level: true, name: true, formatter: true, filters: true };

/**
 * @param owner whose options they are: the class's name, or the option that holds them.
 * @throws LoggingError `OPTION_UNKNOWN` for a name that is no option: a misspelt one would be passed over in silence.
 */
export function checkKnown(owner: string, options: object, known: Readonly<Record<string, true>>): void {
  if (typeof options !== "object" || options === null)
    throw new LoggingError("OPTION_INVALID", `${owner}: options are ${show(options)}; give an object`);
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(known, key))
      throw new LoggingError(
        "OPTION_UNKNOWN",
        `${owner}: there is no option ${JSON.stringify(key)}; known are ${Object.keys(known).join(", ")}`,
      );
  }
}
