import type { Buffer } from "node:buffer";
import { type Counters, type HandlerLike, LoggingError, reportError } from "@cordwood/core";
import type { Account } from "./account.js";
import type { ByteSender } from "./sender.js";

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

/** Makes a record's bytes and sends them; a record that is too large is dropped, counted and reported. */
export const sendFrame = (
  sender: ByteSender,
  counters: Counters,
  makeFrame: () => Buffer,
  tooLarge: (error: unknown) => void,
): "queued" | "settled" => {
  let frame: Buffer;
  try {
    frame = makeFrame();
  } catch (error) {
    if (!(error instanceof LoggingError) || error.code !== "FRAME_TOO_LARGE") throw error;
    counters.drop("tooLarge");
    tooLarge(error);
    return "settled";
  }
  return sender.send(frame);
};
