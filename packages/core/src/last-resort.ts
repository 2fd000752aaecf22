import { defaultText } from "./default-text.js";
import type { HandlerLike } from "./handler.js";
import { writeError } from "./runtime.js";
import { shared } from "./shared.js";

const standard: HandlerLike = {
  level: 30,
  // Standard error is looked up at each write, so that a replaced stream is honoured.
  handle: (record) => writeError(defaultText(record)),
  flush() {},
  close() {},
};

/** The handler that gets WARNING and above when no handler exists on a record's path: standard error, the console in browsers. */
export const getLastResort = (): HandlerLike | null => (shared.last === undefined ? standard : shared.last);

/** Replaces the last resort; `null` for silence. */
export function setLastResort(handler: HandlerLike | null): void {
  shared.last = handler;
}
