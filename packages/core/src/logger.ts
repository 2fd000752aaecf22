import { interpret } from "./call.js";
import { framesBelowCall } from "./call-site.js";
import { excluding, type FilterLike, frozen, passFilters } from "./filter.js";
import type { HandlerLike } from "./handler.js";
import { getLastResort } from "./last-resort.js";
import { checkLevel, type Level } from "./levels.js";
import { guard, LogMethods, report } from "./log-methods.js";
import { type Fields, LogRecord, type LogRecordInit, merge } from "./record.js";
import { shared } from "./shared.js";
import { register } from "./shutdown.js";
import { getLogger } from "./tree.js";
import { attempt, isObject, isPlainObject, NONE } from "./values.js";

/** What may be set on a logger. */
interface Settings {
  level: number;
  parent: Logger | null;
  propagate: boolean;
  disabled: boolean;
  handlers: readonly HandlerLike[];
  filters: readonly FilterLike[];
}

const DEFAULTS: Settings = { level: 0, parent: null, propagate: true, disabled: false, handlers: NONE, filters: NONE };

/** What becomes of a value assigned to a setting. */
const CHECKS: { readonly [K in keyof Settings]?: (value: Settings[K]) => Settings[K] } = {
  level: checkLevel,
  handlers(handlers) {
    const list = frozen(handlers, "handle");
    list.forEach(register);
    return list;
  },
  filters: (filters) => frozen(filters, "filter"),
};

export interface WithOptions {
  /** Frames of wrappers between the logging method and the call that matters. Default 0. */
  readonly callSiteSkip?: number;
  /** Puts the stack below the call on each record. Default `false`. */
  readonly stackInfo?: boolean;
}

/** A named place in the tree of loggers. Get one by `getLogger(name)`. */
export class Logger extends LogMethods {
  declare readonly name: string;
  /** The level set here; 0 (`NOTSET`): that of the parent. A name may be assigned too. */
  declare level: number;
  /** The nearest logger above that exists; `null` for the root. */
  declare parent: Logger | null;
  /** Whether records go on to the handlers of the loggers above. */
  declare propagate: boolean;
  /** Whether this logger is off. Its handlers still get the records of the loggers below. */
  declare disabled: boolean;
  /** The handlers of this logger, frozen: replaced at each change, so that a list once read can be walked safely. */
  declare handlers: readonly HandlerLike[];
  /** The filters of this logger, frozen; they see only what is logged here, never what comes up from below. */
  declare filters: readonly FilterLike[];
  /** The lowest level that is on, with everything that bears on it: own and inherited level, `disabled`, `disable`. @internal */
  declare floor: number;
  /** The level in force: the nearest one set on the way to the root. @internal */
  declare levelno: number;
  /** Loggers whose parent this is. @internal */
  readonly loggers: Set<Logger> = new Set();
  /** The logger itself, also when asked through a view. @internal */
  declare readonly me: this;
  /** @internal */
  declare readonly bound: Fields | undefined;
  /** @internal */
  readonly site: number = 0;
  /** @internal */
  declare readonly stack: boolean | undefined;
  #settings: Settings;
  // The handlers up to the root, right while `#seen` is the number of changes.
  #path: readonly HandlerLike[] = [];
  #seen: number | undefined;
  // What these handlers read after the call has returned, such as its site.
  #uses: readonly string[] = [];

  static {
    // One accessor a setting: read through views, checked when assigned, and told to everything that depends on it.
    for (const key in DEFAULTS) {
      Object.defineProperty(this.prototype, key, {
        get(this: Logger) {
          return this.me.#settings[key as keyof Settings];
        },
        set(this: Logger, value: never) {
          this.me.#set(key as keyof Settings, CHECKS[key as keyof Settings]?.(value) ?? value);
        },
      });
    }
  }

  /** @throws LoggingError for an unknown level. */
  constructor(name: string, level: Level = 0) {
    super();
    this.name = name;
    this.me = this;
    this.#settings = { ...DEFAULTS, level: checkLevel(level) };
    this.levels();
  }

