import { Counters, type HandlerStats } from "./counters.js";
import { defaultText } from "./default-text.js";
import { reportError } from "./error-reporter.js";
import { excluding, type FilterLike, frozen, passFilters } from "./filter.js";
import { checkLevel, type Level } from "./levels.js";
import { MOST_ASIDE } from "./limits.js";
import type { LogRecord } from "./record.js";
import { shared } from "./shared.js";
import { register } from "./shutdown.js";
import { NONE } from "./values.js";

/** Turns a record into text. */
export interface FormatterLike {
  format(record: LogRecord): string;
  /** What a `ConsoleHandler` gives the console instead of one text: `%c` styles and objects to look into. */
  formatToConsole?(record: LogRecord): readonly unknown[];
  /**
   * What a handler that writes bytes asks first: the text of a record as UTF-8, put at the start of `encoded`, where one byte more has room behind it.
   * It answers the length, or −1 where `format` is to be asked, and holds until the next call.
   */
  encode?(record: LogRecord): number;
  /** The line that `encode` has written. */
  readonly encoded?: Uint8Array | undefined;
}

/** All that a handler has to be. */
export interface HandlerLike {
  /** Records below this level are not offered. */
  readonly level: number;
  /** Accepts one record and returns at once. Never throws; failures go to the error reporter. */
  handle(record: LogRecord): void;
  /** Settles when every accepted record is delivered or counted as lost. At process exit what it does before it returns is all that is done. */
  flush(): void | Promise<void>;
  /** Flushes, then releases what the handler holds. A second call is harmless. */
  close(): void | Promise<void>;
  /** Attributes the handler reads after the call has returned, such as `"pathname"`. */
  readonly uses?: readonly string[];
  stats?(): HandlerStats;
}

export interface HandlerOptions {
  /** Records below it are not offered. Default `NOTSET`: all are. */
  readonly level?: Level;
  /** Name in the registry of `getHandlerByName`. Default none. */
  readonly name?: string;
  /** What makes the text. Default: the message, then the error with its causes. */
  readonly formatter?: FormatterLike;
  /** Filters of this handler alone. Default none. */
  readonly filters?: readonly FilterLike[];
}

/**
 * The base of handlers: filters, counters, containment of failures, and a record logged by the handler itself put aside until it is done.
 * A subclass writes `emit`. What it may answer: nothing, the record is delivered; `"queued"`, it is held and will be settled through
 * `counters`; `"settled"`, its outcome has been counted; a promise, it is queued until that settles.
 */
export abstract class Handler implements HandlerLike {
  /** Records below it are not offered. */
  level: number;
  /** What makes the text; `null`: the default text. */
  formatter: FormatterLike | null;
  readonly uses?: readonly string[];
  /** What became of the accepted records; a subclass settles here what it has queued. */
  protected readonly counters: Counters = new Counters();
  #name: string | undefined;
  #filters: readonly FilterLike[] = NONE;
  #state: "idle" | "emitting" | "draining" | "closed" = "idle";
  #aside: LogRecord[] | undefined;
  readonly #pending: Set<Promise<void>> = new Set();

  /** @throws LoggingError for an unknown level or a filter that is none. */
  constructor({ level = 0, formatter, filters = NONE, name }: HandlerOptions = {}) {
    this.level = checkLevel(level);
    this.formatter = formatter ?? null;
    this.#filters = frozen(filters, "filter");
    this.name = name;
    register(this);
  }

  /** Name in the registry; assigning renames, `undefined` takes it out. */
  get name(): string | undefined {
    return this.#name;
  }

  set name(name: string | undefined) {
    this.#release();
    this.#name = name;
    if (name !== undefined) shared.names.set(name, this);
  }

  /** The filters, frozen: replaced at each change. */
  get filters(): readonly FilterLike[] {
    return this.#filters;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#state === "closed";
  }

  /** @throws LoggingError for an unknown level. */
  setLevel(level: Level): void {
    this.level = checkLevel(level);
  }

  setFormatter(formatter: FormatterLike | null): void {
    this.formatter = formatter;
  }

  /** Adds a filter once. */
  addFilter(filter: FilterLike): void {
    this.#filters = frozen([...this.#filters, filter], "filter");
  }

  removeFilter(filter: FilterLike): void {
    this.#filters = frozen(excluding(this.#filters, filter), "filter");
  }

