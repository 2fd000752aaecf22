import { LoggingError } from "@cordwood/core";
import { MOST_WIDTH } from "./limits.js";
import { type TimeZone, timeZoneOf } from "./time-zone.js";

/** A moment on the calendar and clock of a zone. */
interface Moment {
  readonly epoch: number;
  readonly offset: number;
  readonly year: number;
  /** 0–11. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0–6 from Sunday. */
  readonly weekday: number;
  /** 0–365. */
  readonly yearDay: number;
  readonly zone: TimeZone;
}

type Part = string | ((moment: Moment) => string);

/** A compiled date format. */
export type DateFormat = (second: number, zone: TimeZone) => string;

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** What the C locale writes for these. */
const COMPOSED: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

const hour12 = (moment: Moment): number => moment.hour % 12 || 12;
const half = (moment: Moment): string => (moment.hour < 12 ? "AM" : "PM");
/** Days since the last such weekday began the week, 0–6. */
const mondayBased = (moment: Moment): number => (moment.weekday + 6) % 7;

/** Numbers: value, digits, what fills them up. */
const NUMBERS: Readonly<Record<string, readonly [value: (moment: Moment) => number, width: number, fill: string]>> = {
  C: [(m) => Math.floor(m.year / 100), 2, "0"],
  d: [(m) => m.day, 2, "0"],
  e: [(m) => m.day, 2, " "],
  g: [(m) => ((isoWeek(m).year % 100) + 100) % 100, 2, "0"],
  G: [(m) => isoWeek(m).year, 1, "0"],
  H: [(m) => m.hour, 2, "0"],
  I: [hour12, 2, "0"],
  j: [(m) => m.yearDay + 1, 3, "0"],
  k: [(m) => m.hour, 2, " "],
  l: [hour12, 2, " "],
  m: [(m) => m.month + 1, 2, "0"],
  M: [(m) => m.minute, 2, "0"],
  s: [(m) => m.epoch, 1, "0"],
  S: [(m) => m.second, 2, "0"],
  u: [(m) => mondayBased(m) + 1, 1, "0"],
  U: [(m) => Math.floor((m.yearDay + 7 - m.weekday) / 7), 2, "0"],
  V: [(m) => isoWeek(m).week, 2, "0"],
  w: [(m) => m.weekday, 1, "0"],
  W: [(m) => Math.floor((m.yearDay + 7 - mondayBased(m)) / 7), 2, "0"],
  y: [(m) => ((m.year % 100) + 100) % 100, 2, "0"],
  Y: [(m) => m.year, 1, "0"],
};

const TEXTS: Readonly<Record<string, (moment: Moment) => string>> = {
  a: (m) => DAYS[m.weekday]!.slice(0, 3),
  A: (m) => DAYS[m.weekday]!,
  b: (m) => MONTHS[m.month]!.slice(0, 3),
  B: (m) => MONTHS[m.month]!,
  h: (m) => MONTHS[m.month]!.slice(0, 3),
  n: () => "\n",
  p: half,
  P: (m) => half(m).toLowerCase(),
  t: () => "\t",
  z: zoneOffset,
  Z: (m) => m.zone.nameAt(m.epoch),
  "%": () => "%",
};

function zoneOffset({ offset }: Moment): string {
  const size = Math.floor(Math.abs(offset) / 60);
  return (offset < 0 ? "-" : "+") + String(Math.floor(size / 60) * 100 + (size % 60)).padStart(4, "0");
}

