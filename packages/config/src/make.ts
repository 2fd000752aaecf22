import { attempt } from "@cordwood/core";
import { kindOf } from "./guard.js";
import { type OfficialClass, type OptionRule, officialBase } from "./official.js";
import { join } from "./path.js";
import { ProblemAt, type Problems } from "./problem.js";
import { shown } from "./secrets.js";
import { suggestion } from "./suggest.js";

/** How one object of a document is made: what is called, and with what. */
export interface Make {
  /** A class or a factory. */
  readonly target: (...args: never[]) => unknown;
  /** The official class it is or derives from. */
  readonly official: OfficialClass | undefined;
  /** Options by our names, checked and converted. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Arguments by position, for a class of the program's own in an INI file. */
  readonly positional: readonly unknown[];
}

/** What the name of a class means, and whether that name is an official class's. */
export interface Named {
  readonly target: unknown;
  readonly official: OfficialClass | undefined;
}

/** `max_bytes` as `maxBytes`. */
export const camel = (key: string): string => key.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The key as the class knows it: as given, or in camelCase. */
export const knownKey = (key: string, known: Readonly<Record<string, unknown>>): string | undefined => {
  if (Object.hasOwn(known, key)) return key;
  const other = camel(key);
  return Object.hasOwn(known, other) ? other : undefined;
};

/** What the reader of a document needs to know beside the values. */
export interface Reading {
  readonly problems: Problems;
  /** Paths whose values came from the environment as text. */
  readonly fromEnvironment: ReadonlySet<string>;
}

/** Checks a value against its kind and gives what the constructor gets. @throws ProblemAt */
export const checked = (value: unknown, rule: OptionRule, path: string, reading: Reading): unknown => {
  const { kind } = rule;
  const given =
    typeof value === "string" && kind.fromText !== undefined && reading.fromEnvironment.has(path) ? kind.fromText(value) : value;
  if (!kind.accepts(given)) throw new ProblemAt(path, `expected ${kind.expected}, got ${shown(given, path)}`);
  return kind.become === undefined ? given : kind.become(given);
};

/**
 * Turns the keys of a document into a call: unknown keys, wrong values and missing ones are collected in `reading.problems`.
 * @param given the keys that are the class's own.
 * @param provided options that are put in when the object is made.
 */
export const planMake = (
  named: Named,
  given: Readonly<Record<string, unknown>>,
  path: string,
  reading: Reading,
  positional: readonly unknown[] = [],
  provided: readonly string[] = [],
): Make => {
  const { target } = named;
  if (typeof target !== "function") throw new ProblemAt(path, `expected a class or a function, got ${kindOf(target)}`);
  const official = named.official ?? officialBase(target);
  // A class derived from an official one may know more options than it.
  const exact =
    official !== undefined && (named.official !== undefined || attempt(() => target.name.replace(/^_+/, "") === official.name, false));
  const options: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(given)) {
    const at = join(path, key);
    reading.problems.gather(at, () => {
      const name = official === undefined ? undefined : knownKey(key, official.options);
      const rule = name === undefined ? undefined : official?.options[name];
      if (rule?.refused !== undefined) throw new ProblemAt(at, rule.refused);
      if (rule !== undefined) {
        const value = checked(given[key], rule, at, reading);
        if (value !== undefined) options[rule.as ?? (name as string)] = value;
        return;
      }
      if (exact)
        throw new ProblemAt(at, `${official.name} has no option ${JSON.stringify(key)}; ${suggestion(key, Object.keys(official.options))}`);
      if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(key)) throw new ProblemAt(at, `${JSON.stringify(key)} is no name of an option`);
      options[key] = given[key];
    });
  }
  for (const key of official?.required ?? []) {
    if (provided.includes(key)) continue;
    const rule = official?.options[key];
    if (
      options[rule?.as ?? key] === undefined &&
      !Object.keys(given).some((name) => camel(name) === key) &&
      exact &&
      positional.length === 0
    ) {
      reading.problems.add(join(path, key), `is missing; ${official?.name} needs ${rule?.kind.expected ?? "it"}`);
    }
  }
  reading.problems.gather(path, () => official?.finish?.(options));
  return { target: target as Make["target"], official, options, positional };
};

/** Whether a function is a class, to be called with `new`. */
const isClass = (target: (...args: never[]) => unknown): boolean =>
  attempt(
    () => /^class\b/.test(Function.prototype.toString.call(target)) || Object.getOwnPropertyNames(target.prototype ?? {}).length > 1,
    false,
  );

/** Makes the object. Throws what its constructor throws. */
export const instantiate = (make: Make, more: Readonly<Record<string, unknown>> = {}): unknown => {
  const { official, positional } = make;
  const options: Record<string, unknown> = { ...make.options, ...more };
  const args: unknown[] = [...positional];
  if (official !== undefined) {
    for (const key of official.positional) {
      args.push(options[key]);
      delete options[key];
    }
  }
  if (official !== undefined || positional.length === 0 || Object.keys(options).length > 0) args.push(options);
  return isClass(make.target) ? Reflect.construct(make.target, args) : (make.target as (...args: unknown[]) => unknown)(...args);
};