  /** The text of a record. A formatter that throws is reported, and the default text stands in. */
  format(record: LogRecord): string {
    const { formatter } = this;
    if (formatter !== null) {
      try {
        return formatter.format(record);
      } catch (error) {
        reportError({
          cause: `formatter of ${this.#label()}`,
          message: `the formatter of ${this.#label()} failed; the plain message is written`,
          error,
          record,
          handler: this,
        });
      }
    }
    return defaultText(record);
  }

  handle(record: LogRecord): void {
    let current = record;
    if (this.#filters !== NONE) {
      try {
        const kept = passFilters(this.#filters, record);
        if (kept === undefined) return;
        current = kept;
        record.layout = kept.layout = undefined; // A filter may have changed what the text of the record is.
      } catch (error) {
        this.counters.accepted++;
        this.counters.fail("filter");
        this.handleError(error, record);
        return;
      }
    }
    this.counters.accepted++;
    if (this.#state === "idle") {
      this.#state = "emitting";
      this.#emit(current);
      if (this.#aside !== undefined) this.#drain();
      if (!this.closed) this.#state = "idle";
    } else this.#refuse(current);
  }

  /** Writes one record out. */
  protected abstract emit(record: LogRecord): void | "queued" | "settled" | Promise<void>;

  /** Tells the error reporter that a record could not be handled. */
  handleError(error: unknown, record?: LogRecord): void {
    reportError({
      cause: this.#label(),
      message: `${this.#label()} could not handle a record`,
      error,
      record,
      handler: this,
      lost: record ? 1 : 0,
    });
  }

  flush(): void | Promise<void> {
    if (this.#pending.size > 0) return Promise.all(this.#pending).then(() => this.flush());
  }

  close(): void | Promise<void> {
    if (this.closed) return;
    this.#state = "closed";
    shared.handlers.delete(this);
    this.#release();
    if (this.#pending.size > 0) return Promise.all(this.#pending).then(() => {});
  }

  stats(): HandlerStats {
    return this.counters.snapshot();
  }

  /** Gives the name up, unless another handler has taken it. */
  #release(): void {
    const name = this.#name as string;
    if (shared.names.get(name) === this) shared.names.delete(name);
  }

  #label(): string {
    return this.#name === undefined ? this.constructor.name : `${this.constructor.name} ${JSON.stringify(this.#name)}`;
  }

  #emit(record: LogRecord): void {
    const { counters } = this;
    try {
      const outcome = this.emit(record);
      if (outcome === undefined) counters.delivered++;
      else if (outcome === "queued") counters.queued++;
      else if (typeof outcome === "object") this.#follow(outcome, record);
    } catch (error) {
      counters.fail("emit");
      this.handleError(error, record);
    }
  }

  #follow(outcome: Promise<void>, record: LogRecord): void {
    const { counters } = this;
    counters.queued++;
    const settled = Promise.resolve(outcome).then(
      () => {
        counters.delivered++;
      },
      (error: unknown) => {
        counters.fail("emit");
        this.handleError(error, record);
      },
    );
    this.#pending.add(settled);
    settled.then(() => {
      counters.queued--;
      this.#pending.delete(settled);
    });
  }

  /** A record that comes while the handler is busy with one, or closed. */
  #refuse(record: LogRecord): void {
    if (this.closed) {
      this.counters.drop("closed");
      reportError({
        cause: `${this.#label()} is closed`,
        message: `${this.#label()} is closed; remove it from its loggers`,
        record,
        handler: this,
        lost: 1,
      });
    } else if (this.#state === "emitting" && (this.#aside ??= []).length < MOST_ASIDE) {
      void record.pathname; // Its call will have returned when it is emitted.
      this.#aside.push(record);
      this.counters.queued++;
    } else this.counters.drop("reentrant");
  }

  #drain(): void {
    const aside = this.#aside as LogRecord[];
    this.#aside = undefined;
    if (this.#state === "emitting") this.#state = "draining";
    for (const record of aside) {
      this.counters.queued--;
      if (this.closed) this.#refuse(record);
      else this.#emit(record);
    }
  }
}

/** Every open handler, oldest first. */
export const getHandlers = (): HandlerLike[] => [...shared.handlers];

/** The handler registered under a name. */
export const getHandlerByName = (name: string): HandlerLike | undefined => shared.names.get(name);

/** The names of all registered handlers. */
export const getHandlerNames = (): ReadonlySet<string> => new Set(shared.names.keys());
