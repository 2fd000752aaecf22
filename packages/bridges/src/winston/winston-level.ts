import { attempt, CRITICAL, checkLevel, DEBUG, ERROR, INFO, TRACE, WARNING } from "@cordwood/core";

/** The level names of winston's npm, syslog and cli sets, and those that other sets use. */
const LEVELS: Readonly<Record<string, number>> = {
  emerg: CRITICAL,
  alert: CRITICAL,
  crit: CRITICAL,
  fatal: CRITICAL,
  error: ERROR,
  err: ERROR,
  warn: WARNING,
  warning: WARNING,
  notice: INFO,
  help: INFO,
  data: INFO,
  info: INFO,
  http: DEBUG,
  prompt: DEBUG,
  verbose: DEBUG,
  debug: DEBUG,
  input: TRACE,
  silly: TRACE,
  trace: TRACE,
};

/** Names to look for in a winston logger, best first; those of the levels below follow. */
const CANDIDATES: readonly (readonly [number, readonly string[]])[] = [
  [CRITICAL, ["fatal", "crit", "emerg"]],
  [ERROR, ["error", "err"]],
  [WARNING, ["warn", "warning"]],
  [INFO, ["info", "notice"]],
  [DEBUG, ["debug", "verbose"]],
  [0, ["trace", "silly", "input"]],
];

/** The level of a winston name: one of its own, one that is registered here, or INFO. */
export function levelOfWinston(name: unknown): number {
  if (typeof name !== "string") return INFO;
  return Object.hasOwn(LEVELS, name) ? (LEVELS[name] as number) : attempt(() => checkLevel(name.toUpperCase()), INFO);
}

/**
 * The name a winston logger has for a level. Where its set lacks the level, the next one towards ERROR, so that nothing urgent is taken for less;
 * above ERROR the next one below.
 */
export function winstonName(levelno: number, levels: Readonly<Record<string, number>>): string | undefined {
  const at = CANDIDATES.findIndex(([from]) => levelno >= from);
  const from = at < 0 ? CANDIDATES.length - 1 : at;
  const order =
    from === 0 ? CANDIDATES : [...CANDIDATES.slice(1, from + 1).reverse(), ...CANDIDATES.slice(from + 1), ...CANDIDATES.slice(0, 1)];
  return order.flatMap(([, names]) => names).find((name) => Object.hasOwn(levels, name));
}
