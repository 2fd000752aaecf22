import type { Buffer } from "node:buffer";
import { gunzip } from "node:zlib";
import { frameRefused } from "../frame-refused.js";
import { pythonLiteral } from "../python-literal.js";
import { parseWireJson, type WireAttributes } from "../record-json.js";

/** Attributes that are numbers in a record and text in a form. */
const NUMBERS = ["levelno", "lineno", "created", "msecs", "relativeCreated", "thread", "process"] as const;
/** Attributes that are `None` in Python when there is nothing to say. */
const NULLABLE = ["exc_info", "exc_text", "stack_info", "taskName", "args"] as const;
const MOST_PAIRS = 1_000;
/** What is packed tighter than this is a bomb, not a log. */
const MOST_EXPANSION = 100;
const NEWLINE = 0x0a;

/** Unpacks a gzip body, up to `maxBytes`. @throws LoggingError `FRAME_REFUSED` */
export const unpack = (body: Buffer, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: Math.max(1, Math.min(maxBytes, body.length * MOST_EXPANSION)) }, (error, result) => {
      if (error === null) resolve(result);
      else reject(frameRefused("its body cannot be unpacked within the limits", error));
    });
  });

/** A form of Python's `HTTPHandler`: every attribute as text. @throws LoggingError `FRAME_REFUSED` */
export const formAttributes = (form: string): WireAttributes => {
  const attributes = Object.create(null) as Record<string, unknown>;
  let pairs = 0;
  for (const [key, value] of new URLSearchParams(form)) {
    if (++pairs > MOST_PAIRS) throw frameRefused(`it has more than ${MOST_PAIRS} fields`);
    attributes[key] = value;
  }
  for (const key of NUMBERS) {
    const value = Number(attributes[key]);
    if (key in attributes) attributes[key] = attributes[key] !== "" && Number.isFinite(value) ? value : null;
  }
  for (const key of NULLABLE) if (attributes[key] === "None") attributes[key] = null;
  const { args } = attributes;
  if (typeof args === "string") attributes["args"] = pythonLiteral(args) ?? null;
  return attributes;
};

/** Each record of a body: one object, an array of them, or one on each line. @throws LoggingError `FRAME_REFUSED` */
export function* jsonAttributes(body: Buffer): Generator<WireAttributes> {
  let start = 0;
  while (start < body.length) {
    const newline = body.indexOf(NEWLINE, start);
    const end = newline < 0 ? body.length : newline;
    if (body.toString("latin1", start, end).trim() !== "") yield parseWireJson(body, start, end);
    start = end + 1;
  }
}

/** Whether a body is one JSON document and not a record on each line. */
export const isArray = (body: Buffer): boolean => {
  let at = 0;
  while (at < body.length && body[at]! <= 0x20) at++;
  return body[at] === 0x5b;
};
