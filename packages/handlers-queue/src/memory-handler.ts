import {
  checkLevel,
  checkOptions,
  HANDLER_OPTIONS,
  type HandlerLike,
  type Level,
  LoggingError,
  type LogRecord,
  type OptionNames,
} from "@cordwood/core";
import { BufferingHandler, type BufferingHandlerOptions } from "./buffering-handler.js";
import { checkFlag } from "./check-values.js";
import { usesCallSite } from "./needs-call-site.js";
import { prepareRecord } from "./prepare.js";

/** Options of a {@link MemoryHandler}. */
export interface MemoryHandlerOptions extends BufferingHandlerOptions {
  /** A record at this level or above flushes at once. Default `ERROR`. */
  readonly flushLevel?: Level;
  /** Who gets the records. Default none: then they are kept, beyond the capacity too. */
  readonly target?: HandlerLike | null;
  /** Whether `close`, and the end of the process, flush to the target. Default `true`. */
  readonly flushOnClose?: boolean;
}

const ERROR = 40;
const OPTIONS: OptionNames<MemoryHandlerOptions> = {
  ...HANDLER_OPTIONS,
  uses: true,
  flushLevel: true,
  target: true,
  flushOnClose: true,
};

/**
 * Keeps records in memory and hands them all to its target when it holds `capacity` of them or one at `flushLevel` comes: the story before an
 * error, and silence otherwise. The target's filters apply to what it is handed, its level does not, as in Python.
 */
export class MemoryHandler extends BufferingHandler {
  /** A record at this level or above flushes at once. */
  flushLevel: number;
  /** Who gets the records; `null`: nobody yet. */
  target: HandlerLike | null;
  /** Whether `close` flushes; with `false` the exit of the process does not flush either. */
  flushOnClose: boolean;
  /** How many of the last records in `buffer` came after `close`, and are counted as dropped until a target gets them. */
  private late = 0;

  constructor(capacity: number, options: MemoryHandlerOptions = {}) {
    checkOptions("MemoryHandler", options, OPTIONS);
    const { flushLevel = ERROR, flushOnClose = true, target = null, ...rest } = options;
    const level = checkLevel(flushLevel);
    checkTarget(target);
    checkFlag("MemoryHandler", "flushOnClose", options.flushOnClose);
    super(capacity, rest);
    this.flushLevel = level;
    this.flushOnClose = flushOnClose;
    this.target = target;
  }

  /** Who gets the records from now on; `null`: nobody, they are kept. */
  setTarget(target: HandlerLike | null): void {
    checkTarget(target);
    this.target = target;
  }

  override shouldFlush(record: LogRecord): boolean {
    return super.shouldFlush(record) || record.levelno >= this.flushLevel;
  }

  /**
   * After `close` a record is `dropped.closed`, as with every handler. As in Python it is kept in `buffer` all the same, and a target set after
   * that may still get it; then it is delivered and not dropped.
   */
  override handle(record: LogRecord): void {
    if (!this.closed) {
      super.handle(record);
      return;
    }
    const before = this.counters.dropped["closed"] ?? 0;
    super.handle(record);
    if (this.counters.dropped["closed"] === before) return;
    this.buffer.push(prepareRecord(record));
    this.late++;
    if (this.shouldFlush(record)) this.flushNow();
  }

  /** Hands everything to the target and flushes it; without a target it keeps everything. */
  override flush(): void | Promise<void> {
    const { target } = this;
    if (target === null) return;
    const records = this.buffer;
    this.buffer = [];
    const late = records.length - this.late;
    this.late = 0;
    for (const [at, record] of records.entries()) {
      if (at < late) this.counters.queued--;
      else this.counters.drop("closed", -1);
      try {
        target.handle(record);
        this.counters.delivered++;
      } catch (error) {
        this.counters.fail("target");
        this.handleError(error, record);
      }
    }
    return target.flush?.();
  }

  /** Flushes if it is to, then lets go of the target; also a second time, when it was given another one. */
  override close(): void | Promise<void> {
    const flushing = this.flushOnClose ? this.flush() : undefined;
    this.target = null;
    if (this.closed) return flushing;
    if (flushing === undefined) return super.close();
    return flushing.then(() => super.close());
  }

  protected override wantsCallSite(): boolean {
    return super.wantsCallSite() || (this.target !== null && usesCallSite(this.target));
  }
}

const checkTarget = (target: HandlerLike | null): void => {
  if (target !== null && typeof target?.handle !== "function") {
    throw new LoggingError("HANDLER_INVALID", "MemoryHandler: the target has no handle(record); give a handler or null");
  }
};
