import { invalid } from "./errors.js";
import type { LogRecord } from "./record.js";
import { NONE } from "./values.js";

/** Looks at a record: a falsy answer drops it, a truthy one keeps it, a record takes its place. */
export type FilterFunction = (record: LogRecord) => unknown;

/** A filter: a function, or an object with `filter(record)`. */
export type FilterLike = FilterFunction | { filter(record: LogRecord): unknown };

/** Passes the records of one logger and of those below it: `"a.b"` passes `a.b` and `a.b.c`, not `a.bb`; the empty name passes all. */
export class Filter {
  readonly name: string;

  constructor(name = "") {
    this.name = name;
  }

  filter(record: LogRecord): unknown {
    const { name } = this;
    return name === "" || record.name === name || record.name.startsWith(`${name}.`);
  }
}

/** The record that the filters let through (perhaps another one), or `undefined`. Throws what a filter throws. */
export function passFilters(filters: readonly FilterLike[], record: LogRecord): LogRecord | undefined {
  let current = record;
  for (const filter of filters) {
    const answer = typeof filter === "function" ? filter(current) : filter.filter(current);
    if (!answer) return undefined;
    if ((answer as LogRecord).getMessage) current = answer as LogRecord;
  }
  return current;
}

/**
 * A frozen copy of a list of handlers or filters, each member once.
 * @throws LoggingError `HANDLER_INVALID` or `FILTER_INVALID` when a member lacks its method.
 */
export function frozen<T extends object>(list: readonly T[], method: "filter" | "handle"): readonly T[] {
  for (const member of list) {
    const able = method === "filter" && typeof member === "function" ? member : (member as Record<string, unknown> | null)?.[method];
    if (typeof able !== "function")
      throw invalid(`${method.toUpperCase()}${method === "filter" ? "" : "R"}_INVALID`, member, `a ${method}(record)`);
  }
  return list.length ? Object.freeze([...new Set(list)]) : NONE;
}

/** A copy of the list without a member. */
export const excluding = <T>(list: readonly T[], member: T): readonly T[] => list.filter((other) => other !== member);
