import { Buffer } from "node:buffer";
import { LoggingError, type LogRecord } from "@cordwood/core";
import { frameRefused } from "./frame-refused.js";
import { pickle } from "./pickle.js";
import { parseRecordJson, recordAttributes, recordJson, type WireAttributes } from "./record-json.js";
import { unpickle } from "./unpickle.js";

/** How a record is written into a frame: as JSON, or as a pickle that CPython's own receiver reads. */
export type FrameCodec = "json" | "pickle";

export interface EncodeFrameOptions {
  /** Default `"json"`. */
  readonly codec?: FrameCodec;
  /** Longest payload, in bytes. Default 1 MiB. */
  readonly maxBytes?: number;
}

export interface DecodeFrameOptions {
  /** Longest payload, in bytes. Default 1 MiB. */
  readonly maxBytes?: number;
}

/** Longest payload of a frame unless an option says otherwise. */
export const MAX_FRAME_BYTES = 1_048_576;
/** Bytes in front of each payload: its length, big-endian. */
export const FRAME_HEADER_BYTES = 4;

/**
 * A record as one frame: a 4-byte big-endian length and the payload. Takes a record, attributes as plain data, or a payload that is ready.
 * @throws LoggingError `FRAME_TOO_LARGE` when the payload is longer than `maxBytes`
 */
export const encodeFrame = (
  record: LogRecord | Readonly<Record<string, unknown>> | Uint8Array,
  options: EncodeFrameOptions = {},
): Buffer => {
  const maxBytes = options.maxBytes ?? MAX_FRAME_BYTES;
  if (record instanceof Uint8Array) return frameOfBytes(record, maxBytes);
  if (options.codec === "pickle") return frameOfBytes(pickle(recordAttributes(record, "merged")), maxBytes);
  return frameOfText(recordJson(record), maxBytes);
};

const frameOfBytes = (payload: Uint8Array, maxBytes: number): Buffer => {
  checkLength(payload.length, maxBytes);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
};

/** A frame around a text. */
export const frameOfText = (text: string, maxBytes: number = MAX_FRAME_BYTES): Buffer => {
  const length = Buffer.byteLength(text);
  checkLength(length, maxBytes);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, FRAME_HEADER_BYTES);
  return frame;
};

/**
 * The attributes that one whole frame carries, as plain data without prototypes; the codec shows in the first byte.
 * @throws LoggingError `FRAME_REFUSED` or `PICKLE_REFUSED` for anything but exactly one well-formed frame
 */
export const decodeFrame = (frame: Uint8Array, options: DecodeFrameOptions = {}): WireAttributes => {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  if (bytes.length < FRAME_HEADER_BYTES) throw frameRefused("the length prefix is cut short");
  const length = bytes.readUInt32BE(0);
  checkHeader(length, options.maxBytes ?? MAX_FRAME_BYTES);
  if (length !== bytes.length - FRAME_HEADER_BYTES) {
    throw frameRefused(`the prefix says ${length} bytes and ${bytes.length - FRAME_HEADER_BYTES} follow`);
  }
  return decodePayload(bytes.subarray(FRAME_HEADER_BYTES), options.maxBytes ?? MAX_FRAME_BYTES);
};

/** The attributes in a payload: JSON begins with `{` or white space, which begin no pickle. */
export const decodePayload = (payload: Buffer, maxBytes: number = MAX_FRAME_BYTES): WireAttributes => {
  const first = payload[0];
  if (first === 0x7b || first === 0x20 || first === 0x0a || first === 0x0d || first === 0x09) return parseRecordJson(payload);
  const value = unpickle(payload, { maxBytes });
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== null) throw frameRefused("it holds no dict");
  return value as WireAttributes;
};

/**
 * Takes a stream apart into payloads, however its bytes are cut into chunks. A header is judged before anything is
 * allocated for it, and after a refusal the stream has no next frame: close it.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #held: Buffer = EMPTY;
  #pendingBytes = 0;
  #wanted = FRAME_HEADER_BYTES;

  constructor(maxBytes: number = MAX_FRAME_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes kept of a frame that is not whole yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * Gives each payload that is now whole to `take`, as a stretch of bytes that is valid during that call only.
   * @throws LoggingError `FRAME_REFUSED` for a length of zero or beyond the limit; what `take` throws
   */
  push(chunk: Buffer, take: (bytes: Buffer, start: number, end: number) => void): void {
    const bytes = this.#pendingBytes === 0 ? chunk : this.#join(chunk);
    if (bytes === undefined) return;
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const length = bytes.readUInt32BE(at);
      checkHeader(length, this.#maxBytes);
      const start = at + FRAME_HEADER_BYTES;
      if (start + length > bytes.length) {
        this.#wanted = FRAME_HEADER_BYTES + length;
        break;
      }
      at = start + length;
      take(bytes, start, at);
    }
    this.#keep(bytes, at);
  }

  /** `undefined` while the frame begun earlier is still not whole. Room is made for what has arrived, never for what a header claims. */
  #join(chunk: Buffer): Buffer | undefined {
    const total = this.#pendingBytes + chunk.length;
    if (total > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(total, Math.min(this.#held.length * 2, this.#wanted)));
      this.#held.copy(larger, 0, 0, this.#pendingBytes);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#pendingBytes);
    this.#pendingBytes = total;
    if (total < this.#wanted) return undefined;
    const whole = this.#held.subarray(0, total);
    this.#held = EMPTY;
    this.#pendingBytes = 0;
    this.#wanted = FRAME_HEADER_BYTES;
    return whole;
  }

  /** A copy: a few bytes of a large chunk would keep the whole of it in memory. */
  #keep(bytes: Buffer, at: number): void {
    if (at === bytes.length) return;
    this.#held = Buffer.allocUnsafeSlow(bytes.length - at);
    this.#pendingBytes = bytes.copy(this.#held, 0, at);
  }
}

const EMPTY = Buffer.alloc(0);

const checkHeader = (length: number, maxBytes: number): void => {
  if (length === 0 || length > maxBytes) throw frameRefused(`its prefix says ${length} bytes; 1 to ${maxBytes} are taken`);
};

const checkLength = (length: number, maxBytes: number): void => {
  if (length > maxBytes) throw new LoggingError("FRAME_TOO_LARGE", `the record takes ${length} bytes; a frame holds ${maxBytes}`);
};
