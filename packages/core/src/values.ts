/** Longest text shown of one value, in UTF-16 units; what is longer is cut and marked. */
const LONGEST = 262_144;
/** Longest text kept inside an object. */
const LONGEST_STRING = 65_536;
const DEEPEST = 8;
const MOST_KEYS = 1_000;

/** Runs `ask` and gives `fallback` when it throws. Every question put to a foreign value goes through here. */
export function attempt<T, F>(ask: () => T, fallback: F): T | F {
  try {
    return ask();
  } catch {
    return fallback;
  }
}

/** Whether the value is an Error, of this realm or another. A hostile proxy is none. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false;
  }
}

/** Whether the value is an object made by `{}`, `Object.create(null)` or `JSON.parse`, of this realm or another. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  try {
    if (typeof value !== "object" || value === null) return false;
    const prototype = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype || (Object.getPrototypeOf(prototype) === null && !isError(value));
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
export function show(value: unknown): string {
  return cut(typeof value === "string" ? value : attempt(() => text(value), "[unprintable]"));
}

function text(value: unknown): string {
  if (typeof value === "function") return `[function ${value.name || "anonymous"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const own = value.toString;
  const speaks = typeof own === "function" && own !== Object.prototype.toString && !Array.isArray(value) && !(value instanceof Date);
  if (speaks && !ArrayBuffer.isView(value)) return String(value);
  const data = plainData(value);
  return typeof data === "string" ? data : JSON.stringify(data);
}

/**
 * A copy of any value that JSON can hold: errors as `{ name, message, stack, cause, errors }` with their own properties, maps as pairs, dates as
 * ISO 8601, big integers, symbols, functions and what is not finite as text. Never throws; at most 8 levels, 1 000 keys or items an object,
 * 65 536 characters a string and 262 144 in all, each cut marked; cycles are marked.
 */
export const plainData = (value: unknown): unknown => attempt(() => copy(value, [], { left: LONGEST }), "[unprintable]");

function copy(value: unknown, above: readonly unknown[], room: { left: number }): unknown {
  if (typeof value === "string") {
    const kept = cut(value, LONGEST_STRING);
    room.left -= kept.length;
    return kept;
  }
  if (typeof value !== "object" || value === null) return value === null || typeof value === "boolean" || Number.isFinite(value) ? value : text(value);
  if (above.includes(value)) return "[circular]";
  if (above.length >= DEEPEST) return "[deeper]";
  if (value instanceof Date) return attempt(() => value.toISOString(), "Invalid Date");
  const path = [...above, value];
  const part = (ask: () => unknown): unknown => attempt(() => copy(ask(), path, room), "[throws]");
  const bytes = ArrayBuffer.isView(value);
  if (!bytes && typeof (value as { toJSON?: unknown }).toJSON === "function") return copy((value as { toJSON(): unknown }).toJSON(), path, room);
  const full = (count: number): boolean => count >= MOST_KEYS || room.left < 0;
  if (bytes || Array.isArray(value) || value instanceof Map || value instanceof Set) {
    const items: unknown[] = [];
    const size = (value as { length?: number }).length ?? (value as { size?: number }).size ?? 0;
    const source = value instanceof Map ? value.entries() : value instanceof Set ? value.values() : undefined;
    while (items.length < size && !full(items.length)) {
      items.push(part(() => (source ? source.next().value : (value as unknown as unknown[])[items.length])));
      room.left -= 8;
    }
    if (items.length < size) items.push(`… ${size - items.length} more`);
    return items;
  }
  const result: Record<string, unknown> = Object.create(null);
  let count = 0;
  const add = (key: string): void => {
    room.left -= key.length + 8;
    result[key] = part(() => (value as Record<string, unknown>)[key]);
    count++;
  };
  if (isError(value)) for (const key of ["name", "message", "stack", "cause", "errors"]) if (attempt(() => key in value, true)) add(key);
  for (const key in value) {
    if (!Object.hasOwn(value, key) || key in result) continue;
    if (full(count)) {
      result["…"] = "more";
      break;
    }
    add(key);
  }
  return result;
}
