import { getLevelNamesMapping } from "@cordwood/core";

/** Facilities of RFC 5424 §6.2.1 by Python's names, for `handlers.SysLogHandler.LOG_USER`. */
const FACILITIES: Readonly<Record<string, number>> = {
  KERN: 0,
  USER: 1,
  MAIL: 2,
  DAEMON: 3,
  AUTH: 4,
  SYSLOG: 5,
  LPR: 6,
  NEWS: 7,
  UUCP: 8,
  CRON: 9,
  AUTHPRIV: 10,
  FTP: 11,
  NTP: 12,
  SECURITY: 13,
  CONSOLE: 14,
  SOLCRON: 15,
  LOCAL0: 16,
  LOCAL1: 17,
  LOCAL2: 18,
  LOCAL3: 19,
  LOCAL4: 20,
  LOCAL5: 21,
  LOCAL6: 22,
  LOCAL7: 23,
};

const PRIORITIES: Readonly<Record<string, number>> = { EMERG: 0, ALERT: 1, CRIT: 2, ERR: 3, WARNING: 4, NOTICE: 5, INFO: 6, DEBUG: 7 };

const CONSTANTS: Readonly<Record<string, unknown>> = {
  "handlers.DEFAULT_TCP_LOGGING_PORT": 9020,
  "handlers.DEFAULT_UDP_LOGGING_PORT": 9021,
  "handlers.DEFAULT_HTTP_LOGGING_PORT": 9022,
  "handlers.DEFAULT_SOAP_LOGGING_PORT": 9023,
  "handlers.SYSLOG_UDP_PORT": 514,
  "handlers.SYSLOG_TCP_PORT": 514,
  "config.DEFAULT_LOGGING_CONFIG_PORT": 9030,
  // Python's own numbers on every platform that it calls POSIX.
  "socket.SOCK_STREAM": 1,
  "socket.SOCK_DGRAM": 2,
  BASIC_FORMAT: "%(levelname)s:%(name)s:%(message)s",
};

/**
 * What a dotted name of Python's standard library means here: the process's streams, level names, ports, syslog facilities.
 * Nothing is imported and no object is walked. `undefined`: the name is not among them.
 */
export const pythonName = (dotted: string): { readonly value: unknown } | undefined => {
  const name = dotted.startsWith("logging.") ? dotted.slice("logging.".length) : dotted;
  if (name === "sys.stdout" || name === "sys.__stdout__") return { value: process.stdout };
  if (name === "sys.stderr" || name === "sys.__stderr__") return { value: process.stderr };
  const levels = getLevelNamesMapping();
  if (Object.hasOwn(levels, name)) return { value: levels[name] };
  if (Object.hasOwn(CONSTANTS, name)) return { value: CONSTANTS[name] };
  const syslog = /^handlers\.SysLogHandler\.LOG_([A-Z0-9]+)$/.exec(name)?.[1];
  if (syslog === undefined) return undefined;
  const table = Object.hasOwn(FACILITIES, syslog) ? FACILITIES : PRIORITIES;
  return Object.hasOwn(table, syslog) ? { value: table[syslog] } : undefined;
};

/** Names that {@link pythonName} knows, for suggestions. */
export const pythonNames = (): readonly string[] => [
  "sys.stdout",
  "sys.stderr",
  ...Object.keys(getLevelNamesMapping()),
  ...Object.keys(CONSTANTS),
  ...Object.keys(FACILITIES).map((name) => `handlers.SysLogHandler.LOG_${name}`),
];
