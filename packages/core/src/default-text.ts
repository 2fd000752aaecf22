import { escapeControlCharacters } from "./control-characters.js";
import { errorText } from "./error-text.js";
import type { LogRecord } from "./record.js";

/** The text of a record that no formatter made: the message, then the error and the stack, control characters shown. */
export function defaultText(record: LogRecord): string {
  let text = record.message;
  const { excText, error, stackInfo } = record;
  if (excText !== null) text += `\n${excText}`;
  else if (error !== undefined) text += `\n${errorText(error)}`;
  if (stackInfo !== null) text += `\n${stackInfo}`;
  return escapeControlCharacters(text);
}
