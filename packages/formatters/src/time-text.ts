import { printf } from "@cordwood/core";
import { type DateFormat, dateFormat, wholeSecond } from "./strftime.js";
import type { TimeZone } from "./time-zone.js";

export interface TimeTextOptions {
  readonly zone: TimeZone;
  /** Empty: the two defaults below. */
  readonly datefmt: string;
  readonly defaultTimeFormat: string;
  /** `%s` is the text of `defaultTimeFormat`, a number conversion the milliseconds; empty: none. */
  readonly defaultMsecFormat: string;
}

// What nearly every format of milliseconds looks like: "%s,%03d".
const SIMPLE_MSECS = /^%s([^%]*)%0(\d)d([^%]*)$/;

/** The text of `asctime`, made once a second, and its milliseconds once for each of them. */
export class TimeText {
  readonly #zone: TimeZone;
  readonly #date: DateFormat;
  /** Empty: the text has no milliseconds. */
  readonly #msecFormat: string;
  readonly #simple: { readonly before: string; readonly digits: number; readonly after: string } | undefined;
  #second = Number.NaN;
  #prefix = "";
  #msecs = Number.NaN;
  #text = "";

  constructor({ zone, datefmt, defaultTimeFormat, defaultMsecFormat }: TimeTextOptions) {
    this.#zone = zone;
    this.#date = dateFormat(datefmt === "" ? defaultTimeFormat : datefmt);
    this.#msecFormat = datefmt === "" ? defaultMsecFormat : "";
    const match = SIMPLE_MSECS.exec(this.#msecFormat);
    this.#simple = match === null ? undefined : { before: match[1]!, digits: Number(match[2]), after: match[3]! };
  }

  /** @param msecs The record's own: it may disagree with `created`. */
  text(created: number, msecs: number): string {
    const second = Math.floor(created);
    if (second !== this.#second) {
      this.#prefix = this.#date(wholeSecond(created), this.#zone);
      this.#second = second;
      this.#msecs = Number.NaN;
      this.#text = this.#prefix;
    }
    if (this.#msecFormat === "" || msecs === this.#msecs) return this.#text;
    this.#text = this.#withMsecs(msecs);
    this.#msecs = msecs;
    return this.#text;
  }

  #withMsecs(msecs: number): string {
    const simple = this.#simple;
    if (simple === undefined || !(msecs >= 0)) return printf(this.#msecFormat, [this.#prefix, msecs]);
    return this.#prefix + simple.before + String(Math.trunc(msecs)).padStart(simple.digits, "0") + simple.after;
  }
}
