import { Buffer } from "node:buffer";
import type { LogRecord } from "@cordwood/core";

/** What stands around a message on a stream: its length in octets (RFC 6587 §3.4.1), a newline after it (§3.4.2), or nothing, as CPython sends. */
export type SyslogFraming = "octet-counting" | "newline" | "none";

export interface Rfc5424Header {
  readonly hostname: string;
  /** `undefined`: the logger's name. */
  readonly appName: string | undefined;
  /** SD-ID of the element that holds the fields. */
  readonly structuredDataId: string;
}

const MAX_PARAM_VALUE = 1_024;
const MAX_PARAMS = 100;

/** RFC 3164 as CPython sends it: priority, ident, text, and a NUL unless told otherwise. */
export const rfc3164Message = (priority: number, ident: string, text: string, appendNul: boolean): string =>
  `<${priority}>${ident}${text}${appendNul ? "\0" : ""}`;

/** RFC 5424 §6, with the record's fields as one element of structured data. */
export const rfc5424Message = (priority: number, record: LogRecord, text: string, header: Rfc5424Header): string => {
  const time = Number.isFinite(record.created) ? timestamp(record.created) : "-";
  const extra = record.extra;
  const messageId = typeof extra["msgid"] === "string" ? headerField(extra["msgid"], 32) : "-";
  const fields = [
    `<${priority}>1`,
    time,
    headerField(header.hostname, 255),
    headerField(header.appName ?? record.name, 48),
    headerField(String(record.process), 128),
    messageId,
    structuredData(header.structuredDataId, extra),
  ];
  // §6.4: text that is UTF-8 begins with the byte order mark; ASCII needs none.
  return `${fields.join(" ")} ${/[^\0-\x7f]/.test(text) ? "\ufeff" : ""}${text}`;
};

const timestamp = (created: number): string => {
  const date = new Date(Math.floor(created * 1000));
  return Number.isNaN(date.getTime()) ? "-" : date.toISOString();
};

/** §6.2: printable ASCII without spaces, cut to the field's length, never empty. */
export const headerField = (text: string, length: number): string =>
  text
    .slice(0, length * 4)
    .replace(/[^!-~]/g, "")
    .slice(0, length) || "-";

const structuredData = (id: string, fields: Readonly<Record<string, unknown>>): string => {
  const parameters: string[] = [];
  for (const key of Object.keys(fields)) {
    if (key === "msgid" || parameters.length >= MAX_PARAMS) continue;
    parameters.push(` ${parameterName(key)}="${parameterValue(fields[key])}"`);
  }
  return parameters.length === 0 ? "-" : `[${id}${parameters.join("")}]`;
};

/** §6.3.2: a parameter's name may hold no `=`, space, `]` or quote. */
const parameterName = (key: string): string => headerField(key.replace(/[=\]"]/g, "_"), 32);

/** §6.3.3: quote, backslash and bracket are escaped; control characters would cut the message in some receivers. */
const parameterValue = (value: unknown): string => {
  const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))).slice(0, MAX_PARAM_VALUE);
  return escapeControls(text, true).replace(/["\\\]]/g, "\\$&");
};

/** Control characters the way syslog daemons write them: `#012` for a newline. */
export const escapeControls = (text: string, newlines: boolean): string =>
  text.replace(newlines ? /[\x00-\x08\x0a-\x1f\x7f]/g : /\n/g, (character) => `#${character.charCodeAt(0).toString(8).padStart(3, "0")}`);

/** A message as bytes for a stream. */
export const framedMessage = (message: string, framing: SyslogFraming): Buffer => {
  if (framing === "newline") return Buffer.from(`${escapeControls(message, false)}\n`);
  return Buffer.from(framing === "none" ? message : `${Buffer.byteLength(message)} ${message}`);
};

/** A message as one datagram: cut between characters, with `…` at the end, when it is longer than `maxBytes`. */
export const datagramMessage = (message: string, maxBytes: number, appendNul: boolean): Buffer => {
  const bytes = Buffer.from(message);
  if (bytes.length <= maxBytes) return bytes;
  const mark = Buffer.from(appendNul ? "…\0" : "…");
  let end = Math.max(0, maxBytes - mark.length);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return Buffer.concat([bytes.subarray(0, end), mark]);
};
