import { attempt, isError, isPlainObject } from "@cordwood/core";
import { formOf } from "../json/exotic.js";
import { thrown } from "../json/placeholder.js";
import { Serializer } from "../json/serialize.js";
import type { KeyMatcher } from "./key-matcher.js";
import type { PathState } from "./path-matcher.js";
import type { TextPattern } from "./patterns.js";
import { redactError } from "./redact-error.js";

/** What a redactor looks for and what it puts in the place of what it finds. */
export interface RedactPlan {
  readonly keys: KeyMatcher;
  readonly patterns: readonly TextPattern[];
  /** Put in the place of a secret; `undefined` removes it. */
  readonly replace: ((secret: string) => string) | undefined;
  /** Whether a text is one that `replace` has put there. */
  readonly isReplacement: (text: string) => boolean;
  /** What stands for what was not looked through, because it lies too deep or there is too much of it. */
  readonly unseen: string;
}

/** Levels below which nothing is written by any formatter of ours. */
const DEEPEST = 32;
/** Values looked at in one record: what is beyond is not shown, rather than shown unseen. */
const MOST_VALUES = 100_000;
/** Characters of a text that are searched; a longer one is cut, as a formatter would cut it. */
const LONGEST_TEXT = 262_144;
/** Numbers with fewer digits hold nothing that a pattern looks for. */
const LEAST_NUMBER = 1e11;

/** In `remove` mode what takes the place of a value: the owner leaves it out. */
export const REMOVED: unique symbol = Symbol("removed");

/** Walks values and gives redacted copies. What holds no secret is given back as it is: nothing of the caller's is ever changed. */
export class Redactor {
  readonly #plan: RedactPlan;
  readonly #searches: boolean;
  readonly #path: unknown[] = [];
  #left = MOST_VALUES;

  constructor(plan: RedactPlan) {
    this.#plan = plan;
    this.#searches = !plan.keys.empty || plan.patterns.length > 0;
  }

  /** Starts a record. */
  begin(): void {
    this.#left = MOST_VALUES;
  }

