import { attempt, type FilterLike, type HandlerLike, isPlainObject } from "@cordwood/core";
import { kindOf } from "./guard.js";
import { level as levelKind } from "./kinds.js";
import { join } from "./path.js";
import type { Section } from "./plan.js";
import { ProblemAt } from "./problem.js";
import { shown } from "./secrets.js";
import { suggestion } from "./suggest.js";

/** An entry may itself be a `cfg://` reference to another one. */
export const resolvedEntry = (raw: unknown, path: string, section: Section): Record<string, unknown> => {
  const spec = typeof raw === "string" ? section.value(raw, path) : raw;
  if (isPlainObject(spec)) return spec;
  throw new ProblemAt(path, `expected an object, got ${kindOf(spec)}`);
};

/** A level, `undefined` when it is not given. */
export const levelOf = (raw: unknown, path: string, section: Section): number | undefined => {
  const given = section.value(raw, path);
  if (given === undefined || given === null) return undefined;
  const value = typeof given === "string" && section.fromEnvironment.has(path) ? levelKind.fromText?.(given) : given;
  if (!levelKind.accepts(value)) {
    const upper =
      typeof value === "string" && levelKind.accepts(value.toUpperCase()) ? `; write ${JSON.stringify(value.toUpperCase())}` : "";
    throw new ProblemAt(path, `expected ${levelKind.expected}, got ${shown(value, path)}${upper}`);
  }
  return levelKind.become?.(value) as number;
};

/** Names of a list, each of which must be known; what is no text is left to `accept`. */
export const namesOf = <T>(
  raw: unknown,
  path: string,
  section: Section,
  known: readonly string[],
  what: string,
  accept?: (value: unknown) => value is T,
): (string | T)[] => {
  const given = section.value(raw, path);
  if (given === undefined || given === null || given === "") return [];
  if (!attempt(() => Array.isArray(given), false))
    throw new ProblemAt(path, `expected a list of ${what}s by name, got ${shown(given, path)}`);
  return (given as readonly unknown[]).map((name, index) => {
    if (accept?.(name)) return name;
    if (typeof name === "string" && known.includes(name)) return name;
    throw new ProblemAt(join(path, index), `expected the name of a ${what}, got ${shown(name, path)}; ${suggestion(String(name), known)}`);
  });
};

/** Whether the value is a filter: a function, or an object with `filter`. */
export const isFilter = (value: unknown): value is FilterLike =>
  typeof value === "function" ||
  (typeof value === "object" && value !== null && attempt(() => typeof (value as { filter?: unknown }).filter === "function", false));

/** A handler made elsewhere, for `isHandler` checks of what factories give. */
export const isHandler = (value: unknown): value is HandlerLike =>
  attempt(() => typeof (value as HandlerLike).handle === "function", false);
