import { attempt, isPlainObject } from "@cordwood/core";
import { join } from "./path.js";
import { ProblemAt } from "./problem.js";
import { unicodePattern } from "./unicode-pattern.js";

/** What stands behind a name of the document: asked for classes, factories and `ext://`. */
export type Lookup = (specifier: string, path: string) => unknown;

const PREFIXED = /^([a-z]+):\/\/(.*)$/s;
const plainWord = unicodePattern(String.raw`^\s*([\p{L}\p{N}_]+)\s*`, "u");
const afterDot = unicodePattern(String.raw`^\.\s*([\p{L}\p{N}_]+)\s*`, "u");
/** The same with hyphens, which Python's words have not: for the keys that begin with `x-`. Counts where the document has such a key. */
const hyphenatedWord = unicodePattern(String.raw`^\.?\s*([\p{L}\p{N}_]+(?:-[\p{L}\p{N}_]+)+)\s*`, "u");
const INDEX = /^\[([^[\]]*)\]\s*/u;
/** Deepest chain of `cfg://` values that lead to others. */
const DEEPEST = 32;

/**
 * Fills in `ext://` and `cfg://` in a value of the document, at every depth. Any other prefix stays text.
 * @param document what `cfg://` looks into.
 * @throws ProblemAt when a reference leads nowhere.
 */
export const convert = (value: unknown, path: string, document: object, lookup: Lookup, depth = 0): unknown => {
  if (typeof value === "string") {
    const [, prefix, rest] = PREFIXED.exec(value) ?? [];
    if (prefix === "ext") return external(rest as string, path, lookup);
    if (prefix !== "cfg") return value;
    if (depth >= DEEPEST) throw new ProblemAt(path, `cfg:// references lead to each other more than ${DEEPEST} deep`);
    return convert(follow(rest as string, path, document, lookup, depth + 1), path, document, lookup, depth + 1);
  }
  if (Array.isArray(value)) return value.map((item, index) => convert(item, join(path, index), document, lookup, depth));
  if (!isPlainObject(value)) return value;
  const out: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) out[key] = convert(value[key], join(path, key), document, lookup, depth);
  return out;
};

const external = (name: string, path: string, lookup: Lookup): unknown => {
  if (name === "") throw new ProblemAt(path, "ext:// names nothing; write ext://sys.stdout, or a name that is given in classes");
  return lookup(name, path);
};

/** Walks `a.b[c][0]` through the document's own keys, as Python's `cfg://` does. */
const follow = (text: string, path: string, document: object, lookup: Lookup, depth: number): unknown => {
  const shown = `cfg://${text.length > 100 ? `${text.slice(0, 100)}…` : text}`;
  const first = wordOf(text, document, plainWord());
  if (first === null) throw new ProblemAt(path, `${shown} names nothing; write cfg://key.inner[0]`);
  let at: unknown = member(document, first[1] as string, path, shown);
  for (let rest = text.slice(first[0].length); rest !== ""; ) {
    if (typeof at === "string" && PREFIXED.test(at)) at = convert(at, path, document, lookup, depth);
    const step = wordOf(rest, at, afterDot()) ?? INDEX.exec(rest);
    if (step === null)
      throw new ProblemAt(path, `${shown} cannot be read from ${JSON.stringify(rest.slice(0, 20))} on; write cfg://key.inner[0]`);
    at = member(at, step[1] as string, path, shown);
    rest = rest.slice(step[0].length);
  }
  return at;
};

/** The next word of a reference: one with hyphens when there is such a key, otherwise as Python reads it. */
const wordOf = (text: string, at: unknown, pattern: RegExp): RegExpExecArray | null => {
  const long = hyphenatedWord().exec(text);
  const found = long !== null && pattern.test(text) && isPlainObject(at) && Object.hasOwn(at, long[1] as string);
  return found ? long : pattern.exec(text);
};

const member = (value: unknown, key: string, path: string, shown: string): unknown => {
  if (attempt(() => Array.isArray(value), false)) {
    const list = value as readonly unknown[];
    if (/^\d+$/.test(key) && Number(key) < list.length) return list[Number(key)];
    throw new ProblemAt(path, `${shown}: ${JSON.stringify(key)} is no position in a list of ${list.length}`);
  }
  if (typeof value === "object" && value !== null && Object.hasOwn(value, key)) return (value as Record<string, unknown>)[key];
  throw new ProblemAt(path, `${shown}: ${JSON.stringify(key)} is not in the document`);
};

/** The first words of all `cfg://` references: top-level keys that the document explains by using them. */
export const referredKeys = (document: unknown): ReadonlySet<string> => {
  const keys = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === "string" && value.startsWith("cfg://")) {
      const word = wordOf(value.slice("cfg://".length), document, plainWord())?.[1];
      if (word !== undefined) keys.add(word);
    } else if (Array.isArray(value)) value.forEach(walk);
    else if (isPlainObject(value)) for (const key of Object.keys(value)) walk(value[key]);
  };
  walk(document);
  return keys;
};
