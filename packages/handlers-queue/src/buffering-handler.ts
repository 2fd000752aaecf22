import {
  checkOptions,
  HANDLER_OPTIONS,
  Handler,
  type HandlerOptions,
  LoggingError,
  type LogRecord,
  type OptionNames,
  show,
} from "@cordwood/core";
import { checkTexts } from "./check-values.js";
import { prepareRecord } from "./prepare.js";

/** Options of a {@link BufferingHandler}. */
export interface BufferingHandlerOptions extends HandlerOptions {
  /** Attributes of the call site that will be read after the call: `pathname`, `filename`, `module`, `lineno`, `funcName`. Default none. */
  readonly uses?: readonly string[];
}

const OPTIONS: OptionNames<BufferingHandlerOptions> = { ...HANDLER_OPTIONS, uses: true };

/**
 * Keeps records, as they were when they came, until there are enough; then flushes. Override `shouldFlush` to decide when, and `flush` to do
 * something with `buffer`: this one lets the records go, counted as `dropped.discarded`.
 */
export class BufferingHandler extends Handler {
  /** Records held before a flush. */
  readonly capacity: number;
  override readonly uses: readonly string[];
  /** The records held, oldest first. */
  buffer: LogRecord[] = [];

  /** @param capacity records held before a flush; with 1 or less each record is flushed at once. */
  constructor(capacity: number, options: BufferingHandlerOptions = {}) {
    checkOptions("BufferingHandler", options, OPTIONS);
    if (!Number.isSafeInteger(capacity)) {
      throw new LoggingError("OPTION_INVALID", `${new.target.name}: capacity is ${show(capacity)}; give a whole number of records`);
    }
    checkTexts("BufferingHandler", "uses", options.uses);
    super(options);
    this.capacity = capacity;
    this.uses = options.uses ?? [];
  }

  /** Whether the buffer is to be flushed now; asked after the record was put in. */
  shouldFlush(_record: LogRecord): boolean {
    return this.buffer.length >= this.capacity;
  }

  protected override emit(record: LogRecord): "settled" {
    this.buffer.push(prepareRecord(record, { callSite: this.wantsCallSite() }));
    this.counters.queued++;
    if (this.shouldFlush(record)) this.flushNow();
    return "settled";
  }

  override flush(): void | Promise<void> {
    const { length } = this.buffer;
    this.buffer = [];
    this.counters.queued -= length;
    if (length > 0) this.counters.drop("discarded", length);
    return super.flush();
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    const flushing = this.flush();
    if (flushing === undefined) return super.close();
    return flushing.then(() => super.close());
  }

  /** A flush that nobody waits for: what it throws is reported. */
  protected flushNow(): void {
    try {
      this.flush()?.then(undefined, (error: unknown) => this.handleError(error));
    } catch (error) {
      this.handleError(error);
    }
  }

  /** Whether what the records are kept for needs the call site. */
  protected wantsCallSite(): boolean {
    return this.uses.length > 0;
  }
}
