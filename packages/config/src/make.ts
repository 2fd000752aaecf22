import { attempt } from "@cordwood/core";
import { checkValue, type Reading } from "./check-value.js";
import { kindOf } from "./guard.js";
import { type OfficialClass, officialBase } from "./official.js";
import { join } from "./path.js";
import { ProblemAt } from "./problem.js";
import { camel, knownKey } from "./spelling.js";
import { unicodePattern } from "./unicode-pattern.js";
import { unknownKey } from "./unknown-key.js";

const optionName = unicodePattern(String.raw`^[\p{L}_][\p{L}\p{N}_]*$`, "u");

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
  /** Keys that the entry may have beside the class's own, for suggestions. */
  readonly beside?: readonly string[];
}

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
  const taken = new Map<string, string>();
  for (const key of Object.keys(given)) {
    const at = join(path, key);
    reading.problems.gather(at, () => {
      const name = official === undefined ? undefined : knownKey(key, official.options);
      const rule = name === undefined ? undefined : official?.options[name];
      if (rule?.refused !== undefined) throw new ProblemAt(at, rule.refused);
      if (rule !== undefined) {
        const value = checkValue(given[key], rule.kind, at, reading, name as string);
        if (value === undefined) return;
        const option = rule.as ?? (name as string);
        const twin = taken.get(option);
        if (twin !== undefined) throw new ProblemAt(at, `is given as ${JSON.stringify(twin)} too; keep one`);
        taken.set(option, key);
        options[option] = value;
        return;
      }
      if (exact) throw unknownKey(at, official.name, key, given[key], [...Object.keys(official.options), ...(named.beside ?? [])]);
      if (!optionName().test(key)) throw new ProblemAt(at, `${JSON.stringify(key)} is no name of an option`);
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

/** Whether a function is a class, to be called with `new`: its `prototype` is there for good, or has methods as in the days before classes. */
const isClass = (target: (...args: never[]) => unknown): boolean =>
  attempt(
    () =>
      Object.getOwnPropertyDescriptor(target, "prototype")?.writable === false ||
      Object.getOwnPropertyNames(target.prototype ?? {}).length > 1,
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
