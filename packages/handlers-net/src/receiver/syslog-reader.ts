import { Buffer } from "node:buffer";
import { frameRefused } from "../frame-refused.js";
import { SYSLOG_MARK } from "./syslog-attributes.js";

const NUL = 0x00;
const NEWLINE = 0x0a;
const SPACE = 0x20;
/** Digits that an octet count may have. */
const MOST_DIGITS = 8;

/** Whether a stream that begins so carries syslog messages: `<`, or an octet count. A frame of ours begins with the top byte of its length. */
export const beginsSyslog = (first: number): boolean => first === SYSLOG_MARK || isDigit(first);

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x31 && byte <= 0x39;

/**
 * Takes a stream of syslog messages apart: by octet counts (RFC 6587 §3.4.1), or at a NUL as CPython ends them, or at a newline behind which another
 * message begins or nothing has come yet.
 */
export class SyslogReader {
  readonly #maxBytes: number;
  #held: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes kept of a message that is not whole yet. */
  get pendingBytes(): number {
    return this.#held.length;
  }

  /** @throws LoggingError `FRAME_REFUSED` for a message beyond the limit, or what is none */
  push(chunk: Buffer, take: (bytes: Buffer, start: number, end: number) => void): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] === NUL || bytes[at] === NEWLINE) {
        at++;
        continue;
      }
      const start = isDigit(bytes[at]) ? counted(bytes, at) : at;
      if (start === undefined) break;
      const end = start === at ? terminated(bytes, at) : start + Number(bytes.toString("latin1", at, start - 1));
      if (end - start > this.#maxBytes || bytes.length - at > this.#maxBytes + MOST_DIGITS + chunk.length)
        throw frameRefused(`a syslog message has more than ${this.#maxBytes} bytes`);
      if (end > bytes.length) break;
      take(bytes, start, end);
      at = end;
    }
    this.#held = Buffer.from(bytes.subarray(at));
  }
}

/** Where the message behind an octet count begins; `undefined` while the count is not whole. */
const counted = (bytes: Buffer, at: number): number | undefined => {
  for (let i = at; i < bytes.length && i - at <= MOST_DIGITS; i++) {
    if (bytes[i] === SPACE) return i + 1;
    if (bytes[i]! < 0x30 || bytes[i]! > 0x39) throw frameRefused("a syslog message begins with no priority and no length");
  }
  if (bytes.length - at > MOST_DIGITS) throw frameRefused("the length of a syslog message is too long");
  return undefined;
};

/** Where a message without a count ends; beyond the bytes when it has not ended. */
const terminated = (bytes: Buffer, at: number): number => {
  if (bytes[at] !== SYSLOG_MARK) throw frameRefused("a syslog message begins with no priority and no length");
  for (let i = at; i < bytes.length; i++) {
    if (bytes[i] === NUL) return i;
    if (bytes[i] === NEWLINE && (i + 1 === bytes.length || beginsSyslog(bytes[i + 1]!))) return i;
  }
  return bytes.length + 1;
};
