import { type Counters, type HandlerLike, reportError } from "@cordwood/core";
import type { Account } from "./account.js";

/** The account of a handler: its counters, and reports under its name and destination. */
export const handlerAccount = (handler: HandlerLike, counters: Counters, label: string): Account => ({
  counters,
  report: (cause, message, error, lost) =>
    reportError({
      cause: `${label}: ${cause}`,
      message: `${label}: ${message}`,
      handler,
      ...(error === undefined ? {} : { error }),
      ...(lost === undefined || lost === 0 ? {} : { lost }),
    }),
});
