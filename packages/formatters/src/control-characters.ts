import { escapeControlCharacters } from "@cordwood/core";

/** Makes a value's text fit to be shown. */
export type Clean = (text: string) => string;

export interface CleanOptions {
  readonly controlCharacters: "escape" | "raw";
  readonly multiline: "keep" | "escape";
}

/** Past this many characters one regular expression is quicker than a loop. */
const LOOP_LIMIT = 64;

const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
// What ends a line for some reader: LF, VT, FF, CR, NEL and Unicode's two separators.
const LINE_END = /[\n\x0b\f\r\x85\u2028\u2029]/;
const LINE_ENDS = new RegExp(LINE_END, "g");

const SHOWN_LINE_END: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\x0b": "\\x0b",
  "\f": "\\x0c",
  "\r": "\\r",
  "\x85": "\\x85",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** Shows every line end of a text as an escape, so that the text stays on one line. */
export const escapeLineEnds = (text: string): string =>
  LINE_END.test(text) ? text.replace(LINE_ENDS, (end) => SHOWN_LINE_END[end]!) : text;

/** Control characters shown as `\x1b`; a text without any, nearly always the case, costs one look at each character. */
function escapeValue(text: string): string {
  const length = text.length;
  if (length > LOOP_LIMIT) return CONTROL.test(text) ? escapeControlCharacters(text) : text;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 ? code !== 10 && code !== 9 : code > 126 && code < 160) return escapeControlCharacters(text);
  }
  return text;
}

/** Leaves a text alone. */
export const asItIs: Clean = (text) => text;

/** The function that a formatter with these options puts every value through. */
export function cleaner({ controlCharacters, multiline }: CleanOptions): Clean {
  if (multiline === "keep") return controlCharacters === "raw" ? asItIs : escapeValue;
  return controlCharacters === "raw" ? escapeLineEnds : (text) => escapeValue(escapeLineEnds(text));
}
