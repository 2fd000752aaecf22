import { interpret } from "./call.js";
import { stackBelowCall } from "./call-site.js";
import { reportError } from "./error-reporter.js";
import { excluding, type FilterLike, including, NO_FILTERS, passFilters } from "./filter.js";
import type { HandlerLike } from "./handler.js";
import { getLastResort } from "./last-resort.js";
import { CRITICAL, checkLevel, DEBUG, ERROR, INFO, type Level, NOTSET, TRACE, WARNING } from "./levels.js";
import { type Fields, LogRecord, NO_ARGS } from "./record.js";
import { shared } from "./shared.js";
import { register } from "./shutdown.js";
import { getChildLogger } from "./tree.js";
import { attempt, show } from "./values.js";

const NO_HANDLERS: readonly HandlerLike[] = Object.freeze([]);

/** Attributes that can be read only while the logging call has not returned. */
const CALL_SITE: ReadonlySet<string> = /* @__PURE__ */ new Set(["pathname", "filename", "module", "lineno", "funcName"]);

export interface WithOptions {
  /** Frames of wrappers between the logging method and the call that matters. Default 0. */
  readonly callSiteSkip?: number;
  /** Puts the stack below the call on each record. Default `false`. */
  readonly stackInfo?: boolean;
}

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
    let number = level as number;
    if (!Number.isInteger(level)) {
      try {
        number = checkLevel(level);
      } catch (error) {
        reportError({ cause: `level ${show(level).slice(0, 100)}`, message: `logging at an unknown level; the record is kept at WARNING`, error });
        number = WARNING;
      }
    }
    if (this.floor <= number) this.call(number, message, args);
  }
}

/** A named place in the tree of loggers. Get one by `getLogger(name)`. */
export class Logger extends LogMethods {
  readonly name: string;
  /** The lowest level that is on, with everything that bears on it: own and inherited level, `disabled`, `disable`. @internal */
  floor = 0;
  /** The level in force: the nearest one set on the way to the root. @internal */
  effective: number = NOTSET;
  /** Loggers whose parent this is. @internal */
  readonly children: Set<Logger> = new Set();
  /** The logger itself, also when asked through a view. @internal */
  readonly self: this;
  /** @internal */
  readonly bound: Fields | undefined = undefined;
  /** @internal */
  readonly skip: number = 0;
  /** @internal */
  readonly stack: boolean = false;
  #level: number;
  #parent: Logger | null = null;
  #propagate = true;
  #disabled = false;
  #handlers: readonly HandlerLike[] = NO_HANDLERS;
  #filters: readonly FilterLike[] = NO_FILTERS;
  // The handlers up to the root, right while `#seen` is the number of changes.
  #path: readonly HandlerLike[] = NO_HANDLERS;
  #seen = 0;
  #needsSite = false;

  /** @throws LoggingError for an unknown level. */
  constructor(name: string, level: Level = NOTSET) {
    super();
    this.name = name;
    this.self = this;
    this.#level = checkLevel(level);
    shared.boundary ??= Logger.prototype.call;
    this.refresh();
  }

  /** The level set here; 0 (`NOTSET`): that of the parent. */
  get level(): number {
    return this.self.#level;
  }

  set level(level: Level) {
    this.self.#level = checkLevel(level);
    this.self.refresh();
  }

  /** The nearest logger above that exists; `null` for the root. */
  get parent(): Logger | null {
    return this.self.#parent;
  }

  set parent(parent: Logger | null) {
    const { self } = this;
    self.#parent?.children.delete(self);
    self.#parent = parent;
    parent?.children.add(self);
    shared.changes++;
    self.refresh();
  }

  /** Whether records go on to the handlers of the loggers above. */
  get propagate(): boolean {
    return this.self.#propagate;
  }

  set propagate(propagate: boolean) {
    this.self.#propagate = Boolean(propagate);
    shared.changes++;
  }

  /** Whether this logger is off. Its handlers still get the records of the loggers below. */
  get disabled(): boolean {
    return this.self.#disabled;
  }

  set disabled(disabled: boolean) {
    this.self.#disabled = Boolean(disabled);
    this.self.refresh();
  }

  /** The handlers of this logger, frozen: replaced at each change, so that a list once read can be walked safely. */
  get handlers(): readonly HandlerLike[] {
    return this.self.#handlers;
  }

  /** Replaces all handlers at once. */
  set handlers(handlers: readonly HandlerLike[]) {
    let list = NO_HANDLERS;
    for (const handler of handlers) list = including(list, handler, "handle");
    this.self.#handlers = list;
    shared.changes++;
    for (const handler of list) register(handler);
  }

  /** The filters of this logger, frozen; they see only what is logged here, never what comes up from below. */
  get filters(): readonly FilterLike[] {
    return this.self.#filters;
  }

  /** Replaces all filters at once. */
  set filters(filters: readonly FilterLike[]) {
    let list = NO_FILTERS;
    for (const filter of filters) list = including(list, filter, "filter");
    this.self.#filters = list;
  }

  /** @throws LoggingError for an unknown level. */
  setLevel(level: Level): void {
    this.level = level as number;
  }

