import { escapeControlCharacters, LogRecord } from "@cordwood/core";

/** Makes a value's text fit to be shown. */
export type Clean = (text: string) => string;

export interface CleanOptions {
  readonly controlCharacters: "escape" | "raw";
  readonly multiline: "keep" | "escape";
}

/** Past this many characters one regular expression is quicker than a loop. */
const LOOP_LIMIT = 64;

const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
// These turn the text behind them around, so that a line shows something else than it says.
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/g;
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

/** Whether a text holds no control character but tab and newline. */
function isClean(text: string): boolean {
  const length = text.length;
  if (length > LOOP_LIMIT) return !CONTROL.test(text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 ? code !== 10 && code !== 9 : code > 126 && (code < 160 || (code >= 0x202a && code <= 0x2069)))
      return !CONTROL.test(text);
  }
  return true;
}

/** Escapes make a text up to six times longer than what core has cut it to. */
const LONGEST = 262_144;

/** Characters that are escaped at a time. */
const CHUNK = 16_384;

const escapeChunk: Clean = (text) =>
  escapeControlCharacters(text).replace(DIRECTION, (control) => `\\u${control.charCodeAt(0).toString(16)}`);

const escapeAll: Clean = (text) => {
  if (text.length <= CHUNK) return escapeChunk(text);
  let shown = "";
  for (let at = 0; at < text.length && shown.length <= LONGEST; at += CHUNK) shown += escapeChunk(text.slice(at, at + CHUNK));
  return shown.length <= LONGEST ? shown : `${shown.slice(0, LONGEST - 64)}… [cut: ${text.length} characters before escapes]`;
};

/** Control characters shown as `\x1b`; a text without any, nearly always the case, costs one look at each character. */
const escapeValue: Clean = (text) => (isClean(text) ? text : escapeAll(text));

/** Leaves a text alone. */
export const asItIs: Clean = (text) => text;

/** A character made from a number may be any. */
const MAKES_CHARACTERS = /%[-+ #0-9.*]*[hlL]?c/;

/** The format and the message without arguments that were last found to be clean. */
let cleanFormat = "";
let cleanMessage = "";

/**
 * Control characters in a record's message shown as `\x1b`. What was put together from a format and arguments is looked at by part: the format
 * when it changes, then each short argument. The message itself is a rope of these, and looking into it would make a copy of it.
 */
function escapeMessage(record: LogRecord, message: string): string {
  const { msg, args } = record;
  if (typeof msg !== "string" || !Array.isArray(args) || record.getMessage !== LogRecord.prototype.getMessage) return escapeValue(message);
  if (args.length === 0) {
    if (message === cleanMessage) return message;
    if (!isClean(message)) return escapeAll(message);
    if (message.length <= LOOP_LIMIT) cleanMessage = message;
    return message;
  }
  if (msg !== cleanFormat) {
    if (msg.length > LOOP_LIMIT * 2 || !isClean(msg) || MAKES_CHARACTERS.test(msg)) return escapeValue(message);
    cleanFormat = msg;
  }
  for (let i = 0; i < args.length; i++) {
    const arg: unknown = args[i];
    if (typeof arg === "string" ? arg.length > LOOP_LIMIT || !isClean(arg) : typeof arg !== "number") return escapeValue(message);
  }
  return message;
}

/** The function that a formatter with these options puts every value but the message through. */
export function cleaner({ controlCharacters, multiline }: CleanOptions): Clean {
  if (multiline === "keep") return controlCharacters === "raw" ? asItIs : escapeValue;
  return controlCharacters === "raw" ? escapeLineEnds : (text) => escapeValue(escapeLineEnds(text));
}

/** The function that it puts messages through. */
export function messageCleaner(options: CleanOptions): (record: LogRecord, message: string) => string {
  if (options.multiline === "keep" && options.controlCharacters === "escape") return escapeMessage;
  const clean = cleaner(options);
  return (_record, message) => clean(message);
}
