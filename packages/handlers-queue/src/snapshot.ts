import { attempt, isError, isPlainObject, show } from "@cordwood/core";

const DEEPEST = 8;
const MOST_KEYS = 1_000;
/** Values copied of one record at most, so that a wide and deep object cannot hold the caller up. */
const MOST_VALUES = 10_000;
const MOST_BYTES = 65_536;
/** What the quick way of copying takes on. */
const FEW_KEYS = 100;
const FLAT_DEPTH = 3;

interface Room {
  left: number;
}

/**
 * The fields as they are now: what the caller changes afterwards is not seen. Values that cannot change are shared, others copied: 8 levels,
 * 1 000 keys an object and 10 000 values in all, each cut marked. Never throws.
 */
export function snapshotFields(fields: object): object {
  // A hostile value ends the quick way; the other one asks each value with care.
  const flat = isPlainObject(fields) ? attempt(() => copyFlat(fields, 0), undefined) : undefined;
  return flat ?? attempt(() => copyObject(fields, [], { left: MOST_VALUES }), { "…": "[unreadable]" });
}

/** A copy of a plain object with scalars, or such objects a few levels down; `undefined` for any other, or for one with many keys. */
function copyFlat(object: object, depth: number): object | undefined {
  const result: Record<string, unknown> = { ...object };
  let count = 0;
  // Over the copy: its keys are at hand, those of the original have to be asked for.
  for (const key in result) {
    const value = result[key];
    if (++count > FEW_KEYS) return undefined;
    if (typeof value !== "object" || value === null) continue;
    const prototype = Object.getPrototypeOf(value);
    if (depth >= FLAT_DEPTH || (prototype !== Object.prototype && prototype !== null)) return undefined;
    if ((value as { toJSON?: unknown }).toJSON !== undefined) return undefined;
    const inner = copyFlat(value, depth + 1);
    if (inner === undefined) return undefined;
    result[key] = inner;
  }
  return result;
}

/** The error as data: an Error of plain values, whose message, stack, causes and own properties are those of now. */
export const snapshotError = (error: unknown): unknown => attempt(() => copy(error, [], { left: MOST_VALUES }), "[unreadable]");

/** An Error made from data: what came over a wire is shown and told apart as an error again. Anything but `{ name, message }` stays as it is. */
export function reviveError(data: unknown): unknown {
  if (!isPlainObject(data) || typeof data["message"] !== "string" || typeof data["name"] !== "string") return data;
  const error = new Error(data["message"]);
  for (const key of Object.keys(data)) {
    const value = data[key];
    const revived = key === "cause" ? reviveError(value) : key === "errors" && Array.isArray(value) ? value.map(reviveError) : value;
    define(error, key, revived);
  }
  if (typeof data["stack"] !== "string") define(error, "stack", `${data["name"]}: ${data["message"]}`);
  return error;
}

function copy(value: unknown, above: readonly object[], room: Room): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "[circular]";
  if (above.length >= DEEPEST || --room.left < 0) return "[deeper]";
  try {
    return copyObject(value, above, room);
  } catch {
    return "[unreadable]";
  }
}

function copyObject(value: object, above: readonly object[], room: Room): object {
  const path = [...above, value];
  if (isError(value)) return copyError(value, path, room);
  if (Array.isArray(value)) return copyItems(value, value.length, path, room);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Map) return new Map(copyItems(value, value.size, path, room).filter(Array.isArray) as [unknown, unknown][]);
  if (value instanceof Set) return new Set(copyItems(value, value.size, path, room));
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice(0, MOST_BYTES);
  const said = (value as { toJSON?: unknown }).toJSON;
  if (typeof said === "function") {
    const data: unknown = said.call(value);
    const kept = typeof data === "object" && data !== null ? data : { value: data };
    return above.length === 0 ? copyOwn(kept, path, room) : (copyScalarOr(data, path, room) as object);
  }
  return copyOwn(value, path, room);
}

/** What `toJSON` gave, inside another object: a text stays a text. */
const copyScalarOr = (data: unknown, path: readonly object[], room: Room): unknown =>
  typeof data === "object" && data !== null && !path.includes(data)
    ? copyOwn(data, path, room)
    : typeof data !== "object" || data === null
      ? data
      : "[circular]";

function copyOwn(value: object, path: readonly object[], room: Room): object {
  if (Array.isArray(value)) return copyItems(value, value.length, path, room);
  const result: Record<string, unknown> = {};
  let count = 0;
  for (const key of Object.keys(value)) {
    if (++count > MOST_KEYS || room.left < 0) {
      define(result, "…", "more");
      break;
    }
    room.left--;
    define(
      result,
      key,
      attempt(() => copy((value as Record<string, unknown>)[key], path, room), "[throws]"),
    );
  }
  return result;
}

function copyItems(items: Iterable<unknown>, size: number, path: readonly object[], room: Room): unknown[] {
  const result: unknown[] = [];
  for (const item of items) {
    if (result.length >= MOST_KEYS || room.left < 0) {
      result.push(`… ${size - result.length} more`);
      break;
    }
    room.left--;
    result.push(copy(item, path, room));
  }
  return result;
}

function copyError(error: Error, path: readonly object[], room: Room): Error {
  const read = (key: string): unknown => attempt(() => (error as unknown as Record<string, unknown>)[key], "[throws]");
  const result = new Error(show(read("message")));
  // An error thrown in a hot loop is copied at each call: its own stack, never a new one.
  for (const key of ["name", "stack"]) define(result, key, show(read(key)));
  for (const key of ["cause", "errors"]) if (attempt(() => key in error, false)) define(result, key, copy(read(key), path, room));
  let count = 0;
  for (const key of attempt(() => Object.keys(error), [])) {
    if (Object.hasOwn(result, key)) continue;
    if (++count > MOST_KEYS || room.left < 0) break;
    Object.defineProperty(result, key, { value: copy(read(key), path, room), writable: true, enumerable: true, configurable: true });
  }
  return result;
}

/** Sets an own property, also one called `__proto__`; what an Error has by nature stays out of `for … in`. */
function define(target: object, key: string, value: unknown): void {
  if (isError(target) && ["name", "message", "stack", "cause", "errors"].includes(key)) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: false, configurable: true });
  } else if (key === "__proto__") Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else (target as Record<string, unknown>)[key] = value;
}
