import type { ErrorReport } from "./error-reporter.js";
import type { HandlerLike } from "./handler.js";
import type { LevelDecider } from "./level-decider.js";
import type { Level } from "./levels.js";
import type { Logger } from "./logger.js";
import type { LogRecord, LogRecordInit } from "./record.js";

/** What carries fields along asynchronous calls: Node's AsyncLocalStorage, or a stand-in for one synchronous call. */
export interface ContextStorage {
  getStore(): object | undefined;
  run<T>(store: object, fn: () => T): T;
}

/**
 * What all copies of core in a process share, under `Symbol.for("@cordwood/core.v1")` on `globalThis`.
 * Additive only: a copy never removes or re-types a member, and looks before it relies on one that was added after 1.0.
 */
export interface SharedLogging {
  /** Loggers by name; a `Set` is a placeholder: the loggers below a name that nobody has asked for. */
  readonly loggers: Map<string, Logger | Set<Logger>>;
  root?: Logger | undefined;
  /** Names to numbers, and each number to its newest name. */
  readonly levels: Map<Level, Level>;
  /** Everything at or below it is off. */
  disable: number;
  /** Open handlers, oldest first: what `shutdown` and the flush at exit go through. */
  readonly handlers: Set<HandlerLike>;
  readonly names: Map<string, HandlerLike>;
  /** `null`: silence; `undefined`: the standard one. */
  last?: HandlerLike | null | undefined;
  reporter?: ((report: ErrorReport) => void) | null | undefined;
  /** When each cause was last reported, and what has been held back since. */
  readonly reports: Map<string, { at: number; held: number; lost: number }>;
  factory?: ((init: LogRecordInit) => LogRecord) | null | undefined;
  logger?: (new (name: string, level?: number) => Logger) | undefined;
  decider?: LevelDecider | null | undefined;
  storage?: ContextStorage | undefined;
  /** Counts changes to handlers, parents and propagation; loggers keep their path of handlers until it moves. */
  changes: number;
  /** Whether the flush at exit has been arranged. */
  exit?: boolean;
  processName?: string | undefined;
  threadName?: string | undefined;
  /** Console methods as they were before `captureConsole`. */
  console?: Record<string, (...args: unknown[]) => void> | undefined;
  /** When this process's logging began, in epoch milliseconds. */
  readonly start: number;
}

/** The standard levels; of two names of a number the later one is shown. */
export const STANDARD_LEVELS = { NOTSET: 0, TRACE: 5, DEBUG: 10, INFO: 20, WARN: 30, WARNING: 30, ERROR: 40, FATAL: 50, CRITICAL: 50 };

/** What there is at the beginning. */
export const create = (): SharedLogging => ({
  loggers: new Map(),
  levels: new Map<Level, Level>(Object.entries(STANDARD_LEVELS).flatMap((pair) => [pair, [...pair].reverse()] as [Level, Level][])),
  handlers: new Set(),
  names: new Map(),
  reports: new Map(),
  disable: 0,
  changes: 1,
  start: Date.now(),
});

/** The one record of this process. */
export const shared: SharedLogging = /* @__PURE__ */ ((globalThis as { [key: symbol]: SharedLogging })[Symbol.for("@cordwood/core.v1")] ??=
  create());
