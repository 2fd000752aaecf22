import type { Buffer } from "node:buffer";
import { frameOfText } from "./frame.js";
import { frameRefused } from "./frame-refused.js";
import { parseWireJson } from "./record-json.js";

/**
 * The frames that make delivery certain, spoken between our handler and our receiver:
 * - the sender greets with `{"cordwood":1,"source":id,"next":n}`: the records that follow are numbers n, n+1, … of this source;
 *   it greets again in mid-stream when a number is skipped;
 * - the receiver answers each greeting, and each batch it has handled, with `{"cordwood":1,"ack":n}`: all up to number n are handled.
 * Record frames stay as they are; their number is their place.
 */
export interface Greeting {
  readonly source: string;
  readonly next: number;
}

const VERSION = 1;
const MAX_CONTROL_BYTES = 4_096;
/** `{"c` begins a control frame; a record begins with `{"n` or white space. */
const MARK = '{"cordwood":';

export const greetingFrame = (greeting: Greeting): Buffer =>
  frameOfText(`${MARK}${VERSION},"source":"${greeting.source}","next":${greeting.next}}`);

export const acknowledgementFrame = (sequence: number): Buffer => frameOfText(`${MARK}${VERSION},"ack":${sequence}}`);

/** Whether a payload is a control frame. Looks at its first bytes only. */
export const isControl = (bytes: Buffer, start: number, end: number): boolean =>
  end - start > MARK.length &&
  bytes[start + 2] === 0x63 &&
  bytes[start] === 0x7b &&
  bytes.toString("latin1", start, start + MARK.length) === MARK;

/** @throws LoggingError `FRAME_REFUSED` */
export const parseGreeting = (bytes: Buffer, start: number, end: number): Greeting => {
  const { source, next } = parseControl(bytes, start, end);
  if (typeof source !== "string" || !/^[A-Za-z0-9-]{8,64}$/.test(source) || !isSequence(next) || next < 1)
    throw frameRefused("its greeting is malformed");
  return { source, next };
};

/** @throws LoggingError `FRAME_REFUSED` */
export const parseAcknowledgement = (bytes: Buffer, start: number, end: number): number => {
  const { ack } = parseControl(bytes, start, end);
  if (!isSequence(ack)) throw frameRefused("its acknowledgement is malformed");
  return ack;
};

const parseControl = (bytes: Buffer, start: number, end: number): Record<string, unknown> => {
  if (end - start > MAX_CONTROL_BYTES || !isControl(bytes, start, end)) throw frameRefused("it is no control frame");
  const control = parseWireJson(bytes, start, end);
  if (control["cordwood"] !== VERSION)
    throw frameRefused(`its version is ${JSON.stringify(control["cordwood"])}; ${VERSION} is spoken here`);
  return control;
};

const isSequence = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
