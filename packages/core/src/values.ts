import { DEEPEST, LONGEST, LONGEST_STRING, MOST_KEYS } from "./limits.js";

/** Nothing: the one shared empty array, frozen, of records without arguments and of what has no filters or handlers. */
export const NONE: readonly never[] = Object.freeze([]);

/** Runs `ask` and gives `fallback` when it throws. Every question put to a foreign value goes through here. */
export function attempt<T>(ask: () => T): T | undefined;
export function attempt<T, F>(ask: () => T, fallback: F): T | F;
export function attempt<T, F>(ask: () => T, fallback?: F): T | F | undefined {
  try {
    return ask();
  } catch {
    return fallback;
  }
}

/** A property of a foreign object, or `"[throws]"`. */
export const read = (source: object, key: string): unknown => attempt(() => (source as Record<string, unknown>)[key], "[throws]");

/** Whether the value is an object and no function. Asks the value nothing. */
export const isObject = (value: unknown): value is object => typeof value === "object" && !!value;

/** Whether the value is an Error, of this realm or another. A hostile proxy is none. */
export const isError = (value: unknown): value is Error =>
  attempt(() => value instanceof Error || Object.prototype.toString.call(value) === "[object Error]", false);

/** Whether the value is an object made by `{}`, `Object.create(null)` or `JSON.parse`, of this realm or another. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  // Asked of most calls, so not in a closure. V8 looks a prototype up in no time only where it has just seen a property being read.
  try {
    void (value as object).constructor;
    const above = Object.getPrototypeOf(value);
    return isObject(value) && (above === Object.prototype || !above || !Object.getPrototypeOf(above));
  } catch {
    return false;
  }
}

/** Cuts a text to `limit` UTF-16 units and says how many were left out. */
export const cut = (text: string, limit: number = LONGEST): string =>
  text.length > limit ? `${text.slice(0, limit)}… [${text.length - limit} more characters]` : text;

/**
 * The text of any value, for a message: a string as it is, an object by its own `toString` if it has one, otherwise as JSON of {@link plainData}.
 * Never throws; cut to 262 144 characters, and the cut marked.
 */
export const show = (value: unknown): string => cut(typeof value === "string" ? value : attempt(() => describe(value), "[unprintable]"));

function describe(value: unknown): string {
  if (typeof value === "function") return `[function ${value.name}]`;
  if (!isObject(value)) return String(value);
  // Arrays, dates and bytes have a toString that tells too little.
  const speaks =
    value.toString !== Object.prototype.toString && typeof value.toString === "function" && !isList(value) && !(value instanceof Date);
  if (speaks) return String(value);
  const data = plainData(value);
  return typeof data === "string" ? data : JSON.stringify(data);
}

const isList = (value: object): value is Iterable<unknown> =>
  Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set;

/**
 * A copy of any value that JSON can hold: errors as `{ name, message, stack, cause, errors }` with their own properties, maps as pairs, dates as
 * ISO 8601, big integers, symbols, functions and what is not finite as text. Never throws; at most 8 levels, 1 000 keys or items an object,
 * 65 536 characters a string and 262 144 in all, each cut marked; cycles are marked.
 */
export const plainData = (value: unknown): unknown => copy(() => value, [], { left: LONGEST });

/** @param room characters that may still be spent, shared by all parts of one value. */
function copy(read: () => unknown, above: readonly unknown[], room: { left: number }): unknown {
  try {
    const value = read();
    if (typeof value === "string") {
      room.left -= value.length;
      return cut(value, LONGEST_STRING);
    }
    if (!isObject(value)) return [null, true, false].includes(value as null) || Number.isFinite(value) ? value : describe(value);
    if (above.includes(value)) return "[circular]";
    if (above.length >= DEEPEST) return "[deeper]";
    if (value instanceof Date) return Number.isFinite(+value) ? value.toISOString() : String(value);
    const path = [...above, value];
    const list = isList(value);
    let keys: Iterable<unknown> = value as Iterable<unknown>;
    if (!list) {
      const { toJSON } = value as { toJSON?: unknown };
      const error = isError(value);
      if (typeof toJSON === "function" && !error) return copy(() => toJSON.call(value), path, room);
      keys = Object.keys(value);
      if (error) keys = new Set([..."name message stack cause errors".split(" ").filter((key) => key in value), ...(keys as string[])]);
    }
    const result = (list ? [] : Object.create(null)) as Record<string | number, unknown>;
    let count = 0;
    for (const key of keys) {
      if ((room.left -= 8) < 0 || count >= MOST_KEYS) {
        result[list ? count : "…"] = list ? "… more" : "more";
        break;
      }
      result[list ? count : (key as string)] = copy(() => (list ? key : (value as Record<string, unknown>)[key as string]), path, room);
      count++;
    }
    return result;
  } catch {
    return "[throws]";
  }
}