  /** A value below a key, by where the paths have got to; `REMOVED` when it has to go. */
  value(value: unknown, state: PathState, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return this.text(value);
      case "object":
        return value === null ? null : this.#object(value, state, depth);
      case "number":
        return Math.abs(value) < LEAST_NUMBER ? value : this.#printed(value);
      case "bigint":
      case "symbol":
        return this.#printed(value);
      default:
        return value;
    }
  }

  /** A text with what the patterns find replaced. */
  text(text: string): string {
    const { patterns } = this.#plan;
    if (patterns.length === 0) return text;
    let result = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…[cut: ${text.length} characters]` : text;
    for (const pattern of patterns) {
      if (result.length < pattern.shortest) continue;
      const { regexp } = pattern;
      regexp.lastIndex = 0;
      if (regexp.test(result)) result = result.replace(regexp, (...match) => this.#replacement(pattern, match));
    }
    return result;
  }

  /** What stands for a value that has to go: the mask, or the pseudonym of its text. */
  masked(value: unknown): unknown {
    const { replace } = this.#plan;
    if (replace === undefined) return REMOVED;
    return replace(typeof value === "string" ? value : new Serializer().value(value));
  }

  /** The object's own fields by key, path and value; the object itself when nothing in it is secret. */
  fields(source: object, state: PathState, depth: number): object {
    this.#path[depth] = source;
    let changes: Map<string, unknown> | undefined;
    for (const key of Object.keys(source)) {
      if (this.#left-- <= 0) return this.#cut(source, key, changes);
      const { hit, next } = state.step(key);
      let item: unknown;
      let failed = false;
      try {
        item = (source as Record<string, unknown>)[key];
      } catch (error) {
        item = thrown(error);
        failed = true;
      }
      if (item === undefined) continue;
      let changed =
        hit || this.#plan.keys.matches(key) ? this.masked(item) : next.dead && !this.#searches ? item : this.value(item, next, depth + 1);
      if (failed && changed === item) changed = item = this.text(item as string);
      if (changed !== item || failed) changes = (changes ?? new Map()).set(key, changed);
    }
    const renamed = this.#searchedKeys(source);
    return changes === undefined && renamed === undefined ? source : copyWith(source, changes, renamed);
  }

  #object(value: object, state: PathState, depth: number): unknown {
    if (state.dead && !this.#searches) return value;
    try {
      const path = this.#path;
      for (let i = 0; i < depth; i++) if (path[i] === value) return "[Circular]";
      if (depth > DEEPEST || this.#left <= 0) return this.#plan.unseen;
      path[depth] = value;
      if (isPlainObject(value) && typeof value["toJSON"] !== "function") return this.fields(value, state, depth);
      if (Array.isArray(value)) return this.#list(value, state, depth);
      if (isError(value)) return redactError(value, this, state, depth);
      if (value instanceof Map) return this.#map(value, state, depth);
      if (value instanceof Set) return this.#set(value, state, depth);
      return this.#exotic(value, state, depth);
    } catch (error) {
      return this.text(thrown(error));
    }
  }

  #list(source: readonly unknown[], state: PathState, depth: number): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < source.length; i++) {
      if (this.#left-- <= 0) return [...(copy ?? source.slice(0, i)), this.#plan.unseen];
      const item = source[i];
      const { hit, next } = state.step(`${i}`);
      const changed = hit ? this.masked(item) : this.value(item, next, depth + 1);
      if (changed !== item) copy ??= source.slice(0, i);
      if (copy !== undefined && changed !== REMOVED) copy.push(changed);
    }
    return copy ?? source;
  }

  #map(source: ReadonlyMap<unknown, unknown>, state: PathState, depth: number): ReadonlyMap<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    let same = true;
    for (const [key, item] of source) {
      if (this.#left-- <= 0) return copy.set("…", this.#plan.unseen);
      const name = typeof key === "object" || typeof key === "function" ? "" : String(key);
      const { hit, next } = state.step(name);
      const changed = hit || this.#plan.keys.matches(name) ? this.masked(item) : this.value(item, next, depth + 1);
      const shownKey = this.value(key, next, depth + 1);
      if (changed !== item || shownKey !== key) same = false;
      if (changed !== REMOVED) copy.set(shownKey, changed);
    }
    return same ? source : copy;
  }

  #set(source: ReadonlySet<unknown>, state: PathState, depth: number): ReadonlySet<unknown> {
    const list = [...source];
    const changed = this.#list(list, state, depth);
    return changed === list ? source : new Set(changed);
  }

  /** Class instances, and what has a text of its own, are seen as a formatter would show them. */
  #exotic(value: object, state: PathState, depth: number): unknown {
    const form = formOf(value, MOST_VALUES, LONGEST_TEXT);
    switch (form.kind) {
      case "text": {
        const text = this.text(form.text);
        return text === form.text ? value : text;
      }
      case "value": {
        const changed = this.value(form.value, state, depth + 1);
        return changed === form.value ? value : changed;
      }
      case "list":
        return this.#list(form.items, state, depth) === form.items ? value : this.#list(form.items, state, depth);
      case "object": {
        const changed = this.fields(form.object, state, depth);
        return changed === form.object ? value : changed;
      }
    }
  }

  #printed(value: number | bigint | symbol): unknown {
    if (this.#plan.patterns.length === 0) return value;
    const text = String(value);
    const changed = this.text(text);
    return changed === text ? value : changed;
  }

  /** Keys that hold a secret themselves, by what they become. */
  #searchedKeys(source: object): Map<string, string> | undefined {
    if (this.#plan.patterns.length === 0) return undefined;
    let renamed: Map<string, string> | undefined;
    for (const key of Object.keys(source)) {
      // Nothing that the patterns know is shorter, and nearly every key is.
      const text = key.length < 12 ? key : this.text(key);
      if (text !== key) renamed = (renamed ?? new Map()).set(key, text);
    }
    return renamed;
  }

  #replacement(pattern: TextPattern, match: readonly unknown[]): string {
    const whole = match[0] as string;
    const groups = match[match.length - 1];
    const kept = typeof groups === "object" && groups !== null ? ((groups as { keep?: string }).keep ?? "") : "";
    const secret = whole.slice(kept.length);
    // An expression that can match nothing would put a mask between all characters.
    if (secret === "" || pattern.accept?.(secret) === false || this.#plan.isReplacement(secret)) return whole;
    return kept + (this.#plan.replace?.(secret) ?? "");
  }

  #cut(source: object, from: string, changes: Map<string, unknown> | undefined): object {
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(source)) {
      if (key === from) break;
      const item = changes?.has(key) ? changes.get(key) : attempt(() => (source as Record<string, unknown>)[key], undefined);
      if (item !== REMOVED) define(result, key, item);
    }
    define(result, "…", this.#plan.unseen);
    return result;
  }
}

function copyWith(
  source: object,
  changes: ReadonlyMap<string, unknown> | undefined,
  renamed: ReadonlyMap<string, string> | undefined,
): object {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    const item = changes?.has(key) ? changes.get(key) : (source as Record<string, unknown>)[key];
    if (item === REMOVED) continue;
    const name = renamed?.get(key) ?? key;
    if (name === "__proto__") define(result, name, item);
    else result[name] = item;
  }
  return result;
}

// Assigning to `__proto__` would give the copy another prototype.
const define = (to: object, key: string, value: unknown): void => {
  Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
};
