import { LoggingError } from "@cordwood/core";

/** Names of the priorities, CPython's table; the lower the number, the worse. RFC 5424 §6.2.1, table 2. */
export const SYSLOG_PRIORITIES: Readonly<Record<string, number>> = Object.freeze({
  __proto__: null,
  alert: 1,
  crit: 2,
  critical: 2,
  debug: 7,
  emerg: 0,
  err: 3,
  error: 3,
  info: 6,
  notice: 5,
  panic: 0,
  warn: 4,
  warning: 4,
} as unknown as Record<string, number>);

/** Names of the facilities, CPython's table. RFC 5424 §6.2.1, table 1. */
export const SYSLOG_FACILITIES: Readonly<Record<string, number>> = Object.freeze({
  __proto__: null,
  auth: 4,
  authpriv: 10,
  console: 14,
  cron: 9,
  daemon: 3,
  ftp: 11,
  kern: 0,
  lpr: 6,
  mail: 2,
  news: 7,
  ntp: 12,
  security: 13,
  "solaris-cron": 15,
  syslog: 5,
  user: 1,
  uucp: 8,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as unknown as Record<string, number>);

/** What CPython makes of the level names; any other is a warning. */
const LEVEL_PRIORITIES: Readonly<Record<string, string>> = Object.freeze({
  __proto__: null,
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warning",
  ERROR: "error",
  CRITICAL: "critical",
} as unknown as Record<string, string>);

/** The number of a facility, by name or as it is. @throws LoggingError `SYSLOG_FACILITY_UNKNOWN` */
export const facilityNumber = (facility: string | number): number =>
  numberOf(facility, SYSLOG_FACILITIES, "SYSLOG_FACILITY_UNKNOWN", "facility");

/** The number of a priority, by name or as it is. @throws LoggingError `SYSLOG_PRIORITY_UNKNOWN` */
export const priorityNumber = (priority: string | number): number =>
  numberOf(priority, SYSLOG_PRIORITIES, "SYSLOG_PRIORITY_UNKNOWN", "priority");

/** RFC 5424 §6.2.1: facility × 8 + severity. Names as in Python, case sensitive. */
export const encodePriority = (facility: string | number, priority: string | number): number =>
  (facilityNumber(facility) << 3) | priorityNumber(priority);

/** The priority's name for a level's name; `"warning"` for one that syslog does not know. */
export const mapPriority = (levelname: string): string => LEVEL_PRIORITIES[levelname] ?? "warning";

/** RFC 5424 severities for level numbers, custom ones between the standard ones included. */
export const severityOfLevel = (levelno: number): number => {
  if (levelno >= 50) return 2;
  if (levelno >= 40) return 3;
  if (levelno >= 30) return 4;
  return levelno >= 20 ? 6 : 7;
};

const numberOf = (value: string | number, table: Readonly<Record<string, number>>, code: string, what: string): number => {
  // Numbers beyond the tables are taken as they are, as in CPython.
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  const known = typeof value === "string" ? table[value] : undefined;
  if (known !== undefined) return known;
  throw new LoggingError(
    code,
    `SysLogHandler: unknown ${what} ${JSON.stringify(value)}; give a number or one of ${Object.keys(table).join(", ")}`,
  );
};
