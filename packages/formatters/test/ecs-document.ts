import { isIP } from "node:net";
import { EcsFlat } from "@elastic/ecs";

/** Type of each field by ECS's own schema: `log.level` → `keyword`. */
export const ECS_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries(EcsFlat as Readonly<Record<string, { readonly type: string }>>).map(([name, { type }]) => [name, type]),
);

/** Names with fields below them: a document must have objects there. */
const OBJECTS: ReadonlySet<string> = new Set(
  [...ECS_TYPES.keys()].flatMap((name) => {
    const parts = name.split(".");
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
  }),
);
const ANY_OBJECT: ReadonlySet<string> = new Set(["object", "nested", "flattened"]);

/**
 * What Elasticsearch would refuse a document for under the mapping of ECS, as its document parser reads one: names with dots are objects, lists are
 * several values of one field, numbers and booleans may be texts (`coerce`), null is nothing. Empty when it would take the document.
 */
export function refusals(line: string): string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) walk(item, path);
      return;
    }
    const type = OBJECTS.has(path) ? "object" : ECS_TYPES.get(path);
    const isObject = typeof value === "object";
    if (type !== undefined && ANY_OBJECT.has(type) && !isObject) found.push(`${path}: object mapping, but found ${JSON.stringify(value)}`);
    else if (type !== undefined && !ANY_OBJECT.has(type) && !takes(type, value)) found.push(`${path}: ${type} is ${JSON.stringify(value)}`);
    if (!isObject || type === "geo_point" || type === "flattened") return;
    for (const [key, inner] of Object.entries(value as object)) {
      const parts = key.split(".");
      if (parts.some((part) => part.trim() === "")) found.push(`${path}: field name ${JSON.stringify(key)}`);
      // Each prefix must be able to be an object.
      let at = path;
      for (const part of parts.slice(0, -1)) {
        at = at === "" ? part : `${at}.${part}`;
        const prefix = OBJECTS.has(at) ? "object" : ECS_TYPES.get(at);
        if (prefix !== undefined && !ANY_OBJECT.has(prefix)) found.push(`${at}: ${prefix}, but ${key} makes it an object`);
      }
      walk(inner, path === "" ? key : `${path}.${key}`);
    }
  };
  walk(JSON.parse(line), "");
  return found;
}

/** Whether a value that is not null can be indexed as the type. */
function takes(type: string, value: unknown): boolean {
  if (type === "geo_point") {
    const { lat, lon } = value as { lat?: unknown; lon?: unknown };
    return typeof value === "object" && !Array.isArray(value) && takes("float", lat) && takes("float", lon);
  }
  if (typeof value === "object") return false;
  switch (type) {
    case "long":
    case "float":
    case "scaled_float":
      return (
        typeof value !== "boolean" &&
        `${value}`.trim() !== "" &&
        Number.isFinite(Number(value)) &&
        (type !== "long" || Math.abs(Number(value)) < 2 ** 63)
      );
    case "boolean":
      return value === true || value === false || value === "true" || value === "false";
    case "date":
      // strict_date_optional_time||epoch_millis
      return typeof value === "number"
        ? Number.isInteger(value)
        : /^\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$|^-?\d+$/.test(String(value)) &&
            (Number.isInteger(Number(value)) || !Number.isNaN(Date.parse(String(value))));
    case "ip":
      return typeof value === "string" && isIP(value) !== 0;
    default:
      return true;
  }
}
