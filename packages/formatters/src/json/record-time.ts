import { strftime } from "../strftime.js";

/**
 * How the time of a record is written: ISO 8601 with zone, whole milliseconds or seconds with fraction since 1970 as a number,
 * whole nanoseconds since 1970 as a text of digits (too many for a JSON number).
 */
export type JsonTime = "iso" | "epoch-ms" | "epoch-s" | "nanoseconds";

/** Past what `Date` can hold. */
const LATEST_MS = 8.64e15;

/** A record's time, or that of 1970 where there is none. */
export const momentOf = (created: unknown): number => (typeof created === "number" && Math.abs(created) * 1000 <= LATEST_MS ? created : 0);

/** Makes the text of a record's time, keeping that of the current millisecond and the part that stays within a second. */
export class RecordTime {
  /** Whether the time is a JSON text, to be put between quotes. */
  readonly quoted: boolean;
  readonly #time: JsonTime;
  readonly #timeZone: string;
  #created = Number.NaN;
  #text = "";
  #second = Number.NaN;
  #head = "";
  #tail = "";

  constructor(time: JsonTime, timeZone: string) {
    this.#time = time;
    this.#timeZone = timeZone;
    this.quoted = time === "iso" || time === "nanoseconds";
  }

  /** The text of a moment in seconds since 1970; of one that is none, the text of 1970 itself. */
  of(created: number): string {
    if (created === this.#created) return this.#text;
    this.#created = created;
    return (this.#text = this.#make(momentOf(created)));
  }

  #make(created: number): string {
    if (this.#time === "epoch-s") return `${created}`;
    if (this.#time === "nanoseconds") return nanoseconds(created);
    // `created` is milliseconds divided by 1000: the product may fall a hair short of the whole number it came from.
    const ms = Math.floor(created * 1000 + 0.0005);
    if (this.#time === "epoch-ms") return `${ms}`;
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) this.#begin(second);
    const fraction = ms - second * 1000;
    return `${this.#head}${fraction < 10 ? "00" : fraction < 100 ? "0" : ""}${fraction}${this.#tail}`;
  }

  #begin(second: number): void {
    this.#second = second;
    if (this.#timeZone === "utc") {
      const text = new Date(second * 1000).toISOString();
      this.#head = text.slice(0, -4);
      this.#tail = "Z";
      return;
    }
    this.#head = `${strftime("%Y-%m-%dT%H:%M:%S", second, this.#timeZone)}.`;
    const offset = strftime("%z", second, this.#timeZone);
    this.#tail = `${offset.slice(0, 3)}:${offset.slice(3, 5)}`;
  }
}

/** Whole nanoseconds as digits; a float of seconds is exact to a quarter of a microsecond, so microseconds are what it holds. */
function nanoseconds(created: number): string {
  const second = Math.floor(created);
  const micro = Math.round((created - second) * 1e6);
  return `${(BigInt(second) * 1_000_000n + BigInt(micro)) * 1_000n}`;
}
