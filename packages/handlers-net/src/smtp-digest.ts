import type { LogRecord } from "@cordwood/core";
import { type Lingering, linger, lingerNoMore } from "./linger.js";

/** One mail for many records. */
export interface DigestOptions {
  /** Records of one mail; what comes beyond them before it may leave is suppressed and counted. Default 100. */
  readonly maxRecords?: number;
  /** Longest wait of a record for company, in milliseconds. Default 60 000. */
  readonly maxDelayMs?: number;
  /** Least time between two mails, in milliseconds, so that a storm of errors is one mail a minute. Default 60 000. */
  readonly minIntervalMs?: number;
}

/** A mail as it waits to be sent. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** Records in it. */
  readonly count: number;
  /** What it takes of the queue's bytes. */
  readonly length: number;
}

/** Longest body, in UTF-16 units. */
const MAX_BODY = 262_144;

/** Collects the records of the next mail. */
export class Digest implements Lingering {
  readonly #maxRecords: number;
  readonly #maxDelayMs: number;
  readonly #minIntervalMs: number;
  readonly #ready: (mail: Mail) => void;
  readonly #subjectOf: (record: LogRecord) => string;
  #texts: string[] = [];
  #worst: LogRecord | undefined;
  #suppressed = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DigestOptions, subjectOf: (record: LogRecord) => string, ready: (mail: Mail) => void) {
    this.#maxRecords = options.maxRecords ?? 100;
    this.#maxDelayMs = options.maxDelayMs ?? 60_000;
    this.#minIntervalMs = options.minIntervalMs ?? 60_000;
    this.#subjectOf = subjectOf;
    this.#ready = ready;
    linger(this);
  }

  /** Records collected. */
  get pending(): number {
    return this.#texts.length;
  }

  /** Takes a record in; `false`: the mail is full and may not leave yet, so the record is suppressed. */
  add(record: LogRecord, text: string): boolean {
    if (this.#texts.length >= this.#maxRecords) {
      this.#suppressed++;
      return false;
    }
    this.#texts.push(text);
    if (this.#worst === undefined || record.levelno > this.#worst.levelno) this.#worst = record;
    const now = Date.now();
    const free = this.#sentAt + this.#minIntervalMs;
    if (this.#texts.length >= this.#maxRecords && now >= free) this.send();
    else if (this.#texts.length >= this.#maxRecords) this.#wait(free - now);
    else if (this.#texts.length === 1) this.#wait(Math.max(this.#maxDelayMs, free - now));
    return true;
  }

  /** Hands over what there is, whenever the last mail left. */
  send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const worst = this.#worst;
    if (worst === undefined) return;
    const count = this.#texts.length;
    const more = this.#suppressed;
    const note = more === 0 ? "" : `\n\n${more} more record${more === 1 ? " was" : "s were"} left out of this mail.`;
    const total = count + more;
    const mail = makeMail(this.#subjectOf(worst) + (total === 1 ? "" : ` (${total} records)`), this.#texts.join("\n"), count, note);
    this.#texts = [];
    this.#worst = undefined;
    this.#suppressed = 0;
    this.#sentAt = Date.now();
    this.#ready(mail);
  }

  hurry(): void {
    this.send();
  }

  /** The sender counts what it could not send. */
  abandon(): void {
    this.send();
  }

  close(): void {
    this.send();
    lingerNoMore(this);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.send(), ms).unref();
  }
}

/** A mail with a subject of one line and a body within the limit; the cut is marked. */
export const makeMail = (subject: string, body: string, count: number, note = ""): Mail => {
  const cut = body.length > MAX_BODY ? `${body.slice(0, MAX_BODY)}\n… ${body.length - MAX_BODY} more characters` : body;
  const whole = cut + note;
  const text = whole.endsWith("\n") ? whole : `${whole}\n`;
  return { subject: subject.replace(/[\x00-\x1f\x7f]+/g, " "), text, count, length: text.length };
};
