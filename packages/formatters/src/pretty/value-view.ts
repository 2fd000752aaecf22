import { escapeControlCharacters, isError } from "@cordwood/core";
import { formOf, opaqueText } from "../json/exotic.js";
import { className, readField, thrown } from "../json/placeholder.js";
import type { Look, Paint } from "./color.js";

/** Limits of what is shown of one value: a console is for looking at, the files have the rest. */
export interface ViewLimits {
  readonly maxDepth: number;
  readonly maxKeys: number;
  readonly maxStringLength: number;
}

const BARE_KEY = /^[A-Za-z_$][\w$-]*$/;
// Bidirectional overrides reorder what stands around them on the screen; a lone surrogate is no character at all.
const HIDDEN = /[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

/** What of a text may go to a terminal: control characters and what does not show are shown as escapes. */
export const visible = (text: string): string => {
  const safe = escapeControlCharacters(text);
  return safe.search(HIDDEN) < 0 ? safe : safe.replace(HIDDEN, escapeHidden);
};

/** The same on one line: a name with a line end in it must not begin a line that looks like a record. */
export const visibleLine = (text: string): string => visible(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");

const escapeHidden = (unit: string): string => {
  const code = unit.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff ? "\ufffd" : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** Shows values the way one writes them in code, on one line, painted by kind. */
export class ValueView {
  readonly #paint: Paint;
  readonly #limits: ViewLimits;

  constructor(paint: Paint, limits: ViewLimits) {
    this.#paint = paint;
    this.#limits = limits;
  }

  /** A value on one line. A text at the top has no quotes as long as it cannot be taken for something else. */
  line(value: unknown): string {
    return typeof value === "string" && isWord(value) ? this.#paint("string", visible(value)) : this.#show(value, []);
  }

  /** The lines of a value that is too wide for one: keys below each other, each with its value. `undefined` when it has no parts. */
  parts(value: unknown): readonly (readonly [string, unknown])[] | undefined {
    const parts = typeof value === "object" && value !== null ? this.#parts(value) : undefined;
    return parts === undefined || typeof parts === "string" || parts.list || parts.items.length === 0 ? undefined : parts.items;
  }

  key(key: string): string {
    return this.#paint("key", BARE_KEY.test(key) ? key : visible(JSON.stringify(cut(key, 100))));
  }

  #show(value: unknown, above: readonly object[]): string {
    switch (typeof value) {
      case "string":
        return this.#paint("string", `"${visibleLine(cut(value, this.#limits.maxStringLength))}"`);
      case "number":
        return this.#paint("number", Object.is(value, -0) ? "-0" : `${value}`);
      case "bigint":
        return this.#paint("number", `${value}n`);
      case "boolean":
        return this.#paint("boolean", `${value}`);
      case "undefined":
        return this.#paint("null", "undefined");
      case "object":
        if (value === null) return this.#paint("null", "null");
        return this.#object(value, above);
      default:
        return this.#paint("special", visibleLine(opaqueText(value)));
    }
  }

  #object(value: object, above: readonly object[]): string {
    if (above.includes(value)) return this.#paint("special", "[Circular]");
    const parts = this.#parts(value);
    if (typeof parts === "string") return parts;
    const [open, close] = parts.list ? ["[", "]"] : ["{", "}"];
    const name = parts.name === "" ? "" : `${this.#paint("special", visibleLine(parts.name))} `;
    if (parts.items.length === 0 && parts.more === 0) return `${name}${this.#paint("dim", open + close)}`;
    if (above.length >= this.#limits.maxDepth) return this.#paint("dim", `${name}${open}…${close}`);
    const path = [...above, value];
    const shown = parts.items.map(([key, item]) =>
      parts.list ? this.#show(item, path) : `${this.key(key)}${this.#paint("dim", ":")} ${this.#show(item, path)}`,
    );
    if (parts.more > 0) shown.push(this.#paint("dim", `… ${parts.more} more`));
    return `${name}${this.#paint("dim", open)} ${shown.join(this.#paint("dim", ", "))} ${this.#paint("dim", close)}`;
  }

  /** The parts of an object, or the text that stands for one without parts. */
  #parts(value: object): string | Parts {
    try {
      if (isError(value)) return this.#special(String(value), "errorName");
      const { maxKeys } = this.#limits;
      if (Array.isArray(value)) return { name: "", list: true, items: this.#items(value), more: Math.max(0, value.length - maxKeys) };
      const prototype: unknown = Object.getPrototypeOf(value);
      const simple = prototype === Object.prototype || prototype === null;
      if (simple && typeof (value as { toJSON?: unknown }).toJSON !== "function") return this.#keyed(value, "", 0);
      const form = formOf(value, maxKeys, this.#limits.maxStringLength);
      switch (form.kind) {
        case "text":
          return this.#special(form.text, "special");
        case "value":
          return this.#show(form.value, [value]);
        case "list":
          return {
            name: className(value),
            list: true,
            items: this.#items(form.items),
            more: form.total - Math.min(form.items.length, maxKeys),
          };
        case "object":
          return this.#keyed(form.object, className(value), form.more);
      }
    } catch (error) {
      return this.#special(thrown(error), "special");
    }
  }

  #special(text: string, look: Look): string {
    return this.#paint(look, visibleLine(cut(text, this.#limits.maxStringLength)));
  }

  #items(items: readonly unknown[]): readonly (readonly [string, unknown])[] {
    const result: (readonly [string, unknown])[] = [];
    for (let i = 0; i < items.length && i < this.#limits.maxKeys; i++) result.push([`${i}`, readField(items, i)]);
    return result;
  }

  #keyed(object: object, name: string, more: number): Parts {
    const keys = Object.keys(object);
    const items = keys.slice(0, this.#limits.maxKeys).map((key) => [key, readField(object, key)] as const);
    return { name: name === "Object" ? "" : name, list: false, items, more: more + keys.length - items.length };
  }
}

interface Parts {
  readonly name: string;
  readonly list: boolean;
  readonly items: readonly (readonly [string, unknown])[];
  readonly more: number;
}

export const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;

/** Whether a text reads as itself without quotes: not empty, no blanks at its ends, no line ends, no number, no word of the language. */
const isWord = (text: string): boolean =>
  text.length < 200 &&
  /^[^\s"'{}[\],=]+$/.test(text) &&
  !/^(?:true|false|null|undefined|NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?n?)$/.test(text);