  /** Whether a record at this level would be made. @throws LoggingError for an unknown level. */
  isEnabledFor(level: Level): boolean {
    const number = checkLevel(level);
    return this.floor <= number && (shared.levelDecider === null || this.self.#decide(number));
  }

  /** The level in force: the nearest one set on the way to the root. */
  getEffectiveLevel(): number {
    return this.effective;
  }

  /** Adds a handler once. @throws LoggingError when it has no `handle`. */
  addHandler(handler: HandlerLike): void {
    this.handlers = including(this.handlers, handler, "handle");
  }

  removeHandler(handler: HandlerLike): void {
    this.handlers = excluding(this.handlers, handler);
  }

  /** Whether a record logged here would find a handler, here or above. */
  hasHandlers(): boolean {
    return this.self.#pathOfHandlers().length > 0;
  }

  /** Adds a filter once. @throws LoggingError when it is neither a function nor an object with `filter`. */
  addFilter(filter: FilterLike): void {
    this.self.#filters = including(this.filters, filter, "filter");
  }

  removeFilter(filter: FilterLike): void {
    this.self.#filters = excluding(this.filters, filter);
  }

  /** The logger below this one with the suffix, which may hold dots. */
  getChild(suffix: string): Logger {
    return getChildLogger(this, suffix);
  }

  /** The loggers directly below that exist. */
  getChildren(): Set<Logger> {
    const depth = (logger: Logger): number => (logger.parent === null ? 0 : logger.name.split(".").length);
    return new Set([...this.children].filter((child) => depth(child) === depth(this) + 1));
  }

  /**
   * A view on this logger that adds fields to each record. Not a logger of the tree: what is set on it is set on the logger. Views nest.
   * @param fields kept by reference unless views nest.
   */
  with(fields: Fields, options: WithOptions = {}): this {
    const view = Object.create(this.self) as this;
    return Object.assign(view, {
      bound: this.bound === undefined ? fields : { ...this.bound, ...fields },
      skip: this.skip + (options.callSiteSkip ?? 0),
      stack: options.stackInfo ?? this.stack,
    });
  }

  /** Hands a record to the filters of this logger and the handlers here and above. The logger's level is not looked at. Never throws. */
  handle(record: LogRecord): void {
    const { self } = this;
    if (self.#disabled) return;
    let current = record;
    if (self.#filters !== NO_FILTERS) {
      try {
        const kept = passFilters(self.#filters, record);
        if (kept === undefined) return;
        current = kept;
      } catch (error) {
        reportError({ cause: `filter of ${self.name}`, message: `a filter of logger ${JSON.stringify(self.name)} failed; the record is kept`, error, record });
      }
    }
    const path = self.#pathOfHandlers();
    if (self.#needsSite) void current.pathname;
    const level = current.levelno;
    for (let i = 0; i < path.length; i++) {
      const handler = path[i] as HandlerLike;
      try {
        if (level >= handler.level) handler.handle(current);
      } catch (error) {
        reportError({ cause: `handle of ${handler.constructor?.name}`, message: `${handler.constructor?.name} threw out of handle()`, error, record: current, handler });
      }
    }
    if (path.length === 0) {
      const last = getLastResort();
      if (last !== null && level >= last.level) last.handle(current);
    }
  }

  /** The boundary of the call site: above it on the stack stands the method that was called. @internal */
  call(level: number, message: unknown, args: readonly unknown[], thrown?: unknown): void {
    try {
      const { self } = this;
      if (shared.levelDecider !== null && !self.#decide(level)) return;
      let msg = message;
      let rest: readonly unknown[] | object = args.length === 0 ? NO_ARGS : args;
      let error = thrown;
      let fields: Fields | undefined;
      if (typeof message !== "string" || hasObject(args)) {
        const meant = interpret(message, args, thrown);
        msg = meant.msg;
        rest = meant.args;
        error = meant.error;
        fields = meant.fields;
      }
      const init = {
        name: self.name,
        levelno: level,
        msg,
        args: rest,
        error,
        fields,
        bound: this.bound,
        context: shared.contextStorage === null ? undefined : shared.contextStorage.getStore(),
        site: this.skip,
        stackInfo: this.stack ? `Stack (most recent call first):\n${stackBelowCall(this.skip, 100).join("\n")}` : null,
      };
      const record = shared.recordFactory === null ? new LogRecord(init) : make(init);
      self.handle(record);
      record.settle?.();
    } catch (error) {
      reportError({ cause: "logging call", message: `logging at ${JSON.stringify(this.name)} failed: ${attempt(() => show(message), "")}`, error, lost: 1 });
    }
  }

  /** Works out `effective` and `floor` again, here and below, after something that bears on them has changed. @internal */
  refresh(): void {
    this.effective = this.#level || (this.#parent?.effective ?? NOTSET);
    const wanted = shared.levelDecider === null ? this.effective : Math.min(this.effective, shared.levelDecider.level);
    // `disable` is a floor under every level, and levels up to 0 are never on.
    this.floor = this.#disabled ? Number.POSITIVE_INFINITY : Math.max(wanted, shared.disable + 1);
    for (const child of this.children) child.refresh();
  }

  #decide(level: number): boolean {
    return attempt(() => shared.levelDecider?.decide(this, level), undefined) ?? level >= this.effective;
  }

  #pathOfHandlers(): readonly HandlerLike[] {
    if (this.#seen === shared.changes) return this.#path;
    const path: HandlerLike[] = [];
    for (let logger: Logger | null = this; logger !== null; logger = logger.propagate ? logger.parent : null) path.push(...logger.handlers);
    this.#needsSite = path.some((handler) => attempt(() => handler.uses?.some((name) => CALL_SITE.has(name)), false));
    this.#path = path;
    this.#seen = shared.changes;
    return path;
  }
}

function make(init: ConstructorParameters<typeof LogRecord>[0]): LogRecord {
  try {
    return shared.recordFactory?.(init) ?? new LogRecord(init);
  } catch (error) {
    reportError({ cause: "record factory", message: "the record factory failed; a plain record is made", error });
    return new LogRecord(init);
  }
}

function hasObject(args: readonly unknown[]): boolean {
  for (let i = 0; i < args.length; i++) if (typeof args[i] === "object" && args[i] !== null) return true;
  return false;
}
