import { checkOptions, type HandlerLike, LoggingError, type LogRecord, type OptionNames, reportError } from "@cordwood/core";
import { checkFlag } from "./check-values.js";
import { type FinishedLines, giveTo, takesLines } from "./finished-lines.js";
import { noteHandlers } from "./needs-call-site.js";
import type { Consumer, ReceivingEnd } from "./queue.js";
import { isPromise, nextTurn, within } from "./soon.js";
import { wholeNumber } from "./when-full.js";
import { holdsOnPurpose } from "./worker/handler-source.js";

/** Options of a {@link QueueListener}. */
export interface QueueListenerOptions {
  /** Whether a handler gets only records at or above its level. Default `false`: all records, as in Python. */
  readonly respectHandlerLevel?: boolean;
  /** Longest wait in `stop()` for what is still on its way from another process or machine, in milliseconds. Default 5 000. */
  readonly drainMs?: number;
}

const OPTIONS: OptionNames<QueueListenerOptions> = { respectHandlerLevel: true, drainMs: true };
/** Longest stretch of handling before other work of the event loop gets its turn, in milliseconds. */
const SLICE_MS = 5;
const LOOK_AT_CLOCK_EVERY = 64;
/** Records handled before the handlers are flushed and the records acknowledged, on queues that want it. */
const ACKNOWLEDGE_EVERY = 500;
/** Lines handled at once. */
const LINES_AT_ONCE = 256;
const NOTHING: unique symbol = Symbol("nothing");

/**
 * Takes records from a queue and gives them to handlers, in slices between other work of the event loop.
 *
 * To listen to another kind of queue, override `dequeue`; to do something else with records, override `handle`.
 * `await using listener = new QueueListener(queue, handlers).start()` stops it at the end of the block.
 */
export class QueueListener<Q = ReceivingEnd> implements AsyncDisposable {
  /** Where the records come from. */
  readonly queue: Q;
  /** Who gets them, in this order. */
  readonly handlers: readonly HandlerLike[];
  readonly respectHandlerLevel: boolean;
  private readonly drainMs: number;
  private readonly consumer: Consumer;
  private state: "idle" | "running" | "stopping" = "idle";
  private stopping = new AbortController();
  private running: Promise<void> | undefined;
  private pending: Promise<LogRecord | null> | undefined;
  private batch: LogRecord[] = [];
  private stopWaiting: () => void = () => {};

  constructor(queue: Q, handlers: HandlerLike | readonly HandlerLike[], options: QueueListenerOptions = {}) {
    checkOptions("QueueListener", options, OPTIONS);
    this.queue = queue;
    this.handlers = Object.freeze([handlers].flat() as HandlerLike[]);
    const none = this.handlers.findIndex((handler) => typeof handler?.handle !== "function");
    if (none >= 0)
      throw new LoggingError("HANDLER_INVALID", `QueueListener: handler ${none + 1} has no handle(record); give objects that have`);
    checkFlag("QueueListener", "respectHandlerLevel", options.respectHandlerLevel);
    this.respectHandlerLevel = options.respectHandlerLevel ?? false;
    this.drainMs = wholeNumber("QueueListener", "drainMs", options.drainMs ?? 5_000, "milliseconds", 0);
    const { handle, dequeue } = original();
    const isStandard = this.handle === handle && this.dequeue === dequeue;
    const { handlers: all } = this;
    this.consumer = {
      get takesLines() {
        for (const handler of all) if (!takesLines(handler)) return false;
        return isStandard;
      },
      consume: (record) => this.handleSafely(record),
      consumeLines: (lines) => this.giveLines(lines),
      drain: () => this.drain(),
      flush: () => this.flushHandlers(),
    };
  }

  /** The next record: at once, as a promise, or `null` at the end. The signal is aborted by `stop()`. */
  dequeue(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    return (this.queue as ReceivingEnd).take(signal);
  }

