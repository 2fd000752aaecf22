import type { ErrorReport } from "./error-reporter.js";
import type { HandlerLike } from "./handler.js";
import type { LevelDecider } from "./level-decider.js";
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
  root: Logger | undefined;
  readonly levelNames: Map<number, string>;
  readonly levelNumbers: Map<string, number>;
  /** Everything at or below it is off. */
  disable: number;
  /** Open handlers, oldest first: what `shutdown` and the flush at exit go through. */
  readonly handlers: Set<HandlerLike>;
  readonly handlerNames: Map<string, HandlerLike>;
  /** `undefined`: the standard one, made on first use. */
  lastResort: HandlerLike | null | undefined;
  errorReporter: ((report: ErrorReport) => void) | null;
  /** When each cause was last reported, and what has been held back since. */
  readonly reports: Map<string, { at: number; held: number; lost: number }>;
  recordFactory: ((init: LogRecordInit) => LogRecord) | null;
  loggerClass: (new (name: string, level?: number) => Logger) | null;
  levelDecider: LevelDecider | null;
  contextStorage: ContextStorage | null;
  /** Counts changes to handlers, parents and propagation; loggers keep their path of handlers until it moves. */
  changes: number;
  exitHook: boolean;
  processName: string | null;
  threadName: string | null;
  /** Console methods as they were before `captureConsole`. */
  console: Record<string, (...args: unknown[]) => void> | null;
  /** The function whose stack frame ends where the call site begins. */
  boundary: ((...args: never[]) => unknown) | null;
  /** When this process's logging began, in epoch milliseconds. */
  readonly startedMs: number;
}

const KEY = Symbol.for("@cordwood/core.v1");

const NAMES: readonly (readonly [string, number])[] = [
  ["NOTSET", 0],
  ["TRACE", 5],
  ["DEBUG", 10],
  ["INFO", 20],
  ["WARN", 30],
  ["WARNING", 30],
  ["ERROR", 40],
  ["FATAL", 50],
  ["CRITICAL", 50],
];

/** Puts everything but the tree itself to its first state. */
export function initial(): Omit<SharedLogging, "loggers" | "handlers" | "handlerNames" | "reports" | "levelNames" | "levelNumbers" | "startedMs"> {
  return {
    root: undefined,
    disable: 0,
    lastResort: undefined,
    errorReporter: null,
    recordFactory: null,
    loggerClass: null,
    levelDecider: null,
    contextStorage: null,
    changes: 1,
    exitHook: false,
    processName: null,
    threadName: null,
    console: null,
    boundary: null,
  };
}

/** Fills the two tables with the standard names; the later name of a number is the one shown. */
export function standardLevels(state: Pick<SharedLogging, "levelNames" | "levelNumbers">): void {
  state.levelNames.clear();
  state.levelNumbers.clear();
  for (const [name, number] of NAMES) {
    state.levelNumbers.set(name, number);
    state.levelNames.set(number, name);
  }
}

function create(): SharedLogging {
  const holder = globalThis as { [KEY]?: SharedLogging };
  if (holder[KEY] === undefined) {
    const state: SharedLogging = {
      ...initial(),
      loggers: new Map(),
      levelNames: new Map(),
      levelNumbers: new Map(),
      handlers: new Set(),
      handlerNames: new Map(),
      reports: new Map(),
      startedMs: Date.now(),
    };
    standardLevels(state);
    Object.defineProperty(holder, KEY, { value: state });
  }
  return holder[KEY] as SharedLogging;
}

/** The one record of this process. */
export const shared: SharedLogging = /* @__PURE__ */ create();
