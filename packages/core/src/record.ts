import { type CallSite, captureCallSite, UNKNOWN_SITE } from "./call-site.js";
import { reportError } from "./error-reporter.js";
import { errorText } from "./error-text.js";
import { getLevelName } from "./levels.js";
import { LONGEST_MESSAGE, ON_WIRE } from "./limits.js";
import { formatMessage } from "./printf.js";
import { currentThread, processLike } from "./runtime.js";
import { shared } from "./shared.js";
import { attempt, cut, isObject, NONE, plainData, read, show } from "./values.js";

/** Structured fields: any object, read and never written to. */
export type Fields = object;

/** What a record is made of. */
export interface LogRecordInit {
  /** Name of the logger. */
  readonly name: string;
  /** Number of the level. */
  readonly levelno: number;
  /** The message before its arguments are put in: a format string, or any object. */
  readonly msg: unknown;
  /** What conversions take and values left over; the object itself where the message says `%(key)s`. */
  readonly args?: readonly unknown[] | object;
  /** What was thrown; `undefined` when nothing was. */
  readonly error?: unknown;
  /** Fields of the call. */
  readonly fields?: Fields | undefined;
  /** Fields of `logger.with(…)` and of adapters. */
  readonly bound?: Fields | undefined;
  /** Fields of `withContext`. */
  readonly context?: Fields | undefined;
  /** The stack below the call, as text. */
  readonly stackInfo?: string | null;
  /**
   * Frames of wrappers between the logging method and the call site; given only by a logging call, while which the site can be read.
   * @internal
   */
  readonly site?: number;
}

/** Names of attributes; every other name is a field. The first ones are a record on the wire, in the order of Python's `record.__dict__`. */
const ATTRIBUTES: readonly string[] =
  /* @__PURE__ */ "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs relativeCreated thread threadName processName process taskName excText stackInfo error fields bound context message asctime".split(
    " ",
  );

/** Python's two names that are not ours. */
const attributeOf = (name: string): string => (name === "exc_text" ? "excText" : name === "stack_info" ? "stackInfo" : name);

/** Attributes that a record works out when asked, unless they were assigned. */
const DERIVED = {
  // Read below, from the stack.
  ...UNKNOWN_SITE,
  filename: (record: LogRecord): string => record.pathname.replace(/^.*[\\/]/, ""),
  module: (record: LogRecord): string => record.filename.replace(/(.)\.[^.]*$/, "$1"),
  // A moment before 1970 counts up as well.
  msecs: (record: LogRecord): number => Math.floor((((record.created * 1000 + 0.0005) % 1000) + 1000) % 1000),
  relativeCreated: (record: LogRecord): number => record.created * 1000 - shared.start,
  thread: currentThread,
  // A worker thread has a global object of its own, and with it a name of its own.
  threadName: (): string => shared.threadName ?? (currentThread() ? `Thread-${currentThread()}` : "MainThread"),
  process: (): number => processLike()?.pid ?? 0,
  processName: (): string => shared.processName ?? "MainProcess",
};

