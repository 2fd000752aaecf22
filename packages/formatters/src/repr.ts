import { textOf } from "./pattern.js";
import { unicodePattern } from "./unicode-pattern.js";

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
const unprintable = unicodePattern(String.raw`[\\\p{C}\p{Z}]`, "gu");
const NOT_ASCII = /[\\\x00-\x1f\x7f-\u{10ffff}]/gu;

function escaped(character: string): string {
  if (character === " ") return character;
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  return code < 0x100
    ? `\\x${digits.padStart(2, "0")}`
    : code < 0x10000
      ? `\\u${digits.padStart(4, "0")}`
      : `\\U${digits.padStart(8, "0")}`;
}

/** What `%r` and `!r` (`ascii`: `%a` and `!a`) show: a string in quotes with escapes, as Python writes it; any other value as its text. */
export function repr(value: unknown, ascii: boolean): string {
  if (typeof value !== "string") return ascii ? textOf(value).replace(/[^\x00-\x7f]/gu, escaped) : textOf(value);
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const text = value.replace(ascii ? NOT_ASCII : unprintable(), escaped);
  return quote + (quote === "'" ? text.replaceAll("'", "\\'") : text) + quote;
}