/** ISO 8601: weeks begin on Monday and belong to the year that holds their Thursday. */
function isoWeek(moment: Moment): { readonly year: number; readonly week: number } {
  const thursday = moment.yearDay + 3 - mondayBased(moment);
  if (thursday < 0) {
    const days = isLeap(moment.year - 1) ? 366 : 365;
    return { year: moment.year - 1, week: Math.floor((thursday + days) / 7) + 1 };
  }
  const days = isLeap(moment.year) ? 366 : 365;
  if (thursday >= days) return { year: moment.year + 1, week: 1 };
  return { year: moment.year, week: Math.floor(thursday / 7) + 1 };
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

// glibc's grammar: flags, least width, a modifier, the letter. In the C locale modifiers change nothing, but each goes with some letters only.
const MODIFIED: Readonly<Record<string, string>> = { E: "cCnpPrRstTuxXyYzZ%", O: "bBCdegGhHIjklmMnpPrRsStTuUVwWyzZ%" };
const DIRECTIVE = /%([_0^#-]*)(\d*)([EO]?)([A-Za-z%])/y;

/** Compiles a date format; directives that nobody defines stay as they are written. */
export function compileDateFormat(format: string): DateFormat {
  const parts: Part[] = [];
  addParts(parts, format);
  return (second, zone) => {
    const moment = momentAt(second, zone);
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : part(moment);
    return text;
  };
}

function addParts(parts: Part[], format: string): void {
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf("%", at);
    if (percent < 0) {
      parts.push(format.slice(at));
      return;
    }
    if (percent > at) parts.push(format.slice(at, percent));
    DIRECTIVE.lastIndex = percent;
    const match = DIRECTIVE.exec(format);
    const [whole = "", flags = "", width = "", modifier = "", letter = ""] = match ?? [];
    const known = match !== null && (modifier === "" || MODIFIED[modifier]!.includes(letter));
    const part = known ? directive(flags, width, letter) : undefined;
    at = percent + (part === undefined ? 1 : whole.length);
    if (part === undefined) parts.push("%");
    else if (typeof part === "string") addParts(parts, part);
    else parts.push(part);
  }
}

/** A function for one directive, the format it stands for, or nothing when there is no such directive. */
function directive(flags: string, widthText: string, letter: string): Part | undefined {
  const width = Math.min(Number(widthText), MOST_WIDTH);
  const padding = flags.replace(/[^_0-]/g, "").slice(-1);
  const cased = withCase(flags, letter);
  const number = NUMBERS[letter];
  if (number !== undefined) {
    const [value, digits, usual] = number;
    const fill = padding === "_" || padding === "-" ? " " : padding === "0" ? "0" : usual;
    const least = Math.max(padding === "-" ? 1 : digits, width);
    return (moment) => padded(value(moment), least, fill);
  }
  const composed = COMPOSED[letter];
  if (composed !== undefined && flags === "" && width === 0) return composed;
  const text = composed === undefined ? TEXTS[letter] : composedText(composed);
  if (text === undefined) return undefined;
  return (moment) => cased(text(moment)).padStart(width, padding === "0" ? "0" : " ");
}

function composedText(format: string): (moment: Moment) => string {
  const parts: Part[] = [];
  addParts(parts, format);
  return (moment) => parts.map((part) => (typeof part === "string" ? part : part(moment))).join("");
}

function padded(value: number, width: number, fill: string): string {
  const size = String(Math.abs(value));
  return value < 0 ? `-${size.padStart(width - 1, fill)}` : size.padStart(width, fill);
}

function withCase(flags: string, letter: string): (text: string) => string {
  // `#` turns the case of words around: AM/PM and zone names become small, names of days and months large.
  if (flags.includes("#") && "pZ".includes(letter)) return (text) => text.toLowerCase();
  if (flags.includes("#") && "aAbBh".includes(letter)) return (text) => text.toUpperCase();
  return flags.includes("^") ? (text) => text.toUpperCase() : (text) => text;
}

function momentAt(epoch: number, zone: TimeZone): Moment {
  const offset = zone.offsetAt(epoch);
  const date = new Date((epoch + offset) * 1000);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  const firstDay = new Date(0).setUTCFullYear(year, 0, 1);
  return {
    epoch,
    offset,
    year,
    month,
    day,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    yearDay: Math.floor((date.getTime() - firstDay) / 86_400_000),
    zone,
  };
}

// What a Date can hold, less a day for the zone's offset.
const LAST_SECOND = 8_640_000_000_000 - 86_400;

/** Rounds a time in seconds down to whole ones; throws for what is no time. */
export function wholeSecond(epochSeconds: number): number {
  const second = Math.floor(epochSeconds);
  if (Math.abs(second) <= LAST_SECOND) return second;
  const given = typeof epochSeconds === "number" ? epochSeconds : typeof epochSeconds;
  throw new LoggingError("TIME_INVALID", `${given} is no time; give seconds since 1970`);
}

const compiled = new Map<string, DateFormat>();
const MOST_COMPILED = 100;

/** The compiled form of a date format, remembered. */
export function dateFormat(format: string): DateFormat {
  let result = compiled.get(format);
  if (result === undefined) {
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(format, (result = compileDateFormat(format)));
  }
  return result;
}

/**
 * C's `strftime` in the C locale, with glibc's flags and widths.
 * @param epochSeconds Seconds since 1970; a fraction is rounded down. Throws a `LoggingError` for what is no time.
 * @param timeZone `"local"`, `"utc"` or an IANA name. Default `"local"`.
 */
export const strftime = (format: string, epochSeconds: number, timeZone = "local"): string =>
  dateFormat(format)(wholeSecond(epochSeconds), timeZoneOf(timeZone));
