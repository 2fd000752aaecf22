import { attempt } from "@cordwood/core";
import { claim, hasOwnPrototype } from "./claim.js";
import { formOf, opaqueText } from "./exotic.js";
import { AFTER_TEXT, AFTER_VALUE, FIRST, KeyMemory, type KeyNode, remember } from "./key-memory.js";
import { cutMark, DEFAULT_LIMITS, MARK, type NonFinite, type SerializeLimits, tooDeep } from "./limits.js";
import { thrown } from "./placeholder.js";
import { escapeText } from "./quote.js";
import type { SteadyLayer } from "./steady-layer.js";

/** A key action answers this to have the field kept for later, in {@link Serializer.aside}. */
export const ASIDE: unique symbol = Symbol("aside");

/** Texts up to this length are written before what is left of the record is asked. */
const SMALL = 1_024;
/** Longer texts are not kept to be written again. */
const REMEMBERED = 64;
/** A layer whose text is longer is written anew each time. */
const MOST_STEADY = 4_096;
/** The rank of an object that is no layer of fields. */
const NO_LAYER = Number.MAX_SAFE_INTEGER;
const OBJECT = Object.prototype;
const LIST = Array.prototype;

/**
 * Writes any value as JSON of one line and never throws: what cannot be read is a placeholder in its place.
 * One walk serves quick and hostile values alike; only what is neither plain nor a list takes the long way.
 */
export class Serializer {
  /** Characters that may still be written. */
  left = 0;
  /** What the next key of the object being written has before it: `FIRST`, `AFTER_VALUE` or `AFTER_TEXT`. */
  state: number = FIRST;
  /** Fields whose names were taken; `undefined` while there are none. */
  aside: Record<string, unknown> | undefined = undefined;
  readonly #limits: SerializeLimits;
  readonly #nonFinite: NonFinite;
  readonly #nested: KeyMemory;
  readonly #root: KeyNode;
  readonly #path: unknown[] = [];
  #own = false;
  /** Whether some keys of an object were not written. */
  #cut = false;
  /** Whether a layer has had a key of one whose text is kept. */
  #meets = false;

  /** @param nestedKey What the keys inside a value are called. Default: as they are. */
  constructor(limits: SerializeLimits = DEFAULT_LIMITS, nonFinite: NonFinite = "text", nestedKey?: (key: string) => string) {
    this.#limits = limits;
    this.#nonFinite = nonFinite;
    this.#nested = new KeyMemory(nestedKey === undefined ? {} : { rename: nestedKey });
    this.#root = this.#nested.start();
    this.begin(limits.maxRecordBytes);
  }

  /** Starts a record that may have so many characters. */
  begin(characters: number): void {
    this.left = characters;
    this.state = FIRST;
    this.aside = undefined;
    if (this.#nested.isFull) this.#startAfresh();
    // Nobody may add to Object.prototype, and if somebody did, its keys are not the objects' own.
    this.#own = false;
    for (const _ in OBJECT) this.#own = true;
  }

  #startAfresh(): void {
    this.#nested.clear();
    this.#root.next = this.#root.inner = undefined;
  }

  /** The JSON text of a value. */
  value(value: unknown, depth = 0, holder: KeyNode = this.#root): string {
    switch (typeof value) {
      case "string":
        return `"${this.text(value)}"`;
      case "number":
        this.left -= 8;
        return value - value === 0 ? `${value}` : this.#nonFiniteText(value);
      case "boolean":
        this.left -= 5;
        return value ? "true" : "false";
      case "object":
        return value === null ? "null" : this.#object(value, depth, holder);
      case "undefined":
        return "null";
      case "bigint":
        return `"${this.text(`${value}`)}"`;
      default:
        return `"${this.text(opaqueText(value))}"`;
    }
  }

  /** A text between its quotes: escaped, cut where it is too long, and taken off what is left. */
  text(value: string): string {
    let safe = value.length <= SMALL ? escapeText(value) : this.#long(value);
    if (safe.length > this.left) safe = this.#long(value);
    this.left -= safe.length;
    return safe;
  }

