import { isPlainObject } from "@cordwood/core";
import { isList, type Kind } from "./kinds.js";
import { join } from "./path.js";
import { ProblemAt, type Problems } from "./problem.js";
import { shown } from "./secrets.js";
import { camel, knownKey } from "./spelling.js";
import type { Table } from "./table-kind.js";
import { unknownKey } from "./unknown-key.js";

/** What the reader of a document needs to know beside the values. */
export interface Reading {
  readonly problems: Problems;
  /** Paths whose values came from the environment as text. */
  readonly fromEnvironment: ReadonlySet<string>;
}

/**
 * Checks a value against its kind and gives what the constructor gets. What is wrong inside an object or a list is collected in
 * `reading.problems`, each at its own place.
 * @param name what messages call the option.
 * @throws ProblemAt
 */
export const checkValue = (value: unknown, kind: Kind, path: string, reading: Reading, name: string): unknown => {
  const given =
    typeof value === "string" && kind.fromText !== undefined && reading.fromEnvironment.has(path) ? kind.fromText(value) : value;
  if (!kind.accepts(given)) throw new ProblemAt(path, `expected ${kind.expected}, got ${shown(given, path)}`);
  const inside = checkInside(given, kind, path, reading, name);
  return kind.become === undefined ? inside : kind.become(inside);
};

const checkInside = (given: unknown, { table, items }: Kind, path: string, reading: Reading, name: string): unknown => {
  if (table !== undefined && isPlainObject(given)) return checkTable(given, table, path, reading, name);
  if (items === undefined || !isList(given)) return given;
  return given.map((item, index) => {
    const at = join(path, index);
    return reading.problems.gather(at, () => checkValue(item, items, at, reading, `${name}[${index}]`));
  });
};

const checkTable = (
  given: Readonly<Record<string, unknown>>,
  table: Table,
  path: string,
  reading: Reading,
  name: string,
): Record<string, unknown> => {
  const checked: Record<string, unknown> = Object.create(null);
  const taken = new Map<string, string>();
  for (const key of Object.keys(given)) {
    const at = join(path, key);
    reading.problems.gather(at, () => {
      const known = "values" in table ? key : knownKey(key, table.keys);
      if (known === undefined || known === "__proto__") throw unknownKey(at, name, key, given[key], candidates(given, table));
      const twin = taken.get(known);
      if (twin !== undefined) throw new ProblemAt(at, `is given as ${JSON.stringify(twin)} too; keep one`);
      taken.set(known, key);
      const value = checkValue(given[key], "values" in table ? table.values : (table.keys[known] as Kind), at, reading, `${name}.${known}`);
      if (value !== undefined) checked[known] = value;
    });
  }
  if ("values" in table) return checked;
  for (const key of table.required) {
    if (!Object.keys(given).some((one) => one === key || camel(one) === key))
      reading.problems.add(join(path, key), `is missing; ${name} needs ${table.keys[key]?.expected}`);
  }
  if (table.one && taken.size !== 1 && Object.keys(given).length === taken.size)
    reading.problems.add(
      path,
      `expected exactly one of ${Object.keys(table.keys).join(", ")}, got ${taken.size === 0 ? "none" : [...taken.values()].join(" and ")}`,
    );
  return checked;
};

/** The known keys, first those that are not given: a misspelt one is sooner one of them. */
const candidates = (given: Readonly<Record<string, unknown>>, table: Table): readonly string[] => {
  if ("values" in table) return [];
  const present = new Set(Object.keys(given).map((key) => knownKey(key, table.keys)));
  const known = Object.keys(table.keys);
  return [...known.filter((key) => !present.has(key)), ...known.filter((key) => present.has(key))];
};