  /** Gives one record to each handler. What it throws is reported, and the next record follows. */
  handle(record: LogRecord): void {
    for (const handler of this.handlers) this.giveOne(handler, record);
  }

  /** Begins to take records. @throws LoggingError `LISTENER_STARTED` when it has begun already. */
  start(): this {
    if (this.state !== "idle")
      throw new LoggingError("LISTENER_STARTED", "QueueListener: start() was called twice; call stop() in between");
    this.source.attach?.(this.consumer);
    noteHandlers(this.queue, this.handlers);
    this.state = "running";
    this.stopping = new AbortController();
    this.running = this.run();
    return this;
  }

  /** Handles what is in the queue, flushes the handlers, and ends. It may be started again. A second call waits for the first. */
  async stop(): Promise<void> {
    if (this.state === "idle") return;
    if (this.state === "running") {
      this.state = "stopping";
      if (this.source.idle !== undefined) await within(this.source.idle(), this.drainMs);
      this.stopping.abort();
    }
    await this.running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Whatever the queue is, asked with care: a subclass with its own `dequeue` may have anything for a queue. */
  private get source(): Partial<ReceivingEnd> {
    return (this.queue ?? {}) as Partial<ReceivingEnd>;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    signal.addEventListener("abort", () => this.stopWaiting(), { once: true });
    let since = Date.now();
    for (let handled = 1; ; handled++) {
      if (this.pending === undefined && this.handleLines() > 0) {
        if (Date.now() - since > SLICE_MS) {
          await nextTurn();
          since = Date.now();
        }
        continue;
      }
      let next: LogRecord | null | typeof NOTHING;
      try {
        const given = this.pending ?? this.dequeue(signal);
        if (isPromise(given)) {
          this.pending = given as Promise<LogRecord | null>;
          await this.settleBatch();
          next = await this.waitFor(this.pending);
          since = Date.now();
          if (next !== NOTHING) this.pending = undefined;
        } else next = given;
      } catch (error) {
        this.pending = undefined;
        this.report("could not take a record from its queue", error);
        if (signal.aborted) break;
        await nextTurn();
        continue;
      }
      if (next === null || next === NOTHING) break;
      this.handleAndNote(next);
      if (this.batch.length >= ACKNOWLEDGE_EVERY) await this.settleBatch();
      if (handled % LOOK_AT_CLOCK_EVERY === 0 && Date.now() - since > SLICE_MS) {
        await nextTurn();
        since = Date.now();
      }
    }
    await this.end();
  }

  /** What is waited for, or nothing when it is stopped. No race with a promise of the end: that one would remember every wait until then. */
  private waitFor(pending: Promise<LogRecord | null>): Promise<LogRecord | null | typeof NOTHING> {
    return new Promise((resolve, reject) => {
      this.stopWaiting = () => resolve(NOTHING);
      if (this.stopping.signal.aborted) this.stopWaiting();
      pending.then(resolve, reject);
    });
  }

  private async end(): Promise<void> {
    await this.takePending();
    await this.drainInSlices();
    await this.settleBatch();
    await this.flushHandlers();
    noteHandlers(this.queue, undefined);
    this.source.detach?.(this.consumer);
    this.state = "idle";
  }

  /** What was being waited for may have come in the moment of stopping: it is handled like any other. */
  private async takePending(): Promise<void> {
    const { pending } = this;
    this.pending = undefined;
    if (pending === undefined) return;
    const moment = nextTurn().then((): typeof NOTHING => NOTHING);
    const late = await Promise.race([pending, moment]).catch(() => null);
    if (late === NOTHING) {
      // A dequeue of one's own may ignore the signal: what it still gives is handled when it comes.
      pending.then(
        (record) => record !== null && this.handleSafely(record),
        () => {},
      );
    } else if (late !== null) this.handleAndNote(late);
  }

  /** Handles what is waiting now, and not what others put in meanwhile: otherwise stopping might never end. */
  private async drainInSlices(): Promise<void> {
    let since = Date.now();
    for (let left = this.source.size ?? 0; left > 0; left--) {
      const lines = this.handleLines();
      if (lines > 0) {
        left -= lines - 1;
        continue;
      }
      const next = this.dequeue(this.stopping.signal);
      if (next === null || isPromise(next)) return;
      this.handleAndNote(next as LogRecord);
      if (left % LOOK_AT_CLOCK_EVERY === 0 && Date.now() - since > SLICE_MS) {
        await nextTurn();
        since = Date.now();
      }
    }
  }

  /** Handles what can be had at once. */
  private drain(): void {
    while ((this.source.size ?? 0) > 0) {
      if (this.handleLines() > 0) continue;
      const next = this.dequeue(this.stopping.signal);
      if (next === null || isPromise(next)) return;
      this.handleAndNote(next as LogRecord);
    }
  }

  /** Handles lines that wait before anything else, many at once. Returns how many. */
  private handleLines(): number {
    if ((this.source.size ?? 0) < 2 || !this.consumer.takesLines) return 0;
    const lines = this.source.takeLines?.(LINES_AT_ONCE);
    if (lines !== undefined) this.giveLines(lines);
    return lines?.count ?? 0;
  }

  private giveLines(lines: FinishedLines): void {
    for (const handler of this.handlers) {
      try {
        if (takesLines(handler) && !(this.respectHandlerLevel && lines.lowestLevel < handler.level)) handler.handleLines(lines);
        else for (let i = 0; i < lines.count; i++) this.giveOne(handler, lines.record(i));
      } catch (error) {
        this.report("could not handle lines", error);
      }
    }
  }

  private giveOne(handler: HandlerLike, record: LogRecord): void {
    if (!this.respectHandlerLevel || record.levelno >= handler.level) giveTo(handler, record);
  }

  private handleAndNote(record: LogRecord): void {
    const failure = this.handleSafely(record);
    if (failure !== undefined && this.source.refuse !== undefined) this.settle(() => this.source.refuse?.(record, failure.error));
    else if (this.source.acknowledge !== undefined) this.batch.push(record);
  }

  private handleSafely(record: LogRecord): { readonly error: unknown } | undefined {
    try {
      this.handle(record);
      return undefined;
    } catch (error) {
      this.report("could not handle a record", error, record);
      return { error };
    }
  }

  /** Flushes the handlers and acknowledges what they were given: not before it is safe with them. */
  private async settleBatch(): Promise<void> {
    if (this.batch.length === 0) return;
    const { batch } = this;
    this.batch = [];
    try {
      for (const handler of this.handlers) if (!holdsOnPurpose(handler)) await handler.flush();
      await this.source.acknowledge?.(batch);
    } catch (error) {
      this.report("could not flush its handlers; the records will come again", error);
      for (const record of batch) this.settle(() => this.source.refuse?.(record, error));
    }
  }

  private settle(step: () => void | Promise<void>): void {
    Promise.resolve()
      .then(step)
      .catch((error: unknown) => this.report("could not settle a record with its queue", error));
  }

  private flushHandlers(): void | Promise<void> {
    const waits: Promise<void>[] = [];
    for (const handler of this.handlers) {
      try {
        const flushing = handler.flush();
        if (isPromise(flushing)) waits.push(flushing as Promise<void>);
      } catch (error) {
        this.report("could not flush a handler", error);
      }
    }
    if (waits.length === 0) return;
    return Promise.allSettled(waits).then((results) => {
      for (const result of results) if (result.status === "rejected") this.report("could not flush a handler", result.reason);
    });
  }

  private report(what: string, error: unknown, record?: LogRecord): void {
    reportError({ cause: `QueueListener ${what}`, message: `QueueListener ${what}`, error, record });
  }
}

/** What is to be found here unless it was overridden. Out here, because esbuild renames a class whose body names it. */
const original = (): Pick<QueueListener, "handle" | "dequeue"> => QueueListener.prototype;
