import { reportError } from "./error-reporter.js";
import { checkLevel, type Level } from "./levels.js";
import type { LogRecord } from "./record.js";

/** What has the logging methods: a logger, a view on one, an adapter. Each method holds the number of its level, for the sake of size. */
export abstract class LogMethods {
  /** Calls below it do nothing. @internal */
  abstract readonly floor: number;

  /** Makes and hands on a record; the level has been looked at. @internal */
  abstract call(level: number, message: unknown, args: readonly unknown[], thrown?: unknown): void;

  trace(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 5) this.call(5, message, args);
  }

  debug(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 10) this.call(10, message, args);
  }

  info(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 20) this.call(20, message, args);
  }

  warning(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 30) this.call(30, message, args);
  }

  /** The same as {@link warning}. */
  warn(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 30) this.call(30, message, args);
  }

  error(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 40) this.call(40, message, args);
  }

  critical(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 50) this.call(50, message, args);
  }

  /** The same as {@link critical}. */
  fatal(message: unknown, ...args: unknown[]): void {
    if (this.floor <= 50) this.call(50, message, args);
  }

  /** Logs at ERROR with what was thrown, whatever its type. */
  exception(message: unknown, error: unknown, ...args: unknown[]): void {
    if (this.floor <= 40) this.call(40, message, args, error === undefined ? "undefined" : error);
  }

  /** Logs at any level. An unknown one is reported once and the record kept at WARNING. */
  log(level: Level, message: unknown, ...args: unknown[]): void {
    const number = guard("level", () => checkLevel(level), 30);
    if (this.floor <= number) this.call(number, message, args);
  }
}

/** A failure in one part of a call is reported; the call goes on without it. */
export const report = (part: string, error: unknown, record?: LogRecord): void =>
  reportError({ cause: part, message: `the ${part} failed`, error, record });

/** What one part of a call gives, or `otherwise` and a report. */
export function guard<T>(part: string, work: () => T, otherwise?: T, record?: LogRecord): T {
  try {
    return work();
  } catch (error) {
    report(part, error, record);
    return otherwise as T;
  }
}
