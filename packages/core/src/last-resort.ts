import { defaultText } from "./default-text.js";
import type { HandlerLike } from "./handler.js";
import { WARNING } from "./levels.js";
import { writeError } from "./runtime.js";
import { shared } from "./shared.js";
import { attempt } from "./values.js";

/** The handler that gets WARNING and above when no handler exists on a record's path: standard error, the console in browsers. */
export function getLastResort(): HandlerLike | null {
  if (shared.lastResort === undefined) {
    shared.lastResort = {
      level: WARNING,
      // Standard error is looked up at each write, so that a replaced stream is honoured.
      handle: (record) => attempt(() => writeError(defaultText(record))),
      flush() {},
      close() {},
    };
  }
  return shared.lastResort;
}

/** Replaces the last resort; `null` for silence. */
export function setLastResort(handler: HandlerLike | null): void {
  shared.lastResort = handler;
}
