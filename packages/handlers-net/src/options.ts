import { LoggingError, type OptionNames } from "@cordwood/core";
import type { ConnectionOptions } from "./connection.js";
import type { OutboxOptions } from "./outbox.js";

/** @throws LoggingError `OPTION_INVALID` unless the value is a whole number from `least` to `most`, or not given */
export const checkWhole = (owner: string, name: string, value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): void => {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new LoggingError("OPTION_INVALID", `${owner}: ${name} is ${shown(value)}; give a whole number ${range}`);
};

/** @throws LoggingError `OPTION_INVALID` unless the value is one of those listed, or not given */
export const checkOneOf = (owner: string, name: string, value: unknown, known: readonly string[]): void => {
  if (value === undefined || known.includes(value as string)) return;
  throw new LoggingError(
    "OPTION_INVALID",
    `${owner}: ${name} is ${shown(value)}; give ${known.map((item) => JSON.stringify(item)).join(" or ")}`,
  );
};

/** @throws LoggingError `OPTION_INVALID` unless the value is text that is not empty */
export const checkText = (owner: string, name: string, value: unknown): void => {
  if (typeof value === "string" && value !== "") return;
  throw new LoggingError("OPTION_INVALID", `${owner}: ${name} is ${shown(value)}; give text that is not empty`);
};

/** @throws LoggingError `OPTION_INVALID` for options that mean nothing beside the others: they would be ignored in silence */
export const checkMeaning = (owner: string, options: object, names: readonly string[], means: boolean, needs: string): void => {
  if (means) return;
  for (const name of names) {
    if ((options as Readonly<Record<string, unknown>>)[name] === undefined) continue;
    throw new LoggingError("OPTION_INVALID", `${owner}: ${name} ${needs}; leave it out here`);
  }
};

/** @throws LoggingError `OPTION_INVALID` unless these are a user's name and password; nothing of them is shown */
export const checkLogin = (owner: string, credentials: unknown, expected = "[user, password]"): void => {
  if (Array.isArray(credentials) && credentials.length === 2 && credentials.every((part) => typeof part === "string")) return;
  throw new LoggingError("OPTION_INVALID", `${owner}: credentials are not as they have to be; give ${expected}`);
};

const shown = (value: unknown): string =>
  typeof value === "string" || value === null || typeof value === "number" ? JSON.stringify(value) : `a ${typeof value}`;

/** The options of a connection that comes back. */
export const CONNECTION_OPTIONS: OptionNames<ConnectionOptions> = {
  connectTimeoutMs: true,
  handshakeTimeoutMs: true,
  stallTimeoutMs: true,
  reconnectInitialMs: true,
  reconnectFactor: true,
  reconnectMaxMs: true,
};
/** The options of a bounded queue. */
export const OUTBOX_OPTIONS: OptionNames<OutboxOptions> = { capacity: true, maxBytes: true, whenFull: true };

/** @throws LoggingError for limits and times that are no whole numbers in range */
export const checkSending = (owner: string, options: Readonly<Record<string, unknown>>): void => {
  for (const name of [
    "connectTimeoutMs",
    "handshakeTimeoutMs",
    "stallTimeoutMs",
    "reconnectInitialMs",
    "reconnectMaxMs",
    "closeTimeoutMs",
  ]) {
    checkWhole(owner, name, options[name], 1, 2_147_483_647);
  }
  for (const name of ["capacity", "maxBytes", "maxFrameBytes"]) checkWhole(owner, name, options[name], 1);
  const factor = options["reconnectFactor"];
  if (factor !== undefined && !(typeof factor === "number" && factor >= 1)) {
    throw new LoggingError("OPTION_INVALID", `${owner}: reconnectFactor is ${shown(factor)}; give a number of at least 1`);
  }
  checkOneOf(owner, "whenFull", options["whenFull"], ["drop-newest", "drop-oldest"]);
};
