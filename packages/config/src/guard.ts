import { attempt, isPlainObject } from "@cordwood/core";
import { join } from "./path.js";
import { ProblemAt } from "./problem.js";

/** Keys that reach an object's prototype: no document has a use for them. */
const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Arguments by position: what `args=(…)` of an INI file is for a class of the program's own. Not to be had in a JSON or YAML document. */
export const ARGS: unique symbol = Symbol("args");

/** Deepest nesting and most values of a document. */
const DEEPEST = 64;
const MOST_VALUES = 100_000;

/**
 * Copies a document into null-prototype objects and plain arrays, so that what is checked is what is used. Instances and functions
 * are kept as they are.
 * @throws ProblemAt for keys that reach prototypes, for nesting beyond 64 levels and for more than 100 000 values.
 */
export const guard = (document: unknown): Record<string, unknown> => {
  let values = 0;
  const copy = (value: unknown, path: string, depth: number): unknown => {
    if (++values > MOST_VALUES) throw new ProblemAt("", `more than ${MOST_VALUES} values; a configuration is smaller than that`);
    const array = attempt(() => Array.isArray(value), false);
    if (!array && !isPlainObject(value)) return value;
    if (depth > DEEPEST) throw new ProblemAt(path, `more than ${DEEPEST} levels of nesting`);
    if (array) return (value as readonly unknown[]).map((item, index) => copy(item, join(path, index), depth + 1));
    const out: Record<string, unknown> = Object.create(null);
    const table = value as Record<string, unknown>;
    for (const key of Object.keys(table)) {
      if (FORBIDDEN.has(key)) throw new ProblemAt(join(path, key), `${key} is no key of a configuration`);
      out[key] = copy(table[key], join(path, key), depth + 1);
    }
    if (Object.hasOwn(table, ARGS)) Object.assign(out, { [ARGS]: (table as { [ARGS]?: unknown })[ARGS] });
    return out;
  };
  if (!isPlainObject(document)) throw new ProblemAt("", `expected an object with "version": 1, got ${kindOf(document)}`);
  return copy(document, "", 0) as Record<string, unknown>;
};

/** What a value is, in a word, without its content. */
export const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (attempt(() => Array.isArray(value), false)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "function") return "a function";
  return `a ${typeof value === "string" ? "text" : typeof value}`;
};
