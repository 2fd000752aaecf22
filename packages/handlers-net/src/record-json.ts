import type { Buffer } from "node:buffer";
import { type LogRecord, makeLogRecord } from "@cordwood/core";
import { frameRefused } from "./frame-refused.js";
import { quickRecordJson } from "./record-line.js";

/** A record's attributes as they came over the wire: plain data under any name, objects without prototypes. */
export type WireAttributes = Readonly<Record<string, unknown>>;

/** Deepest nesting taken from a peer. */
export const MAX_WIRE_DEPTH = 64;
/** Most keys of one object taken from a peer. */
export const MAX_WIRE_KEYS = 1_000;
/** Most values of all kinds in one payload: what takes longer than some milliseconds to parse is no log record. */
const MAX_WIRE_VALUES = 20_000;
/** A payload this short holds fewer than 1,000 keys and parses in microseconds, so it is not scanned first. */
export const SCANNED_FROM_BYTES = 4_096;

/**
 * The attributes to send. `"raw"` keeps the message and its arguments apart, as in Python's `record.__dict__`, where the arguments can
 * be written faithfully; `"merged"` puts them together as Python's `SocketHandler.makePickle` does.
 */
export const recordAttributes = (source: LogRecord | WireAttributes, message: "raw" | "merged"): Record<string, unknown> => {
  const record = isRecord(source) ? source : makeLogRecord(source);
  const attributes = record.toJSON();
  if (message === "merged") {
    attributes["msg"] = record.getMessage();
    attributes["args"] = null;
    if (record.asctime !== undefined) attributes["asctime"] = record.asctime;
  } else if (!isFaithful(record)) {
    attributes["msg"] = record.getMessage();
    attributes["args"] = [];
  }
  return attributes;
};

/** A record as one line of JSON. */
export const recordJson = (source: LogRecord | WireAttributes): string =>
  (isRecord(source) ? quickRecordJson(source) : undefined) ?? JSON.stringify(recordAttributes(source, "raw"));

/** The record as it is when its call site was not looked for. */
export const withoutCallSite = (record: LogRecord): LogRecord => record.with(UNKNOWN_SITE);

const UNKNOWN_SITE = { pathname: "(unknown file)", lineno: 0, funcName: "(unknown function)" };

const isRecord = (source: LogRecord | WireAttributes): source is LogRecord =>
  typeof (source as LogRecord).toJSON === "function" && typeof (source as LogRecord).getMessage === "function";

/** Whether the far side makes the same text of the message: an object among the arguments has a text of its own that data does not carry. */
const isFaithful = (record: LogRecord): boolean => {
  if (typeof record.msg !== "string") return false;
  const args = record.args;
  return (Array.isArray(args) ? args : Object.values(args)).every(
    (value) => value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value),
  );
};

/**
 * A payload of JSON as attributes, within the limits on depth and keys.
 * @throws LoggingError `FRAME_REFUSED`
 */
export const parseRecordJson = (payload: Buffer): WireAttributes => {
  const value = wireData(parseWireJson(payload, 0, payload.length), 0);
  return value as WireAttributes;
};

/** The object that a stretch of bytes holds, parsed but not yet copied; its nested values may still be too deep. */
export const parseWireJson = (bytes: Buffer, start: number, end: number): Record<string, unknown> => {
  if (end - start > SCANNED_FROM_BYTES) scan(bytes, start, end);
  return parseWireText(bytes.toString("utf8", start, end));
};

/** The same of a text that is short. */
export const parseWireText = (text: string): Record<string, unknown> => {
  const value = parse(text);
  if (!isObject(value)) throw frameRefused("it is JSON but no object");
  return value;
};

/** The objects of a JSON array. @throws LoggingError `FRAME_REFUSED` */
export const parseWireArray = (bytes: Buffer): WireAttributes[] => {
  scan(bytes, 0, bytes.length);
  const value = parse(bytes.toString("utf8"));
  if (!Array.isArray(value) || !value.every(isObject)) throw frameRefused("it is no array of objects");
  return value;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw frameRefused("it is no JSON", error);
  }
};

/**
 * A copy of parsed data with objects that have no prototype, so that a key like `__proto__` is one like any other.
 * @throws LoggingError `FRAME_REFUSED` below the depth limit
 */
export const wireData = (value: unknown, depth: number): unknown => {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (depth >= MAX_WIRE_DEPTH) throw frameRefused(`it is nested deeper than ${MAX_WIRE_DEPTH}`);
  if (Array.isArray(value)) return value.map((item) => wireData(item, depth + 1));
  if (value instanceof Set) return [...value].map((item) => wireData(item, depth + 1));
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value)) copy[key] = wireData((value as Record<string, unknown>)[key], depth + 1);
  return copy;
};

/** Longest number in a payload that is scanned: the text of a number costs more than linear time. */
const MAX_WORD_BYTES = 1_024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Counts depth, keys and values without parsing: a bomb is cheap to read through and dear to build. */
const scan = (bytes: Buffer, start: number, end: number): void => {
  const keys = new Uint32Array(MAX_WIRE_DEPTH + 1);
  let depth = 0;
  let values = 0;
  let wordAt = start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (isOfWord(byte)) {
      if (i - wordAt > MAX_WORD_BYTES) throw frameRefused(`a number has more than ${MAX_WORD_BYTES} digits`);
      continue;
    }
    wordAt = i + 1;
    switch (byte) {
      case QUOTE:
        i = endOfString(bytes, i + 1, end);
        wordAt = i + 1;
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > MAX_WIRE_DEPTH) throw frameRefused(`it is nested deeper than ${MAX_WIRE_DEPTH}`);
        keys[depth] = 0;
        values++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth = Math.max(0, depth - 1);
        break;
      case 0x3a: // :
        if (++keys[depth]! > MAX_WIRE_KEYS) throw frameRefused(`an object has more than ${MAX_WIRE_KEYS} keys`);
        break;
      case 0x2c: // ,
        if (++values > MAX_WIRE_VALUES) throw frameRefused(`it holds more than ${MAX_WIRE_VALUES} values`);
        break;
      default:
    }
  }
};

/** Numbers and the words of JSON: letters, digits, signs and points. */
const isOfWord = (byte: number): boolean =>
  byte >= 0x2b && byte !== 0x2c && byte !== 0x3a && byte !== 0x5b && byte !== 0x5d && byte !== 0x7b && byte !== 0x7d;

const endOfString = (bytes: Buffer, from: number, end: number): number => {
  for (let at = bytes.indexOf(QUOTE, from); at >= 0 && at < end; at = bytes.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return end;
};
