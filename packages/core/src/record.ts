import { type CallSite, captureCallSite, UNKNOWN_SITE } from "./call-site.js";
import { errorText } from "./error-text.js";
import { formatMessage } from "./printf.js";
import { reportError } from "./error-reporter.js";
import { currentProcessName, currentThread, currentThreadName, processLike } from "./runtime.js";
import { shared } from "./shared.js";
import { attempt, cut, plainData, show } from "./values.js";

/** The values of a record that nobody gave arguments: one shared empty array. */
export const NO_ARGS: readonly unknown[] = Object.freeze([]);

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

const STANDARD = ["pathname", "filename", "module", "lineno", "funcName", "msecs", "relativeCreated", "thread", "threadName"] as const;
const PROCESS = ["processName", "process", "taskName"] as const;
/** Attribute names, Python's own and ours; every other name is a field. */
const ATTRIBUTES: ReadonlySet<string> = /* @__PURE__ */ new Set<string>([
  ...["name", "msg", "args", "levelname", "levelno", "created", "excText", "stackInfo", "error", "fields", "bound", "context", "asctime"],
  ...STANDARD,
  ...PROCESS,
]);

/** One logging event: facts about a call, never changed after creation. A filter or handler that needs another shape takes `with(…)`. */
export class LogRecord {
  /** Name of the logger. */
  readonly name: string;
  readonly levelno: number;
  /** Name of the level when the record was made. */
  readonly levelname: string;
  readonly msg: unknown;
  readonly args: readonly unknown[] | object;
  /** What was thrown, whatever its type; `undefined` when nothing was. */
  readonly error: unknown;
  readonly fields: Fields | undefined;
  readonly bound: Fields | undefined;
  readonly context: Fields | undefined;
  /** Seconds since 1970, with a fraction. */
  readonly created: number;
  /** The text of `created`, set by the last formatter that used it. */
  declare asctime: string | undefined;
  /** The stack below the call, as text; `null` unless asked for. */
  declare readonly stackInfo: string | null;
  /** Text of the error made elsewhere (by Python, by another process); `null` on a record of this process. */
  declare readonly excText: string | null;
  /** The layout whose text `text` is. Formatters that were not overridden share it; a handler forgets it when its filters have run. @internal */
  layout: unknown;
  /** @internal */
  text: string;
  private made: string | undefined;
  private site: number | CallSite | LogRecord | undefined;
  declare private merged: Readonly<Record<string, unknown>> | undefined;

  static {
    // Rare attributes are defaults of the prototype: a record that has none of them stays small.
    Object.assign(this.prototype, { asctime: undefined, stackInfo: null, excText: null, merged: undefined });
  }

  constructor(init: LogRecordInit) {
    const level = init.levelno;
    this.name = init.name;
    this.levelno = level;
    this.levelname = shared.levelNames.get(level) ?? `Level ${level}`;
    this.msg = init.msg;
    this.args = init.args ?? NO_ARGS;
    this.error = init.error;
    this.fields = init.fields;
    this.bound = init.bound;
    this.context = init.context;
    this.created = Date.now() / 1000;
    this.layout = undefined;
    this.text = "";
    this.made = undefined;
    this.site = init.site;
    if (init.stackInfo != null) this.stackInfo = init.stackInfo;
  }

  /** The text of the message with its arguments, made once. */
  getMessage(): string {
    return this.made ?? (this.made = cut(this.compose()));
  }

  /** The text of the message with its arguments. */
  get message(): string {
    return this.made ?? this.getMessage();
  }

  private compose(): string {
    const format = typeof this.msg === "string" ? this.msg : show(this.msg);
    if (this.args === NO_ARGS) return format;
    return formatMessage(format, this.args, (problem) =>
      reportError({ cause: "format", message: `logger ${JSON.stringify(this.name)}: ${problem} in ${JSON.stringify(cut(format, 200))}`, record: this }),
    );
  }

  /** Context, bound and call fields merged into one object, later ones winning; made when first read. */
  get extra(): Readonly<Record<string, unknown>> {
    return (this.merged ??= Object.freeze(merge(this.context, this.bound, this.fields)));
  }

  /** Milliseconds of `created`, whole, 0–999. */
  get msecs(): number {
    return Math.floor(this.created * 1000 + 0.0005) % 1000;
  }

  /** Milliseconds since logging began in this process. */
  get relativeCreated(): number {
    return this.created * 1000 - shared.startedMs;
  }

  /** Full path of the source file that made the call; `(unknown file)` when read too late. */
  get pathname(): string {
    return this.located().pathname;
  }

  /** Line of the call, from 1; 0 when unknown. */
  get lineno(): number {
    return this.located().lineno;
  }

  /** Function that made the call. */
  get funcName(): string {
    return this.located().funcName;
  }

  /** Last part of `pathname`. */
  get filename(): string {
    return this.pathname.replace(/^.*[\\/]/, "");
  }

  /** `filename` without its extension. */
  get module(): string {
    return this.filename.replace(/(.)\.[^.]*$/, "$1");
  }

  /** Number of the thread: 0 for the main thread. */
  get thread(): number {
    return currentThread();
  }

  get threadName(): string {
    return currentThreadName();
  }

  /** Number of the process; 0 where there are none. */
  get process(): number {
    return processLike()?.pid ?? 0;
  }

  get processName(): string {
    return currentProcessName();
  }

