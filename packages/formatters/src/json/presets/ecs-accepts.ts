import { attempt, isPlainObject } from "@cordwood/core";
import type { SerializeLimits } from "../limits.js";
import { type EcsObject, type EcsType, ecsFields } from "./ecs-fields.js";

/** What ECS has under a dotted name: a field, `"free"` where it leaves the name to its users, `"taken"` below a field that is no object. */
export function ecsAt(name: string, from: EcsObject = ecsFields()): EcsType | EcsObject | "free" | "taken" {
  let at: EcsType | EcsObject | undefined = from;
  for (const part of name.split(".")) {
    if (at === "object") return "free";
    if (typeof at === "string") return "taken";
    at = at.get(part);
    if (at === undefined) return "free";
  }
  return at;
}

type Limits = Pick<SerializeLimits, "maxDepth" | "maxKeys">;

/** Whether Elasticsearch would take the value for the field, so that it does not refuse the whole document. */
export const ecsAccepts = (at: EcsType | EcsObject, value: unknown, limits: Limits): boolean =>
  attempt(() => accepts(at, value, limits, [], 1), false);

/** @param above The objects around the value: one that holds itself is written as a text. */
function accepts(at: EcsType | EcsObject, value: unknown, limits: Limits, above: readonly unknown[], depth: number): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== "object") return typeof at === "string" && ofType(at, value);
  if (above.includes(value) || depth > limits.maxDepth) return at === "text";
  const inside = [...above, value];
  // A list stands for several values of the field; where it is cut a text is added.
  if (Array.isArray(value))
    return (
      (at === "text" || value.length <= limits.maxKeys) && value.every((item: unknown) => accepts(at, item, limits, inside, depth + 1))
    );
  if (value instanceof Date) return at === "text" || (at === "date" && !Number.isNaN(value.getTime()));
  const convert: unknown = (value as { toJSON?: unknown }).toJSON;
  if (typeof convert === "function" && !ArrayBuffer.isView(value)) {
    const converted: unknown = convert.call(value, "");
    return converted !== value && accepts(at, converted, limits, inside, depth + 1);
  }
  if (!isPlainObject(value)) return false;
  if (at === "object") return true;
  if (at === "place") return ofType("number", value["lat"]) && ofType("number", value["lon"]);
  if (typeof at === "string") return false;
  return Object.keys(value).every((key) => {
    const inner = ecsAt(key, at);
    return inner === "free" || (inner !== "taken" && accepts(inner, value[key], limits, inside, depth + 1));
  });
}

function ofType(type: EcsType, value: unknown): boolean {
  const text = typeof value === "string" ? value : typeof value === "bigint" ? `${value}` : undefined;
  switch (type) {
    case "text":
      return true;
    case "number":
      // NaN and the infinities are written as null.
      return typeof value === "number" ? !(Math.abs(value) >= 2 ** 63) || !Number.isFinite(value) : NUMBER.test(text ?? "");
    case "boolean":
      return typeof value === "boolean" || text === "true" || text === "false";
    case "date":
      return typeof value === "number" ? Number.isSafeInteger(value) && Math.abs(value) <= LATEST_MS : isDate(text ?? "");
    case "ip":
      return isIp(text ?? "");
    default:
      return false;
  }
}

const NUMBER = /^[+-]?\d{1,18}(?:\.\d{1,18})?$/;
/** Past what `Date` can hold. */
const LATEST_MS = 8.64e15;
/** `strict_date_optional_time`. */
const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/;
const IPV6 = /^(?=.*:)[\da-f:.]+$/i;

const isDate = (text: string): boolean => DATE.test(text) && !Number.isNaN(Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")));

const isIp = (text: string): boolean =>
  IPV4.test(text) || (IPV6.test(text) && attempt(() => new URL(`http://[${text}]`) !== undefined, false));