  #set<K extends keyof Settings>(key: K, value: Settings[K]): void {
    if (key === "parent") {
      this.parent?.loggers.delete(this);
      (value as Logger | null)?.loggers.add(this);
    }
    this.#settings[key] = value;
    shared.changes++;
    this.levels();
  }

  /** @throws LoggingError for an unknown level. */
  setLevel(level: Level): void {
    this.level = level as number;
  }

  /** Whether a record at this level would be made. @throws LoggingError for an unknown level. */
  isEnabledFor(level: Level): boolean {
    const number = checkLevel(level);
    return this.floor <= number && this.me.#decide(number);
  }

  /** The level in force: the nearest one set on the way to the root. */
  getEffectiveLevel(): number {
    return this.levelno;
  }

  /** Adds a handler once. @throws LoggingError when it has no `handle`. */
  addHandler(handler: HandlerLike): void {
    this.handlers = [...this.handlers, handler];
  }

  removeHandler(handler: HandlerLike): void {
    this.handlers = excluding(this.handlers, handler);
  }

  /** Whether a record logged here would find a handler, here or above. */
  hasHandlers(): boolean {
    return this.me.#handlersOnPath().length > 0;
  }

  /** Adds a filter once. @throws LoggingError when it is neither a function nor an object with `filter`. */
  addFilter(filter: FilterLike): void {
    this.filters = [...this.filters, filter];
  }

  removeFilter(filter: FilterLike): void {
    this.filters = excluding(this.filters, filter);
  }

  /** The logger below this one with the suffix, which may hold dots. */
  getChild(suffix: string): Logger {
    return getLogger(this.parent ? `${this.name}.${suffix}` : suffix);
  }

  /** The loggers directly below that exist. */
  getChildren(): Set<Logger> {
    const prefix = this.parent ? this.name.length + 1 : 0;
    return new Set([...this.loggers].filter((child) => !child.name.includes(".", prefix)));
  }

  /**
   * A view on this logger that adds fields to each record. Not a logger of the tree: what is set on it is set on the logger. Views nest.
   * @param fields kept by reference unless views nest.
   */
  with(fields: Fields, { callSiteSkip = 0, stackInfo = this.stack }: WithOptions = {}): this {
    const { bound } = this;
    return Object.assign(Object.create(this.me) as this, {
      bound: bound ? merge(bound, fields) : fields,
      site: this.site + callSiteSkip,
      stack: stackInfo,
    });
  }

  /** Hands a record to the filters of this logger and the handlers here and above. The logger's level is not looked at. Never throws. */
  handle(record: LogRecord): void {
    const { me } = this;
    const { disabled, filters } = me.#settings;
    if (disabled) return;
    const current = filters === NONE ? record : guard("filter", () => passFilters(filters, record), record, record);
    if (!current) return;
    const own = me.#handlersOnPath();
    const path = own.length ? own : [getLastResort()];
    for (const name of me.#uses) void current[name as "name"];
    const level = current.levelno;
    for (const handler of path) {
      try {
        if (handler && level >= handler.level) handler.handle(current);
      } catch (error) {
        report("handler", error, current);
      }
    }
  }

  /**
   * The boundary of the call site: above it on the stack stands the method that was called. Its bytecode is longer than the 460 bytes that V8
   * puts into callers: compiled again in each logging method and loop, it costs a short run a twentieth. @internal
   */
  call(level: number, message: unknown, args: readonly unknown[], thrown?: unknown): void {
    try {
      const { me } = this;
      if (shared.decider && !me.#decide(level)) return;
      let msg = message;
      let values: readonly unknown[] | object = args;
      let error = thrown;
      let fields: Fields | undefined;
      for (const value of args) if (isObject(value)) fields = value;
      // Most calls are a text with plain values, or a text without conversions and one object of fields.
      if (typeof message === "string" && (!fields || (args.length === 1 && isPlainObject(fields) && !message.includes("%")))) {
        if (fields || !args.length) values = NONE;
      } else ({ msg, args: values, error, fields } = interpret(message, args, thrown));
      // A literal right at the constructor costs nothing.
      const made = new LogRecord({
        name: me.name,
        levelno: level,
        msg,
        args: values,
        error,
        fields,
        bound: this.bound,
        context: shared.storage?.getStore(),
        site: this.site,
        stackInfo: this.stack
          ? `Stack (most recent call first):\n${framesBelowCall(this.site, 100)
              .map(([line]) => line)
              .join("\n")}`
          : null,
      });
      const record = shared.factory ? remake(made) : made;
      me.handle(record);
      // The call has returned: what was not read of its site by now cannot be read any more.
      if (typeof record.site === "number") record.site = undefined;
    } catch (error) {
      report("call", error);
    }
  }

  /** Works out `levelno` and `floor` again, here and below, after something that bears on them has changed. @internal */
  levels(): void {
    const { level, parent, disabled } = this.#settings;
    this.levelno = level || (parent?.levelno ?? 0);
    // `disable` is a floor under every level, and levels up to 0 are never on.
    this.floor = disabled ? Infinity : Math.max(Math.min(this.levelno, shared.decider?.level ?? Infinity), shared.disable + 1);
    this.loggers.forEach((child) => {
      child.levels();
    });
  }

  #decide(level: number): boolean {
    return attempt(() => shared.decider?.decide(this, level)) ?? level >= this.levelno;
  }

  #handlersOnPath(): readonly HandlerLike[] {
    if (this.#seen === shared.changes) return this.#path;
    const path: HandlerLike[] = [];
    for (let logger: Logger | null = this; logger; logger = logger.propagate ? logger.parent : null) path.push(...logger.handlers);
    this.#uses = path.flatMap((handler) => attempt(() => handler.uses) ?? []);
    this.#seen = shared.changes;
    return (this.#path = path);
  }
}

/** The record that the factory makes of a record's facts. */
function remake(record: LogRecord): LogRecord {
  return guard("record factory", () => shared.factory?.(record as LogRecordInit), record) ?? record;
}
