import { show } from "./values.js";

/** What Cordwood throws when it is used wrongly. Delivery failures are never thrown: they go to the error reporter. */
export class LoggingError extends Error {
  /** A stable name of the condition, such as `LEVEL_UNKNOWN`; the message may change between versions, this does not. */
  declare readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "LoggingError";
    this.code = code;
  }
}

/** The error for a value that is not what it must be. */
export const invalid = (code: string, given: unknown, expected: string): LoggingError =>
  new LoggingError(code, `${show(given)}: expected ${expected}`);