/** One logging event: facts about a call, never changed after creation. A filter or handler that needs another shape takes `with(…)`. */
export class LogRecord {
  /** Name of the logger. */
  declare readonly name: string;
  declare readonly levelno: number;
  /** Name of the level when the record was made. */
  declare readonly levelname: string;
  declare readonly msg: unknown;
  declare readonly args: readonly unknown[] | object;
  /** What was thrown, whatever its type; `undefined` when nothing was. */
  declare readonly error: unknown;
  declare readonly fields: Fields | undefined;
  declare readonly bound: Fields | undefined;
  declare readonly context: Fields | undefined;
  /** Seconds since 1970, with a fraction. */
  declare readonly created: number;
  /** The text of `created`, set by the last formatter that used it. */
  declare asctime: string | undefined;
  /** Full path of the source file that made the call; `(unknown file)` when read too late. */
  declare readonly pathname: string;
  /** Line of the call, from 1; 0 when unknown. */
  declare readonly lineno: number;
  /** Function that made the call. */
  declare readonly funcName: string;
  /** Last part of `pathname`. */
  declare readonly filename: string;
  /** `filename` without its extension. */
  declare readonly module: string;
  /** Milliseconds of `created`, whole, 0–999. */
  declare readonly msecs: number;
  /** Milliseconds since logging began in this process. */
  declare readonly relativeCreated: number;
  /** Number of the thread: 0 for the main thread. */
  declare readonly thread: number;
  declare readonly threadName: string;
  /** Number of the process; 0 where there are none. */
  declare readonly process: number;
  declare readonly processName: string;
  /** The stack below the call, as text; `null` unless asked for. */
  declare readonly stackInfo: string | null;
  /** Text of the error made elsewhere (by Python, by another process); `null` on a record of this process. */
  declare readonly excText: string | null;
  /** The layout whose text `text` is. Formatters that were not overridden share it; a handler forgets it when its filters have run. @internal */
  declare layout: unknown;
  /** @internal */
  declare text: string;
  /** The message, once it has been made. @internal */
  declare made: string | undefined;
  /** @internal */
  declare site: number | CallSite | undefined;
  /** Name of the asyncio task in records that come from Python; otherwise `null`. */
  declare readonly taskName: string | null;
  declare private merged: Readonly<Record<string, unknown>> | undefined;
  /** What was assigned in place of derived attributes. @internal */
  declare readonly given: Readonly<Record<string, unknown>> | undefined;

  static {
    // Rare attributes are defaults of the prototype: a record that has none of them stays small.
    Object.assign(this.prototype, { excText: null, stackInfo: null, exc_info: null, taskName: null });
    for (const [key, derive] of Object.entries(DERIVED)) {
      Object.defineProperty(this.prototype, key, {
        get(this: LogRecord) {
          const { given } = this;
          if (given && key in given) return given[key];
          if (typeof derive === "function") return derive(this);
          if (typeof this.site === "number") this.site = captureCallSite(this.site);
          return (this.site ?? UNKNOWN_SITE)[key as "pathname"];
        },
        set(this: { given?: object }, value: unknown) {
          this.given = { ...this.given, [key]: value };
        },
      });
    }
  }

  constructor(init: LogRecordInit) {
    const level = init.levelno;
    this.name = init.name;
    this.levelno = level;
    this.levelname = getLevelName(level) as string;
    this.msg = init.msg;
    this.args = init.args ?? NONE;
    this.error = init.error;
    this.fields = init.fields;
    this.bound = init.bound;
    this.context = init.context;
    this.created = Date.now() / 1000;
    this.site = init.site;
    this.text = (this.asctime = this.layout = this.made = undefined)!;
    if (init.stackInfo) this.stackInfo = init.stackInfo;
  }

  /** The text of the message with its arguments, made once. */
  getMessage(): string {
    const { args } = this;
    return (this.made ??= args === NONE ? show(this.msg) : cut(formatMessage(show(this.msg), args, misfit), LONGEST_MESSAGE));
  }

  /** The text of the message with its arguments. */
  get message(): string {
    return this.getMessage();
  }

  /** Context, bound and call fields merged into one object, later ones winning; made when first read. */
  get extra(): Readonly<Record<string, unknown>> {
    return (this.merged ??= Object.freeze(merge(this.context, this.bound, this.fields)));
  }

  /**
   * A copy with changes: attribute names replace attributes, other names add fields, which win over the record's own.
   * `message` replaces `msg` and `args`; a new `levelno` brings its name.
   */
  with(changes: Readonly<Record<string, unknown>>): LogRecord {
    const { site } = this;
    const copy: Record<string, unknown> = Object.assign(Object.create(Object.getPrototypeOf(this)), this, {
      layout: undefined,
      merged: undefined,
      given: { ...this.given },
      // What is not known of the call site yet is asked of the original, while the call lasts.
      site: typeof site === "number" ? this : site,
    });
    let fields: Record<string, unknown> | undefined;
    for (const key of Object.keys(changes)) {
      const name = attributeOf(key);
      const value = changes[key];
      if (ATTRIBUTES.includes(name)) {
        copy[name === "message" ? "msg" : name] = name === "args" ? argsOf(value) : value;
        if (name === "levelno") copy["levelname"] = changes["levelname"] ?? getLevelName(value as number);
        if (name === "message") copy["args"] = NONE;
        // msg, message, args
        if (/^(m.*g|args)/.test(name)) copy["made"] = undefined;
      } else {
        fields ??= merge((changes["fields"] as Fields) ?? this.fields);
        fields[name] = value;
      }
    }
    if (fields) copy["fields"] = fields;
    return copy as unknown as LogRecord;
  }