  /** Name of the asyncio task in records that come from Python; otherwise `null`. */
  get taskName(): string | null {
    return null;
  }

  private located(): CallSite {
    if (typeof this.site === "number") this.site = captureCallSite(this.site);
    return this.site instanceof LogRecord ? this.site.located() : (this.site ?? UNKNOWN_SITE);
  }

  /** The call has returned: what was not read of its site by now cannot be read any more. @internal */
  settle(): void {
    if (typeof this.site === "number") this.site = undefined;
  }

  /**
   * A copy with changes: attribute names replace attributes, other names add fields, which win over the record's own.
   * Changing `msg` or `args` makes the message anew; `message` replaces both.
   */
  with(changes: Readonly<Record<string, unknown>>): LogRecord {
    const copy: LogRecord = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
    copy.layout = undefined;
    copy.merged = undefined;
    copy.site = typeof this.site === "number" ? this : this.site;
    if ("msg" in changes || "args" in changes) copy.made = undefined;
    if ("levelno" in changes) set(copy, "levelname", shared.levelNames.get(changes["levelno"] as number) ?? `Level ${show(changes["levelno"])}`);
    if ("message" in changes) set(copy, "msg", (copy.made = show(changes["message"])), "args", NO_ARGS);
    assign(copy, changes);
    return copy;
  }

  /** The record as plain data: Python's `record.__dict__`, then the fields; the error under `error`. What JSON cannot hold is shown as text. */
  toJSON(): Record<string, unknown> {
    const error = this.error;
    const result: Record<string, unknown> = Object.create(null);
    const site = this.located();
    const args = this.args;
    Object.assign(result, {
      name: this.name,
      msg: typeof this.msg === "string" ? this.msg : show(this.msg),
      args: args === NO_ARGS ? [] : plainData(args),
      levelname: this.levelname,
      levelno: this.levelno,
      pathname: this.pathname,
      filename: this.filename,
      module: this.module,
      exc_info: null,
      exc_text: this.excText ?? (error === undefined ? null : errorText(error)),
      stack_info: this.stackInfo,
      lineno: site === UNKNOWN_SITE ? this.lineno : site.lineno,
      funcName: this.funcName,
      created: this.created,
      msecs: this.msecs,
      relativeCreated: this.relativeCreated,
      thread: this.thread,
      threadName: this.threadName,
      processName: this.processName,
      process: this.process,
      taskName: this.taskName,
    });
    if (error !== undefined) result["error"] = plainData(error);
    const extra = this.extra;
    const clashes: Record<string, unknown> = Object.create(null);
    for (const key in extra) (key in result || key === "extra" ? clashes : result)[key] = plainData(extra[key]);
    for (const _ in clashes) return Object.assign(result, { extra: clashes });
    return result;
  }
}

/**
 * A record from attributes made elsewhere, kept as given: unknown names become fields, `exc_text` and `stack_info` are taken too, `message` and
 * `asctime` are ignored. What is missing has the values of a record made here and now, at level 0 of the root logger.
 */
export function makeLogRecord(attributes: Readonly<Record<string, unknown>>): LogRecord {
  const given = (name: string): unknown => attempt(() => attributes[name], undefined);
  const init = { name: (given("name") as string) ?? "root", levelno: (given("levelno") as number) ?? 0, msg: given("msg") ?? "" };
  const record = shared.recordFactory ? shared.recordFactory(init) : new LogRecord(init);
  return assign(record, attributes);
}

function assign(record: LogRecord, attributes: Readonly<Record<string, unknown>>): LogRecord {
  const fields: Record<string, unknown> = Object.create(null);
  let more = false;
  for (const key of attempt(() => Object.keys(attributes), [] as string[])) {
    const name = key === "exc_text" ? "excText" : key === "stack_info" ? "stackInfo" : key;
    const value = attempt(() => attributes[key], "[throws]");
    if (ATTRIBUTES.has(name)) {
      if (name !== "asctime") set(record, name, name === "args" && isEmpty(value) ? NO_ARGS : value);
    } else if (name !== "message" && name !== "exc_info") {
      fields[name] = value;
      more = true;
    }
  }
  if (more) set(record, "fields", merge(record.fields, fields));
  return record;
}

// Python interprets a message only when its arguments are "true": neither None nor an empty tuple or dict.
const isEmpty = (args: unknown): boolean => attempt(() => args == null || Object.keys(args).length === 0, false);

/** Defines own attributes, over getters of the prototype as well. */
function set(record: LogRecord, ...pairs: unknown[]): void {
  for (let i = 0; i < pairs.length; i += 2) {
    Object.defineProperty(record, pairs[i] as string, { value: pairs[i + 1], writable: true, enumerable: true, configurable: true });
  }
}

function merge(...sources: (Fields | undefined)[]): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const source of sources) {
    if (source === undefined) continue;
    for (const key of attempt(() => Object.keys(source), [])) {
      result[key] = attempt(() => (source as Record<string, unknown>)[key], "[throws]");
    }
  }
  return result;
}

/** Uses a function of your own to make records, or the standard one again (`null`). It gets what the call consists of. */
export function setLogRecordFactory(factory: ((init: LogRecordInit) => LogRecord) | null): void {
  shared.recordFactory = factory;
}

/** The function that makes records. */
export const getLogRecordFactory = (): ((init: LogRecordInit) => LogRecord) => shared.recordFactory ?? ((init) => new LogRecord(init));
