import { attempt, isError, isPlainObject } from "@cordwood/core";
import { formOf } from "../json/exotic.js";
import { thrown } from "../json/placeholder.js";
import { Serializer } from "../json/serialize.js";
import { copyOf, DEEPEST, define, leadsTo, REMOVED, without } from "./copies.js";
import type { KeyMatcher } from "./key-matcher.js";
import { type PathState, startOf } from "./path-matcher.js";
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

/** Values looked at in one record: what is beyond is not shown, rather than shown unseen. */
const MOST_VALUES = 100_000;
/** Up to so many objects a list is searched as quickly as a set. */
const FEW = 16;
/** Objects asked for a way back before one is assumed. */
const MOST_SCANNED = 10_000;
/** Characters of a text that are searched; a longer one is cut, as a formatter would cut it. */
const LONGEST_TEXT = 262_144;
/** A longer text is not read as JSON. */
const LONGEST_JSON = 65_536;
/** Names that are those of headers even in a list of texts. */
const HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-[\w-]+)$/i;
/** Numbers with fewer digits hold nothing that a pattern looks for. */
const LEAST_NUMBER = 1e11;

/** Walks values and gives redacted copies. What holds no secret is given back as it is: nothing of the caller's is ever changed. */
export class Redactor {
  readonly #plan: RedactPlan;
  readonly #searches: boolean;
  readonly #path: unknown[] = [];
  /** What has been walked in this record: an object that is met again has the same answer, however many ways lead to it. */
  readonly #walked = new Map<object, { readonly state: PathState; readonly result: unknown }>();
  /** Copies that were made, and what each was made of. */
  readonly #copies: object[] = [];
  readonly #originals: object[] = [];
  #originalsByCopy: ReadonlyMap<object, object> = new Map();
  #left = MOST_VALUES;
  #relinking = false;

  constructor(plan: RedactPlan) {
    this.#plan = plan;
    this.#searches = !plan.keys.empty || plan.patterns.length > 0;
  }

