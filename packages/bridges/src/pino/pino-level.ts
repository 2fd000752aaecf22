import { attempt, CRITICAL, checkLevel, DEBUG, ERROR, INFO, TRACE, WARNING } from "@cordwood/core";

/** Pino's level methods. */
export type PinoMethod = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

const METHODS: readonly (readonly [number, PinoMethod])[] = [
  [CRITICAL, "fatal"],
  [ERROR, "error"],
  [WARNING, "warn"],
  [INFO, "info"],
  [DEBUG, "debug"],
];

const LABELS: Readonly<Record<string, number>> = {
  trace: TRACE,
  debug: DEBUG,
  info: INFO,
  warn: WARNING,
  error: ERROR,
  fatal: CRITICAL,
};

/** The method for a level: that of the standard level at or below it. */
export const pinoMethod = (levelno: number): PinoMethod => METHODS.find(([from]) => levelno >= from)?.[1] ?? "trace";

/** The level of a pino line: 10, 20 … 60 are TRACE, DEBUG … CRITICAL, numbers between stay between, a label is a name; INFO for anything else. */
export function levelOfPino(level: unknown): number {
  if (typeof level === "number" && Number.isFinite(level)) return Math.max(1, Math.round(level >= 20 ? level - 10 : level / 2));
  if (typeof level !== "string") return INFO;
  const label = level.toLowerCase();
  if (Object.hasOwn(LABELS, label)) return LABELS[label] as number;
  return attempt(() => checkLevel(level.toUpperCase()), INFO);
}
