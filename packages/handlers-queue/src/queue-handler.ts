import { checkOptions, HANDLER_OPTIONS, Handler, type HandlerOptions, type LogRecord, type OptionNames } from "@cordwood/core";
import { checkTexts } from "./check-values.js";
import { needsCallSite } from "./needs-call-site.js";
import { CALL_SITE, prepareRecord } from "./prepare.js";
import type { Outcome, RecordOwner, SendingEnd } from "./queue.js";
import { isPromise } from "./soon.js";

/** Options of a {@link QueueHandler}. */
export interface QueueHandlerOptions extends HandlerOptions {
  /**
   * Attributes that will be read at the other end and that only the logging call knows: the call site (`pathname`, `filename`, `module`,
   * `lineno`, `funcName`), which costs some microseconds a record. Default: what the formatters of a listener in this thread are seen to use,
   * otherwise none.
   */
  readonly uses?: readonly string[];
}

const OPTIONS: OptionNames<QueueHandlerOptions> = { ...HANDLER_OPTIONS, uses: true };

/** Open handlers of each queue: the last one to close it closes the queue's sending end. */
const openHandlers = new WeakMap<object, number>();

/**
 * Hands records to a queue, for a `QueueListener` elsewhere to handle: the caller pays for a copy of the record and nothing else.
 *
 * To send records another way, override `enqueue` (and `prepare` where they are to look different); the queue may then be anything.
 */
export class QueueHandler<Q = SendingEnd> extends Handler {
  /** Where the records go. */
  readonly queue: Q;
  override readonly uses: readonly string[];
  private readonly callSite: boolean;
  private readonly owner: RecordOwner;
  private readonly isStandard: boolean;

  constructor(queue: Q, options: QueueHandlerOptions = {}) {
    checkOptions("QueueHandler", options, OPTIONS);
    checkTexts("QueueHandler", "uses", options.uses);
    super(options);
    this.queue = queue;
    this.uses = options.uses ?? [];
    this.callSite = this.uses.some((name) => CALL_SITE.includes(name));
    const { prepare, enqueue } = original();
    this.isStandard = this.prepare === prepare && this.enqueue === enqueue;
    this.owner = { settled: (outcome, reason, count) => this.settled(outcome, reason, count) };
    if (typeof queue === "object" && queue !== null) openHandlers.set(queue, (openHandlers.get(queue) ?? 0) + 1);
  }

  /**
   * The record as it goes into the queue: a copy that holds the values of this moment. With a formatter its text becomes the message, as in
   * Python; without one the error, the fields and the context stay data, so that the far side can format them in any way.
   */
  prepare(record: LogRecord): LogRecord {
    return prepareRecord(record, { formatter: this.formatter, callSite: this.callSite || needsCallSite(this.queue) });
  }

  /**
   * Puts a prepared record into the queue.
   * @returns nothing or `"delivered"` when it is there, `"queued"` when the queue tells its end later, a promise that settles with it, or the
   * reason for which the queue dropped it. What it throws is reported and counted as `failed.emit`.
   */
  enqueue(record: LogRecord): void | string | Promise<void> {
    return (this.queue as SendingEnd).put(record, this.owner);
  }

  protected override emit(record: LogRecord): void | "queued" | "settled" | Promise<void> {
    const outcome = this.handOver(record);
    if (outcome === "queued") return outcome;
    if (outcome === undefined || outcome === "delivered") return;
    if (typeof outcome !== "string") return outcome;
    this.counters.drop(outcome);
    return "settled";
  }

  override flush(): void | Promise<void> {
    const queue = (this.queue as Partial<SendingEnd> | null)?.flush;
    const flushing = typeof queue === "function" ? queue.call(this.queue) : undefined;
    const own = super.flush();
    if (isPromise(flushing) || isPromise(own)) return Promise.all([flushing, own]).then(() => {});
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    const flushing = this.lastOfQueue() ? this.closeSender() : this.flush();
    if (isPromise(flushing)) return flushing.then(() => super.close());
    return super.close();
  }

  private handOver(record: LogRecord): void | string | Promise<void> {
    const { formatter, isStandard } = this;
    if (formatter === null || !isStandard) return this.enqueue(this.needsNoCopy() ? record : this.prepare(record));
    const queue = this.queue as Partial<SendingEnd> | null;
    // Nothing but the text would be used at the other end.
    if (queue?.takesLines === true && queue.putLine !== undefined) return queue.putLine(record, formatter, this.owner);
    return this.enqueue(this.prepare(record));
  }

  /** A queue that makes its own copy, and nothing here that would have changed it. */
  private needsNoCopy(): boolean {
    return (this.queue as Partial<SendingEnd> | null)?.copies === true && !this.callSite && this.formatter === null && this.isStandard;
  }

  private closeSender(): void | Promise<void> {
    const close = (this.queue as Partial<SendingEnd> | null)?.closeSender;
    return typeof close === "function" ? close.call(this.queue) : this.flush();
  }

  private lastOfQueue(): boolean {
    const key = this.queue as object;
    const left = (openHandlers.get(key) ?? 1) - 1;
    if (openHandlers.has(key)) openHandlers.set(key, left);
    return left === 0 && typeof key === "object";
  }

  private settled(outcome: Outcome, reason: string, count: number): void {
    const { counters } = this;
    counters.queued -= count;
    if (outcome === "delivered") counters.delivered += count;
    else if (outcome === "dropped") counters.drop(reason, count);
    else counters.fail(reason, count);
  }
}

/** What is to be found here unless it was overridden. Out here, because esbuild renames a class whose body names it, and reports give its name. */
const original = (): Pick<QueueHandler, "prepare" | "enqueue"> => QueueHandler.prototype;
