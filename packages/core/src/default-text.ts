import { escapeControlCharacters } from "./control-characters.js";
import { errorText } from "./error-text.js";
import type { LogRecord } from "./record.js";

/** The text of a record that no formatter made: the message, then the error and the stack, control characters shown. */
export function defaultText(record: LogRecord): string {
  let text = record.message;
  if (record.excText !== null) text += `\n${record.excText}`;
  else if (record.error !== undefined) text += `\n${errorText(record.error)}`;
  if (record.stackInfo !== null) text += `\n${record.stackInfo}`;
  return escapeControlCharacters(text);
}
