import { LoggingError, show } from "@cordwood/core";

const refuse = (owner: string, option: string, given: string, expected: string): never => {
  throw new LoggingError("OPTION_INVALID", `${owner}: ${option} is ${given}; give ${expected}`);
};

/** What a value is, without saying what is in it: an address may hold a password. */
const kindOf = (value: unknown): string => (value === null ? "null" : value === "" ? "an empty text" : `a value of type ${typeof value}`);

/** A text that is not empty, or nothing. @throws LoggingError `OPTION_INVALID`. */
export function checkText(owner: string, option: string, value: unknown, expected = "a text"): void {
  if (value !== undefined && (typeof value !== "string" || value === "")) refuse(owner, option, kindOf(value), expected);
}

/** `true`, `false` or nothing. @throws LoggingError `OPTION_INVALID`. */
export function checkFlag(owner: string, option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") refuse(owner, option, show(value), "true or false");
}

/** An object, or nothing. @throws LoggingError `OPTION_INVALID`. */
export function checkObject(owner: string, option: string, value: unknown): void {
  if (value !== undefined && (typeof value !== "object" || value === null)) refuse(owner, option, kindOf(value), "an object");
}

/** A function, or nothing. @throws LoggingError `OPTION_INVALID`. */
export function checkFunction(owner: string, option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") refuse(owner, option, kindOf(value), "a function");
}

/** A list of texts, or nothing. @throws LoggingError `OPTION_INVALID`. */
export function checkTexts(owner: string, option: string, value: unknown): void {
  if (value !== undefined && (!Array.isArray(value) || value.some((each) => typeof each !== "string")))
    refuse(owner, option, show(value), "a list of texts");
}

/** The address of a server with one of these protocols, or nothing. @throws LoggingError `OPTION_INVALID`, which does not repeat it. */
export function checkUrl(owner: string, option: string, value: unknown, protocols: readonly string[]): void {
  const expected = `an address that begins with ${protocols.map((each) => `${each}//`).join(" or ")}`;
  checkText(owner, option, value, expected);
  if (value === undefined) return;
  const url = URL.canParse(value as string) ? new URL(value as string) : undefined;
  if (url === undefined) refuse(owner, option, "no address", expected);
  else if (!protocols.includes(url.protocol)) refuse(owner, option, `an address that begins with ${url.protocol}`, expected);
}
