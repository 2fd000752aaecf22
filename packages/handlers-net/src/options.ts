import { LoggingError } from "@cordwood/core";

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

/** @throws LoggingError `OPTION_UNKNOWN` for a name that is no option: a misspelt one would be ignored in silence */
export const checkKnown = (owner: string, options: object, known: readonly string[]): void => {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new LoggingError("OPTION_INVALID", `${owner}: options are ${shown(options)}; give an object`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new LoggingError("OPTION_UNKNOWN", `${owner}: there is no option ${JSON.stringify(key)}; known are ${known.join(", ")}`);
  }
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

/** The options of the base class, for {@link checkKnown}. */
export const HANDLER_OPTIONS = ["level", "name", "formatter", "filters"] as const;
/** The options of a connection that comes back. */
export const CONNECTION_OPTIONS = [
  "connectTimeoutMs",
  "handshakeTimeoutMs",
  "stallTimeoutMs",
  "reconnectInitialMs",
  "reconnectFactor",
  "reconnectMaxMs",
] as const;
/** The options of a bounded queue. */
export const OUTBOX_OPTIONS = ["capacity", "maxBytes", "whenFull"] as const;

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