  /** Starts a record. */
  begin(): void {
    this.#left = MOST_VALUES;
    this.#relinking = false;
    if (this.#walked.size > 0) this.#walked.clear();
    this.#copies.length = 0;
    this.#originals.length = 0;
  }

  /**
   * The fields once more after a walk by paths alone, which leaves aside what no path leads to: in there may be a way back to an object of
   * which there is a redacted copy now, and what was a circle would show it unredacted.
   */
  relinked(fields: object, end: PathState): object {
    if (this.#searches) return fields;
    const originals = this.#originals;
    const has = originals.length > FEW ? Set.prototype.has.bind(new Set(originals)) : originals.includes.bind(originals);
    if (!leadsTo(fields, has as (value: object) => boolean, 0, { left: MOST_SCANNED })) return fields;
    this.#originalsByCopy = new Map(this.#copies.map((copy, i) => [copy, originals[i] as object]));
    this.#relinking = true;
    this.#left = MOST_VALUES;
    this.#walked.clear();
    const result = this.fields(fields, end, 0);
    this.#relinking = false;
    return result;
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

  /** A text with what the patterns find replaced, and with what it holds under a secret key when it is JSON. */
  text(given: string): string {
    const { patterns, keys } = this.#plan;
    const text = keys.empty || this.#relinking || !mayBeJson(given) ? given : this.#json(given);
    if (patterns.length === 0) return text;
    let result = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…[cut: ${text.length} characters]` : text;
    for (const pattern of patterns) {
      if (result.length < pattern.shortest) continue;
      const { regexp, needs } = pattern;
      if (needs !== "" && !result.includes(needs)) continue;
      regexp.lastIndex = 0;
      if (regexp.test(result)) result = result.replace(regexp, (...match) => this.#replacement(pattern, match));
    }
    return result;
  }

  #json(text: string): string {
    try {
      const data: unknown = JSON.parse(text);
      const changed = new Redactor(this.#plan).value(data, startOf([]), 0);
      return changed === data ? text : JSON.stringify(changed);
    } catch {
      return text;
    }
  }

  /** What stands for a value that has to go: the mask, or the pseudonym of its text. */
  masked(value: unknown): unknown {
    const { replace } = this.#plan;
    if (replace === undefined) return REMOVED;
    return replace(typeof value === "string" ? value : new Serializer().value(value));
  }

  /**
   * The object's own fields by key, path and value; the object itself when nothing in it is secret.
   * @param whose The object whose fields they are, when they were read out of it.
   */
  fields(source: object, state: PathState, depth: number, whose: object = source): object {
    this.#path[depth] = this.#relinking ? this.#originalOf(whose) : whose;
    let copy: Record<string, unknown> | undefined;
    let gone = false;
    for (const key of Object.keys(source)) {
      if (this.#left-- <= 0) return this.#cut(source, key, copy);
      const { hit, next } = state.dead ? state.stay : state.step(key);
      let item: unknown;
      let changed: unknown;
      try {
        item = (source as Record<string, unknown>)[key];
        if (item === undefined) continue;
        const secret = hit || this.#isSecret(key) || (key === "value" && this.#isNamed(source));
        changed = secret ? this.masked(item) : this.value(item, next, depth + 1);
      } catch (error) {
        changed = this.text(thrown(error));
      }
      if (changed === item) continue;
      copy ??= copyOf(source);
      if (changed === REMOVED) gone = true;
      copy[key] = changed;
    }
    const renamed = this.#searchedKeys(source);
    if (gone || renamed !== undefined) copy = without(copy ?? copyOf(source), renamed);
    return copy === undefined ? source : this.#noted(copy, source);
  }

  #object(value: object, state: PathState, depth: number): unknown {
    const path = this.#path;
    for (let i = 0; i < depth; i++) if (path[i] === value) return "[Circular]";
    if (state.dead && !this.#searches && !this.#relinking) return value;
    const walked = this.#walked.get(value);
    if (walked !== undefined && walked.state === state) return walked.result;
    if (depth > DEEPEST || this.#left <= 0) return this.#plan.unseen;
    path[depth] = this.#relinking ? this.#originalOf(value) : value;
    let result: unknown;
    try {
      result = this.#walk(value, state, depth);
    } catch (error) {
      result = this.text(thrown(error));
    }
    if (state.dead) this.#walked.set(value, { state, result });
    return result;
  }

  #walk(value: object, state: PathState, depth: number): unknown {
    if (isPlainObject(value) && typeof value["toJSON"] !== "function") return this.fields(value, state, depth);
    if (Array.isArray(value)) return this.#noted(this.#list(value, state, depth), value);
    if (isError(value)) return this.#noted(redactError(value, this, state, depth), value);
    if (value instanceof Map) return this.#noted(this.#map(value, state, depth), value);
    if (value instanceof Set) return this.#noted(this.#set(value, state, depth), value);
    return this.#exotic(value, state, depth);
  }

  #noted<T extends object>(copy: T, original: object): T {
    if (copy !== original && !this.#relinking && !this.#searches) {
      this.#copies.push(copy);
      this.#originals.push(original);
    }
    return copy;
  }

  #originalOf(value: object): object {
    return this.#originalsByCopy.get(value) ?? value;
  }

  #isSecret(key: string): boolean {
    return !this.#relinking && !this.#plan.keys.empty && this.#plan.keys.matches(key);
  }

  /** Whether `{ name: "authorization", value: … }`, as HAR files and many clients have their headers, names a secret. */
  #isNamed(source: object): boolean {
    const { name, key } = source as { name?: unknown; key?: unknown };
    return [name, key].some((text) => typeof text === "string" && this.#isSecret(text));
  }

  /** Whether the item of a list is the value of a secret key before it: in a pair, or in the flat list that is Node's `rawHeaders`. */
  #isPaired(source: readonly unknown[], index: number, inList: boolean): boolean {
    const key = index % 2 === 1 ? source[index - 1] : undefined;
    if (typeof key !== "string" || this.#plan.keys.empty || !this.#isSecret(key)) return false;
    return inList && source.length === 2 ? true : source.length % 2 === 0 && HEADER.test(key);
  }

  #list(source: readonly unknown[], state: PathState, depth: number): readonly unknown[] {
    const inList = depth > 0 && Array.isArray(this.#path[depth - 1]);
    let copy: unknown[] | undefined;
    for (let i = 0; i < source.length; i++) {
      if (this.#left-- <= 0) return [...(copy ?? source.slice(0, i)), this.#plan.unseen];
      const item = source[i];
      const { hit, next } = state.dead ? state.stay : state.step(`${i}`);
      const changed = hit || this.#isPaired(source, i, inList) ? this.masked(item) : this.value(item, next, depth + 1);
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
      const { hit, next } = state.dead ? state.stay : state.step(name);
      const changed = hit || this.#isSecret(name) ? this.masked(item) : this.value(item, next, depth + 1);
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
        if (this.#isSecretBytes(value)) return this.masked(form.text);
        const text = this.text(form.text);
        return text === form.text ? value : text;
      }
      case "value": {
        const changed = this.value(form.value, state, depth + 1);
        return changed === form.value ? value : changed;
      }
      case "list": {
        const changed = this.#list(form.items, state, depth);
        return changed === form.items ? value : changed;
      }
      case "object": {
        const changed = this.fields(form.object, state, depth);
        return changed === form.object ? value : changed;
      }
    }
  }

  /** Whether bytes hold a text with a secret, which base64 would not hide. */
  #isSecretBytes(value: object): boolean {
    if (!(value instanceof Uint8Array) || !this.#searches) return false;
    const text = new TextDecoder().decode(value.subarray(0, LONGEST_TEXT));
    return this.text(text) !== text;
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

  /** The fields up to a key, and a mark for what was not looked through. */
  #cut(source: object, from: string, copy: Record<string, unknown> = {}): object {
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(source)) {
      if (key === from) break;
      const item = Object.hasOwn(copy, key) ? copy[key] : attempt(() => (source as Record<string, unknown>)[key], undefined);
      if (item !== REMOVED) define(result, key, item);
    }
    define(result, "…", this.#plan.unseen);
    return result;
  }
}

const OBJECT = 123;
const LIST = 91;

const mayBeJson = (text: string): boolean => {
  const first = text.charCodeAt(0);
  return (first === OBJECT || first === LIST) && text.length <= LONGEST_JSON && text.includes('"');
};