  /** The record as plain data: Python's `record.__dict__`, then the fields; the error under `error`. What JSON cannot hold is shown as text. */
  toJSON(): Record<string, unknown> {
    const { error, extra } = this;
    const result: Record<string, unknown> = Object.create(null);
    for (const key of ATTRIBUTES.slice(0, ON_WIRE)) result[key] = plainData(this[attributeOf(key) as "name"]);
    result["msg"] = show(this.msg);
    if (error !== undefined) {
      result["error"] = plainData(error);
      result["exc_text"] ??= errorText(error);
    }
    const clashes: Record<string, unknown> = Object.create(null);
    for (const key in extra) {
      (key in result || key === "extra" ? clashes : result)[key] = plainData(extra[key]);
      if (key in clashes) result["extra"] = clashes;
    }
    return result;
  }
}

const misfit = (problem: string): void => reportError({ cause: "format", message: cut(problem, 500) });

/**
 * A record from attributes made elsewhere, kept as given: unknown names become fields, `exc_text` and `stack_info` are taken too, `message` and
 * `asctime` are ignored. What is missing has the values of a record made here and now, at level 0 of the root logger.
 */
export function makeLogRecord(attributes: Readonly<Record<string, unknown>>): LogRecord {
  const given = <T>(name: string, otherwise?: T): T => (read(Object(attributes), name) ?? otherwise) as T;
  let fields = given<Fields | undefined>("fields");
  let more: Record<string, unknown> | undefined;
  for (const name of attempt(() => Object.keys(attributes), [])) {
    if (!ATTRIBUTES.includes(name)) {
      more ??= Object.create(null) as Record<string, unknown>;
      more[name] = read(attributes, name);
    }
  }
  if (more) fields = fields ? merge(fields, more) : more;
  const init: LogRecordInit = {
    name: given("name", "root"),
    levelno: given("levelno", 0),
    msg: given("msg", ""),
    args: argsOf(given("args")),
    error: read(attributes, "error"),
    fields,
    bound: given("bound"),
    context: given("context"),
    stackInfo: given("stackInfo") ?? given("stack_info"),
  };
  const record = (shared.factory ? shared.factory(init) : new LogRecord(init)) as {
    -readonly [K in keyof LogRecord]: LogRecord[K];
  };
  record.created = given("created", record.created);
  record.levelname = given("levelname", record.levelname);
  record.excText = given("excText") ?? given("exc_text", null);
  record.taskName = given("taskName", null);
  const derived: Record<string, unknown> = {};
  for (const name in DERIVED) {
    const value = read(attributes, name);
    if (value !== undefined) derived[name] = value;
  }
  return Object.assign(record, { given: derived }) as unknown as LogRecord;
}

// Python interprets a message only when its arguments are "true": neither None nor an empty tuple or dict.
const argsOf = (args: unknown): readonly unknown[] | object =>
  attempt(() => Object.keys(args as object).length) ? (args as object) : NONE;

/** Own fields of several objects in one, later ones winning; what cannot be read is marked. */
export function merge(...sources: (Fields | undefined)[]): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const source of sources)
    if (isObject(source)) for (const key of attempt(() => Object.keys(source), [])) result[key] = read(source, key);
  return result;
}

/** Uses a function of your own to make records, or the standard one again (`null`). It gets what the call consists of. */
export function setLogRecordFactory(factory: ((init: LogRecordInit) => LogRecord) | null): void {
  shared.factory = factory;
}

/** The function that makes records. */
export const getLogRecordFactory = (): ((init: LogRecordInit) => LogRecord) => shared.factory ?? ((init) => new LogRecord(init));
