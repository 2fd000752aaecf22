import { getLogger, getLoggers, getLogRecordFactory, WARNING } from "@cordwood/core";

const NAME = "cordwood.config";
/** Refusals are somebody else's to cause: so many a minute are written. */
const MOST_REFUSALS = 5;
const MINUTE_MS = 60_000;

/**
 * Puts a record into the program's own log about what was done to its logging, at WARNING, named `cordwood.config`. A logger of that name
 * handles it if there is one, otherwise the root does: writing it must not add to the tree.
 */
export const audit = (msg: string, fields: Readonly<Record<string, unknown>>): void => {
  const known =
    getLoggers().find((logger) => logger.name === NAME) ?? getLoggers().find((logger) => logger.name === "cordwood") ?? getLogger();
  if (!known.isEnabledFor(WARNING)) return;
  known.handle(getLogRecordFactory()({ name: NAME, levelno: WARNING, msg, fields }));
};

let refusals: number[] = [];
let held = 0;

/** Records a refused message; at most five a minute, the next one telling how many were not written. */
export const auditRefusal = (msg: string, fields: Readonly<Record<string, unknown>>): void => {
  const now = Date.now();
  refusals = refusals.filter((at) => now - at < MINUTE_MS);
  if (refusals.length >= MOST_REFUSALS) {
    held++;
    return;
  }
  refusals.push(now);
  audit(held > 0 ? `${msg} (and ${held} more before)` : msg, fields);
  held = 0;
};
