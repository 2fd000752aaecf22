import { checkOptions, LoggingError, type OptionNames } from "@cordwood/core";
import { type ZoneName, zoneTime } from "./zone-time.js";

/** A time of day: text `"HH:MM"` or `"HH:MM:SS"`, or its parts. */
export type TimeOfDay = string | { readonly hour: number; readonly minute?: number; readonly second?: number };

const PARTS: OptionNames<Exclude<TimeOfDay, string>> = { hour: true, minute: true, second: true };

const DAY_SECONDS = 86_400;
/** Beyond it the next rollover would be no date any more (ECMA-262 §21.4.1.1). */
const LONGEST_SECONDS = 100_000_000_000;

// Unit in seconds and the date in a rotated file's name, as Python has them.
const UNITS: Readonly<Record<string, readonly [seconds: number, suffix: string]>> = {
  S: [1, "%Y-%m-%d_%H-%M-%S"],
  M: [60, "%Y-%m-%d_%H-%M"],
  H: [3_600, "%Y-%m-%d_%H"],
  D: [DAY_SECONDS, "%Y-%m-%d"],
  MIDNIGHT: [DAY_SECONDS, "%Y-%m-%d"],
  W: [7 * DAY_SECONDS, "%Y-%m-%d"],
};

/**
 * When a file rolls over next, by the rules of CPython 3.13: `S M H D` count from the last rollover; `MIDNIGHT` and `W0` (Monday) to `W6`
 * aim at a time of day, and a change of daylight saving time on the way moves the aim by an hour.
 */
export class Schedule {
  /** In upper case. */
  readonly when: string;
  readonly intervalSeconds: number;
  /** The date in the name of a rotated file. */
  readonly suffix: string;
  /** 0 is Monday; `null` unless weekly. */
  readonly dayOfWeek: number | null;
  readonly #zone: ZoneName;
  /** Seconds into the day at which `MIDNIGHT` and `W0` to `W6` roll over; a whole day is midnight. */
  readonly #timeOfDay: number;

  /** @throws LoggingError `WHEN_INVALID`, `OPTION_INVALID`. */
  constructor(when: string, interval: number, zone: ZoneName, atTime: TimeOfDay | null) {
    this.when = String(when).toUpperCase();
    this.dayOfWeek = this.when.startsWith("W") ? weekday(this.when) : null;
    const unit =
      this.dayOfWeek === null ? (Object.hasOwn(UNITS, this.when) && this.when !== "W" ? UNITS[this.when] : undefined) : UNITS["W"];
    if (unit === undefined) throw whenInvalid(`Invalid rollover interval specified: ${this.when}`);
    if (unit[0] * interval > LONGEST_SECONDS)
      throw new LoggingError("OPTION_INVALID", `interval is ${interval}; give one that ends within 3 000 years`);
    this.intervalSeconds = unit[0] * interval;
    this.suffix = unit[1];
    this.#zone = zone;
    this.#timeOfDay = atTime === null ? DAY_SECONDS : secondsOfDay(atTime);
  }

  /** The first rollover after a moment, both in epoch seconds. */
  next(currentTime: number): number {
    if (this.when !== "MIDNIGHT" && this.dayOfWeek === null) return currentTime + this.intervalSeconds;
    const now = zoneTime(currentTime, this.#zone);
    let wait = this.#timeOfDay - (now.hour * 3_600 + now.minute * 60 + now.second);
    let day = now.weekday;
    if (wait <= 0) {
      wait += DAY_SECONDS;
      day = (day + 1) % 7;
    }
    const daysToWait = this.dayOfWeek === null ? 0 : (this.dayOfWeek - day + 7) % 7;
    const result = currentTime + wait + daysToWait * DAY_SECONDS + this.intervalSeconds - (this.dayOfWeek === null ? 1 : 7) * DAY_SECONDS;
    return this.#zone === "utc" ? result : this.#overSwitch(now.isDst, result);
  }

  /** The date for the name of the file that ends at `rolloverAt`, when it is rolled over at `currentTime`. */
  stamp(rolloverAt: number, currentTime: number): string {
    const start = rolloverAt - this.intervalSeconds;
    const then = zoneTime(start, this.#zone);
    if (this.#zone === "utc") return fill(this.suffix, then);
    const isDst = zoneTime(currentTime, this.#zone).isDst;
    if (isDst === then.isDst) return fill(this.suffix, then);
    return fill(this.suffix, zoneTime(start + (isDst ? 3_600 : -3_600), this.#zone));
  }

  /** An hour less when daylight saving time begins on the way, unless that leads back before its beginning; an hour more when it ends. */
  #overSwitch(isDst: boolean, result: number): number {
    if (zoneTime(result, this.#zone).isDst === isDst) return result;
    if (isDst) return result + 3_600;
    return zoneTime(result - 3_600, this.#zone).isDst ? result - 3_600 : result;
  }
}

function weekday(when: string): number {
  if (when.length !== 2) throw whenInvalid(`You must specify a day for weekly rollover from 0 to 6 (0 is Monday): ${when}`);
  const day = when.charCodeAt(1) - 48;
  if (day >= 0 && day <= 6) return day;
  throw whenInvalid(`Invalid day specified for weekly rollover: ${when}`);
}

const whenInvalid = (message: string): LoggingError =>
  new LoggingError("WHEN_INVALID", `${message}; give S, M, H, D, MIDNIGHT or W0 to W6`);

function secondsOfDay(time: TimeOfDay): number {
  if (typeof time === "object" && time !== null) checkOptions("atTime", time, PARTS);
  const parts =
    typeof time === "string"
      ? /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/
          .exec(time)
          ?.slice(1)
          .map((part = "0") => Number(part))
      : [time.hour, time.minute ?? 0, time.second ?? 0];
  const [hour = -1, minute = -1, second = -1] = parts ?? [];
  const within = (value: number, most: number): boolean => Number.isInteger(value) && value >= 0 && value <= most;
  if (within(hour, 23) && within(minute, 59) && within(second, 59)) return hour * 3_600 + minute * 60 + second;
  throw new LoggingError("OPTION_INVALID", `atTime is ${JSON.stringify(time)}; give "HH:MM:SS" or { hour, minute, second }`);
}

const pad = (value: number, width: number): string => String(value).padStart(width, "0");

const fill = (suffix: string, time: ReturnType<typeof zoneTime>): string =>
  suffix.replace(/%([YmdHMS])/g, (_, code: string) => {
    if (code === "Y") return pad(time.year, 4);
    return pad({ m: time.month, d: time.day, H: time.hour, M: time.minute, S: time.second }[code] ?? 0, 2);
  });
