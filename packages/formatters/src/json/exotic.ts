import { attempt, isError } from "@cordwood/core";
import { errorForm } from "./error-form.js";
import { className, thrown } from "./placeholder.js";

/** What stands for a value that JSON has no form for: a text, a list, or an object whose own keys are written. */
export type Form =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "list"; readonly items: readonly unknown[]; readonly total: number }
  | { readonly kind: "object"; readonly object: object; readonly more: number };

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const text = (of: string): Form => ({ kind: "text", text: of });

/**
 * The form of an object that is neither plain nor an array. May throw: the caller guards.
 * @param most Entries of a collection that are kept.
 * @param longest Characters that a text may have.
 */
export function formOf(value: object, most: number, longest: number): Form {
  if (isError(value)) return { kind: "object", object: errorForm(value), more: 0 };
  if (value instanceof Date)
    return text(Number.isNaN(Date.prototype.getTime.call(value)) ? "Invalid Date" : Date.prototype.toISOString.call(value));
  const convert: unknown = (value as { toJSON?: unknown }).toJSON;
  if (typeof convert === "function" && !isBytes(value)) {
    const result: unknown = convert.call(value, "");
    return result === value ? { kind: "object", object: value, more: 0 } : { kind: "value", value: result };
  }
  if (Array.isArray(value)) return list(value, value.length);
  if (value instanceof Map) return mapForm(value, most);
  if (value instanceof Set) return list(firstOf(value, most), value.size);
  if (isBytes(value)) return text(bytesText(value, longest));
  if (ArrayBuffer.isView(value)) return typedArrayForm(value as unknown as ArrayLike<unknown>, most);
  return boxed(value) ?? named(value) ?? { kind: "object", object: value, more: 0 };
}

const list = (items: readonly unknown[], total: number): Form => ({ kind: "list", items, total });

const firstOf = (values: Iterable<unknown>, most: number): unknown[] => {
  const kept: unknown[] = [];
  for (const item of values) {
    if (kept.length >= most) break;
    kept.push(item);
  }
  return kept;
};

/** A Map is written as an object while each key has a text of its own, as a list of pairs otherwise. */
function mapForm(map: ReadonlyMap<unknown, unknown>, most: number): Form {
  const entries = firstOf(map, most) as [unknown, unknown][];
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, item] of entries) {
    if (typeof key === "object" || typeof key === "function" || typeof key === "symbol") return list(entries, map.size);
    const name = String(key);
    if (name in object) return list(entries, map.size);
    object[name] = item;
  }
  return { kind: "object", object, more: map.size - entries.length };
}

const isBytes = (value: object): value is Uint8Array | ArrayBuffer | DataView =>
  value instanceof Uint8Array || value instanceof ArrayBuffer || value instanceof DataView || isSharedBuffer(value);

const isSharedBuffer = (value: object): boolean => typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;

function bytesText(value: Uint8Array | ArrayBuffer | DataView, longest: number): string {
  const total = value.byteLength;
  const most = Math.min(total, Math.floor(longest / 4) * 3);
  const bytes = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, most) : new Uint8Array(value, 0, most);
  return `base64:${base64(bytes)}${most < total ? `…[cut: ${total} bytes]` : ""}`;
}

function base64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] ?? 0, bytes[i + 1], bytes[i + 2]];
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += BASE64[group >> 18]! + BASE64[(group >> 12) & 63]!;
    out += (b === undefined ? "=" : BASE64[(group >> 6) & 63]!) + (c === undefined ? "=" : BASE64[group & 63]!);
  }
  return out;
}

const typedArrayForm = (value: ArrayLike<unknown>, most: number): Form =>
  list(
    Array.from({ length: Math.min(value.length, most) }, (_, i) => value[i]),
    value.length,
  );

function boxed(value: object): Form | undefined {
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt || value instanceof Symbol)
    return { kind: "value", value: value.valueOf() };
  return undefined;
}

/** What has a text of its own or nothing to show but its class. */
function named(value: object): Form | undefined {
  if (value instanceof RegExp) return text(RegExp.prototype.toString.call(value));
  if (typeof URLSearchParams !== "undefined" && value instanceof URLSearchParams) return text(String(value));
  for (const key in value) if (Object.hasOwn(value, key)) return undefined;
  const name = className(value);
  // An empty class instance says more by its name than as `{}`.
  return name === "Object" ? undefined : text(`[${name}]`);
}

/** The text that stands for a function or a symbol. */
export const opaqueText = (value: unknown): string =>
  typeof value === "function"
    ? `[Function: ${attempt(() => (typeof value.name === "string" && value.name !== "" ? value.name : "anonymous"), "anonymous")}]`
    : attempt(() => String(value), thrown(undefined));
