import type { Buffer } from "node:buffer";
import { frameRefused } from "../frame-refused.js";
import type { WireAttributes } from "../record-json.js";

/** `<` begins a syslog message, and neither JSON nor a pickle nor a length of a frame. */
export const SYSLOG_MARK = 0x3c;
const MOST_PRIORITY = 1_023;
/** Level names and numbers of the eight severities, RFC 5424 §6.2.1. */
const LEVELS = [
  ["CRITICAL", 50],
  ["CRITICAL", 50],
  ["CRITICAL", 50],
  ["ERROR", 40],
  ["WARNING", 30],
  ["INFO", 20],
  ["INFO", 20],
  ["DEBUG", 10],
] as const;

/**
 * A message of CPython's `SysLogHandler` as attributes of a record of the logger `syslog`: priority, text, perhaps a NUL.
 * @throws LoggingError `FRAME_REFUSED`
 */
export const syslogAttributes = (bytes: Buffer, start = 0, end: number = bytes.length): WireAttributes => {
  const text = bytes.toString("utf8", start, end);
  const found = /^<(\d{1,4})>/.exec(text);
  const priority = Number(found?.[1] ?? MOST_PRIORITY + 1);
  if (found === null || priority > MOST_PRIORITY) throw frameRefused("it begins like a syslog message but has no priority");
  const [levelname, levelno] = LEVELS[priority & 7]!;
  const msg = text.slice(found[0].length).replace(/\0$/, "");
  return { name: "syslog", msg, args: null, levelname, levelno, facility: priority >> 3, severity: priority & 7 };
};
