import { LoggingError } from "@cordwood/core";

/** `"local"`: the zone of the process, also when that is changed later; `"utc"`; or an IANA name such as `"Europe/Berlin"`. */
export type ZoneName = "local" | "utc" | (string & {});

/** A moment as the clocks of a zone show it. */
export interface ZoneTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Monday. */
  readonly weekday: number;
  /** Whether daylight saving time holds. */
  readonly isDst: boolean;
}

const DAY_SECONDS = 86_400;

/** @throws LoggingError `OPTION_INVALID` for a zone that the runtime does not know. */
export function checkZone(zone: ZoneName): ZoneName {
  if (zone !== "local" && zone !== "utc") {
    try {
      formatter(zone);
    } catch (error) {
      throw new LoggingError(
        "OPTION_INVALID",
        `timeZone is ${JSON.stringify(zone)}; give "local", "utc" or an IANA name such as "Europe/Berlin"`,
        { cause: error },
      );
    }
  }
  return zone;
}

/** What the clocks of a zone show at whole epoch seconds. */
export function zoneTime(epochSeconds: number, zone: ZoneName): ZoneTime {
  if (zone === "utc") return { ...calendar(epochSeconds), isDst: false };
  const { offset, isDst } = zoneState(epochSeconds, zone);
  return { ...calendar(epochSeconds + offset), isDst };
}

function calendar(shiftedSeconds: number): Omit<ZoneTime, "isDst"> {
  const date = new Date(shiftedSeconds * 1_000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: (date.getUTCDay() + 6) % 7,
  };
}

/** The offset from UTC in seconds, and whether it is that of daylight saving time. */
function zoneState(epochSeconds: number, zone: ZoneName): { offset: number; isDst: boolean } {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of formatter(zone).formatToParts(epochSeconds * 1_000)) parts[type] = value;
  const [month, day, year, hour, minute, second] = [parts.month, parts.day, parts.year, parts.hour, parts.minute, parts.second].map(
    Number,
  ) as [number, number, number, number, number, number];
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) / 1_000 - epochSeconds;
  // English names tell the zone's own flag ("Pacific Daylight Time"), which the offsets alone do not at a change of standard time.
  const name = parts.timeZoneName ?? "";
  if (/\b(Daylight|Summer)\b/.test(name)) return { offset, isDst: true };
  if (/\bStandard\b/.test(name) || !/^GMT|^UTC/.test(name)) return { offset, isDst: false };
  return { offset, isDst: offset > leastOffsetOfYear(epochSeconds, zone) };
}

/** For zones without names: daylight saving time is what lies above the lower of the year's offsets. */
function leastOffsetOfYear(epochSeconds: number, zone: ZoneName): number {
  let least = Number.POSITIVE_INFINITY;
  for (const quarter of [-2, -1, 1, 2]) least = Math.min(least, plainOffset(epochSeconds + quarter * 91 * DAY_SECONDS, zone));
  return least;
}

function plainOffset(epochSeconds: number, zone: ZoneName): number {
  const name =
    formatter(zone, "longOffset")
      .formatToParts(epochSeconds * 1_000)
      .find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign = "+", hours = "0", minutes = "0", seconds = "0"] = /([+-])(\d+)(?::(\d+))?(?::(\d+))?/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds));
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: ZoneName, timeZoneName: "long" | "longOffset" = "long"): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions = {
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    timeZoneName,
  };
  // The zone of the process changes with `process.env.TZ`.
  const key = `${zone === "local" ? `local ${process.env["TZ"]}` : zone} ${timeZoneName}`;
  const known = formatters.get(key) ?? new Intl.DateTimeFormat("en-US", zone === "local" ? options : { ...options, timeZone: zone });
  formatters.set(key, known);
  return known;
}