  /**
   * Adds the fields of an object to `text`. The object is left open, and `state` says how to go on.
   * @param rank The layer that the object is; keys that a later one has claimed are left to it.
   */
  members(text: string, source: object, start: KeyNode, depth: number, own = false, rank = NO_LAYER): string {
    const ownOnly = own || this.#own;
    const { maxKeys } = this.#limits;
    let state = this.state;
    let at = start;
    let count = 0;
    // Counted in the same walk: to list a million keys once more takes V8 as long as all the rest.
    let unwritten = 0;
    try {
      for (const key in source) {
        if (ownOnly && !Object.hasOwn(source, key)) continue;
        if (count === maxKeys || this.left < 0) {
          unwritten++;
          continue;
        }
        count++;
        let item: unknown;
        try {
          item = (source as Record<string, unknown>)[key];
        } catch (error) {
          item = thrown(error);
        }
        const guess = at.next;
        at = guess !== undefined && guess.key === key ? guess : at.memory.after(at, key);
        if (rank !== NO_LAYER) {
          if (at.claimed > rank) continue;
          at.claimed = rank;
          if (at.kept) this.#meets = true;
        }
        if (at.action !== undefined) {
          const changed = at.action(item);
          if (changed === ASIDE) {
            this.aside ??= Object.create(null) as Record<string, unknown>;
            this.aside[key] = item;
            continue;
          }
          item = changed;
        }
        switch (typeof item) {
          case "string": {
            if (item === at.last) {
              if (at.lastState !== state) remember(at, item, state);
              this.left -= at.lastForm.length;
              text = text + at.lastForm;
              state = AFTER_TEXT;
              continue;
            }
            at.last = item.length <= REMEMBERED ? item : undefined;
            at.lastNumber = Number.NaN;
            at.lastState = -1;
            let safe = item.length <= SMALL ? escapeText(item) : this.#long(item);
            if (safe.length > this.left) safe = this.#long(item);
            this.left -= at.size + safe.length;
            text = text + at.forms[state + 1] + safe;
            state = AFTER_TEXT;
            continue;
          }
          case "number":
            if (item === at.lastNumber) {
              if (at.lastState !== state) remember(at, item, state);
              this.left -= at.lastForm.length;
              text = text + at.lastForm;
              break;
            }
            at.last = undefined;
            at.lastNumber = item - item === 0 ? item : Number.NaN;
            at.lastState = -1;
            this.left -= at.size + 8;
            text = text + at.forms[state] + (item - item === 0 ? item : this.#nonFiniteText(item));
            break;
          case "boolean":
            if (item === at.last) {
              if (at.lastState !== state) remember(at, item, state);
              this.left -= at.lastForm.length;
              text = text + at.lastForm;
              break;
            }
            at.last = item;
            at.lastNumber = Number.NaN;
            at.lastState = -1;
            this.left -= at.size + 5;
            text = text + at.forms[state] + item;
            break;
          case "undefined":
            continue;
          default:
            // A layer, unlike what is found below one, has not been put on the path yet.
            if (rank !== NO_LAYER) this.#path[0] = source;
            this.left -= at.size;
            // The walk below leaves `state` at what its own object ended with; this object's goes on from here.
            text = text + at.forms[state] + this.value(item, depth + 1, at);
        }
        state = AFTER_VALUE;
      }
    } catch (error) {
      this.state = state;
      this.#cut = true;
      return this.#mark(text, thrown(error));
    }
    this.state = state;
    return unwritten === 0 ? text : this.#cutObject(text, unwritten);
  }

  /** Leaves the keys of a later layer to it. */
  claim(source: object, start: KeyNode, rank: number): void {
    claim(source, start, rank, this.#own || hasOwnPrototype(source));
  }

  /** Adds a layer of the record's own fields to an object that is already begun. */
  layer(text: string, source: object, start: KeyNode, rank: number): string {
    return this.members(text, source, start, 0, hasOwnPrototype(source), rank);
  }

  /** The same for a layer that many records share. */
  steadyLayer(text: string, source: object, start: KeyNode, rank: number, steady: SteadyLayer): string {
    const before = this.state;
    if (steady.holds(source, before) && !steady.isClaimed(rank + 1)) {
      this.state = steady.after;
      this.left -= steady.text.length;
      return text + steady.text;
    }
    const left = this.left;
    const written = this.layer("", source, start, rank);
    // What was cut for want of room is another text the next time, and keys of a prototype are not asked for here.
    if (this.left >= 0 && left - this.left < MOST_STEADY && !this.#own && !hasOwnPrototype(source)) {
      attempt(() => steady.keep(source, start, before, rank, written, this.state), undefined);
    }
    return text + written;
  }

  /**
   * Adds a layer that many records share and the layer of the call, or nothing if it is not as easy as that: `undefined`. It is written as if no
   * key were in both and looked at afterwards, which saves a walk over the keys.
   */
  twoLayers(text: string, shared: object, steady: SteadyLayer, source: object, start: KeyNode, rank: number): string | undefined {
    const { state, left } = this;
    if (!steady.holds(shared, state)) return undefined;
    this.#cut = this.#meets = false;
    this.state = steady.after;
    this.left -= steady.text.length;
    const whole = this.members(text + steady.text, source, start, 0, hasOwnPrototype(source), rank);
    // Keys that were not written for want of room count as well.
    if (!this.#cut && !(this.#meets && steady.isClaimed(rank))) return whole;
    steady.forget();
    this.state = state;
    this.left = left;
    this.aside = undefined;
    return undefined;
  }

  /** Adds what closes the object that `members` left open. */
  close(text: string): string {
    return this.state === FIRST ? `${text}{}` : this.state === AFTER_TEXT ? `${text}"}` : `${text}}`;
  }

  #object(value: object, depth: number, holder: KeyNode): string {
    try {
      const path = this.#path;
      for (let i = 0; i < depth; i++) if (path[i] === value) return '"[Circular]"';
      if (depth > this.#limits.maxDepth) return `"${this.text(tooDeep(value, this.#limits.maxDepth))}"`;
      path[depth] = value;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === LIST) return this.#list(value as unknown[], (value as unknown[]).length, depth, holder);
      if ((prototype === OBJECT || prototype === null) && typeof (value as { toJSON?: unknown }).toJSON !== "function")
        return this.#whole(value, depth, holder, false, 0);
      return this.#exotic(value, depth, holder);
    } catch (error) {
      return `"${this.text(thrown(error))}"`;
    }
  }

  #whole(value: object, depth: number, holder: KeyNode, own: boolean, more: number): string {
    holder.inner ??= this.#nested.start();
    this.state = FIRST;
    let text = this.members("", value, holder.inner, depth, own);
    if (more > 0) text = this.#mark(text, `${more} more keys`);
    return this.close(text);
  }

  #exotic(value: object, depth: number, holder: KeyNode): string {
    const form = formOf(value, this.#limits.maxKeys, Math.min(this.#limits.maxStringLength, Math.max(this.left, 0)));
    switch (form.kind) {
      case "text":
        return `"${this.text(form.text)}"`;
      case "value":
        return this.value(form.value, depth + 1, holder);
      case "list":
        return this.#list(form.items, form.total, depth, holder);
      case "object":
        return this.#whole(form.object, depth, holder, true, form.more);
    }
  }

  #list(items: readonly unknown[], total: number, depth: number, holder: KeyNode): string {
    const most = Math.min(items.length, this.#limits.maxKeys);
    let text = "[";
    let written = 0;
    for (; written < most && this.left >= 0; written++) {
      let item: unknown;
      try {
        item = items[written];
      } catch (error) {
        item = thrown(error);
      }
      this.left -= 1;
      text = written === 0 ? text + this.value(item, depth + 1, holder) : `${text},${this.value(item, depth + 1, holder)}`;
    }
    if (written >= total) return `${text}]`;
    return `${text}${written === 0 ? "" : ","}"${MARK} ${total - written} more items"]`;
  }

  #long(value: string): string {
    const room = Math.min(this.#limits.maxStringLength, Math.max(this.left, 0));
    if (value.length <= room) {
      const safe = escapeText(value);
      // Escapes make a text up to six times longer.
      if (safe.length <= this.left) return safe;
      return escapeText(value.slice(0, Math.floor(room / 6))) + cutMark(value.length);
    }
    const kept = escapeText(value.slice(0, room));
    return (kept.length <= this.left ? kept : escapeText(value.slice(0, Math.floor(room / 6)))) + cutMark(value.length);
  }

  #nonFiniteText(value: number): string {
    return this.#nonFinite === "null" ? "null" : `"${value}"`;
  }

  #cutObject(text: string, unwritten: number): string {
    this.#cut = true;
    return this.#mark(text, this.left < 0 ? `cut: the record is over ${this.#limits.maxRecordBytes} bytes` : `${unwritten} more keys`);
  }

  #mark(text: string, mark: string): string {
    const before = this.state === FIRST ? "{" : this.state === AFTER_TEXT ? '",' : ",";
    this.state = AFTER_TEXT;
    return `${text}${before}"${MARK}":"${escapeText(mark)}`;
  }
}
