import { reportError } from "./error-reporter.js";
import { CRITICAL, checkLevel, DEBUG, ERROR, INFO, type Level, TRACE, WARNING } from "./levels.js";
import type { LogRecord } from "./record.js";

/** What has the logging methods: a logger, a view on one, an adapter. */
export abstract class LogMethods {
  /** Calls below it do nothing. @internal */
  abstract readonly floor: number;

  /** Makes and hands on a record; the level has been looked at. @internal */
  abstract call(level: number, message: unknown, args: readonly unknown[], thrown?: unknown): void;

  trace(message: unknown, ...args: unknown[]): void {
    if (this.floor <= TRACE) this.call(TRACE, message, args);
  }

  debug(message: unknown, ...args: unknown[]): void {
    if (this.floor <= DEBUG) this.call(DEBUG, message, args);
  }

  info(message: unknown, ...args: unknown[]): void {
    if (this.floor <= INFO) this.call(INFO, message, args);
  }

  warning(message: unknown, ...args: unknown[]): void {
    if (this.floor <= WARNING) this.call(WARNING, message, args);
  }

  /** The same as {@link warning}. */
  warn(message: unknown, ...args: unknown[]): void {
    if (this.floor <= WARNING) this.call(WARNING, message, args);
  }

  error(message: unknown, ...args: unknown[]): void {
    if (this.floor <= ERROR) this.call(ERROR, message, args);
  }

  /** Logs at ERROR with what was thrown, whatever its type. */
  exception(message: unknown, error: unknown, ...args: unknown[]): void {
    if (this.floor <= ERROR) this.call(ERROR, message, args, error === undefined ? "undefined" : error);
  }

  critical(message: unknown, ...args: unknown[]): void {
    if (this.floor <= CRITICAL) this.call(CRITICAL, message, args);
  }

  /** The same as {@link critical}. */
  fatal(message: unknown, ...args: unknown[]): void {
    if (this.floor <= CRITICAL) this.call(CRITICAL, message, args);
  }

  /** Logs at any level. An unknown one is reported once and the record kept at WARNING. */
  log(level: Level, message: unknown, ...args: unknown[]): void {
    const number = Number.isInteger(level) ? (level as number) : guard("level", () => checkLevel(level), WARNING);
    if (this.floor <= number) this.call(number, message, args);
  }
}

/** A failure in one part of a call is reported; the call goes on without it. */
export const report = (part: string, error: unknown, record?: LogRecord): void =>
  reportError({ cause: part, message: `the ${part} of a logging call failed`, error, record });

/** What one part of a call gives, or `otherwise` and a report. */
export function guard<T>(part: string, work: () => T, otherwise: T, record?: LogRecord): T {
  try {
    return work();
  } catch (error) {
    report(part, error, record);
    return otherwise;
  }
}
