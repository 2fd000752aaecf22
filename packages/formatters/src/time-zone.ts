import { LoggingError } from "@cordwood/core";
import { zoneAbbreviation } from "./zone-names.js";

/** Offsets from UTC and names of one time zone. */
export interface TimeZone {
  /** Seconds to add to UTC at a moment given in whole seconds since 1970. */
  offsetAt(second: number): number;
  /** The abbreviation then in use, such as `CET`; `+1030` where there is none. */
  nameAt(second: number): string;
}

const UTC: TimeZone = { offsetAt: () => 0, nameAt: () => "UTC" };

/** The process's own zone. Not remembered by the hour: `Date` is quick, and `TZ` may be changed while the process runs. */
const LOCAL: TimeZone = {
  offsetAt: (second) => -Math.round(new Date(second * 1000).getTimezoneOffset() * 60),
  nameAt: (second) => zoneAbbreviation(new Intl.DateTimeFormat().resolvedOptions().timeZone, second, LOCAL.offsetAt(second)),
};

const zones = new Map<string, TimeZone>();

/** The zone of a name: `"local"`, `"utc"`, or one of the IANA database, which is asked once. Throws a `LoggingError` for an unknown one. */
export function timeZoneOf(name: string): TimeZone {
  if (name === "local") return LOCAL;
  if (name === "utc" || name === "UTC") return UTC;
  let zone = zones.get(name);
  if (zone === undefined) zones.set(name, (zone = new NamedZone(name)));
  return zone;
}

const HOUR = 3600;

/** A zone of the IANA database, read through `Intl` once an hour of the records' time. */
class NamedZone implements TimeZone {
  readonly #name: string;
  readonly #format: Intl.DateTimeFormat;
  /** The hour remembered, counted from 1970, and its offsets before and from the second `#change`. */
  #hour = Number.NaN;
  #before = 0;
  #after = 0;
  #change = 0;

  constructor(name: string) {
    this.#name = name;
    try {
      this.#format = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        calendar: "gregory",
        numberingSystem: "latn",
        hourCycle: "h23",
        era: "short",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
    } catch (cause) {
      const given = typeof name === "string" ? JSON.stringify(name) : typeof name;
      throw new LoggingError("OPTION_INVALID", `timeZone is ${given}; give "local", "utc" or an IANA name such as "Europe/Berlin"`, {
        cause,
      });
    }
  }

  offsetAt(second: number): number {
    const hour = Math.floor(second / HOUR);
    if (hour !== this.#hour) this.#remember(hour);
    return second < this.#change ? this.#before : this.#after;
  }

  nameAt(second: number): string {
    return zoneAbbreviation(this.#name, second, this.offsetAt(second));
  }

  #remember(hour: number): void {
    let low = hour * HOUR;
    let high = low + HOUR;
    this.#before = this.#ask(low);
    this.#after = this.#ask(high - 1);
    // Most changes come on the hour, some within it; old ones at any second.
    if (this.#before === this.#after) high = low;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle) === this.#before) low = middle;
      else high = middle;
    }
    this.#change = high;
    this.#hour = hour;
  }

  #ask(second: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(second * 1000)) parts[type] = value;
    const part = (type: string): number => Number(parts[type]);
    const year = parts["era"]?.startsWith("B") ? 1 - part("year") : part("year");
    const there = new Date(0);
    there.setUTCFullYear(year, part("month") - 1, part("day"));
    there.setUTCHours(part("hour"), part("minute"), part("second"));
    return there.getTime() / 1000 - second;
  }
}

/**
 * What tells the process's zone from another that it may be moved to: its offsets at a few moments.
 * Formatters for "local" made before and after such a move must not share remembered times.
 */
export const localSignature = (): string =>
  [0, 5, 15, 20, 30, 32.5, 40, 42.5, 54, 54.5, 67].map((years) => new Date(years * 31_556_952_000).getTimezoneOffset()).join(",");
