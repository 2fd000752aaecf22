import type { LogRecord } from "@cordwood/core";

/**
 * Key in a pino line that has crossed from pino to Cordwood and back: it is taken no second time. Where the way back is asynchronous (a pipe, a
 * thread) nothing but the line itself can say so.
 */
export const CROSSED = "cordwoodCrossed";

const ORIGIN = Symbol.for("@cordwood/bridges.pino");

type Marked = LogRecord & { [ORIGIN]?: true };

/** Notes that the record came from pino. Copies by `with` keep it; formatters do not see it. */
export const markAsPinos = (record: LogRecord): void => {
  (record as Marked)[ORIGIN] = true;
};

export const isPinos = (record: LogRecord): boolean => (record as Marked)[ORIGIN] === true;
