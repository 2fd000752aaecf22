import { checkOptions, type FormatterLike, type HandlerStats, LoggingError, type LogRecord, type OptionNames } from "@cordwood/core";
import { BoundedBuffer } from "./bounded-buffer.js";
import { checkText } from "./check-values.js";
import { type FinishedLines, finishedRecord, LineBatch, WaitingLine } from "./finished-lines.js";
import { LinePacks } from "./line-packs.js";
import { LossSummary } from "./loss-summary.js";
import type { Consumer, RecordOwner, RecordQueue } from "./queue.js";
import { recordBytes } from "./record-size.js";
import { soon } from "./soon.js";
import { Waiters } from "./waiters.js";
import { CAPACITY_OPTIONS, type CapacityOptions, checkCapacity, type Policy } from "./when-full.js";

/** Options of a {@link LogQueue}. */
export interface LogQueueOptions extends CapacityOptions {
  /** What its reports call it. Default `"LogQueue"`. */
  readonly name?: string;
}

/** What a line weighs besides its text. */
const LINE_BYTES = 200;
const FEW = 500;
/** Lines that a caller writes at once when the queue is full. */
const LINES_AT_ONCE = 256;

const OPTIONS: OptionNames<LogQueueOptions> = { name: true, ...CAPACITY_OPTIONS };

/**
 * A bounded queue inside one thread. Records wait here until a `QueueListener` takes them, after the caller's own turn of the event loop.
 *
 * There is no second thread to wait for, so `whenFull: "block"` lets the caller handle the oldest waiting records itself until there is room,
 * and gives up after its time limit; `"inline"` lets it handle the arriving one. Both need a started listener.
 */
export class LogQueue implements RecordQueue {
  /** What its reports call it. */
  readonly name: string;
  private readonly buffer: BoundedBuffer<LogRecord | WaitingLine>;
  /** Lines that wait before what is in the buffer; none where single ones may have to be dropped in favour of others. */
  private readonly packs: LinePacks | undefined;
  private readonly policy: Policy;
  private readonly losses: LossSummary;
  private readonly waiters = new Waiters();
  private consumer: Consumer | undefined;
  private state: "open" | "working" | "closed" = "open";
  private waking = false;

  /** @throws LoggingError `OPTION_INVALID` for a capacity that is no whole number from 1, or an unknown `whenFull`; `OPTION_UNKNOWN`. */
  constructor(options: LogQueueOptions = {}) {
    checkOptions("LogQueue", options, OPTIONS);
    checkText("LogQueue", "name", options.name);
    this.name = options.name ?? "LogQueue";
    const limits = checkCapacity(this.name, options);
    this.policy = limits.policy;
    this.buffer = new BoundedBuffer(limits);
    const { kind } = limits.policy;
    this.packs = kind === "drop-oldest" || kind === "drop-below" ? undefined : new LinePacks(this.buffer);
    this.losses = new LossSummary(this.name, (record) => {
      this.buffer.force(record, record.levelno, recordBytes(record));
      this.wake();
    });
    this.buffer.onLoss = this.losses.note;
  }

  /** Records that wait. */
  get size(): number {
    return this.buffer.waiting + (this.packs?.size ?? 0);
  }

  /** Whether the listener's handlers write finished lines as they are, just now. */
  get takesLines(): boolean {
    return this.consumer?.takesLines === true;
  }

  putLine(record: LogRecord, formatter: FormatterLike, owner?: RecordOwner): string {
    const text = formatter.format(record);
    // One that waits behind a few only is gone before garbage collection has looked at it twice.
    const line = new WaitingLine(record, this.buffer.waiting < FEW ? text : whole(text));
    const outcome = this.add(line, record.levelno, LINE_BYTES + 2 * line.text.length, owner);
    this.packs?.packSome();
    return outcome;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    return this.add(record, record.levelno, recordBytes(record), owner);
  }

  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    const record = this.next();
    if (record !== undefined) return record;
    if (this.state === "closed" || signal?.aborted) return null;
    return this.waiters.wait(signal);
  }

  takeLines(most: number): FinishedLines | undefined {
    if (this.packs !== undefined && this.packs.size > 0) return this.packs.takeLines(most);
    const lines = this.buffer.takeWhile((item): item is WaitingLine => item instanceof WaitingLine, most);
    return lines.length === 0 ? undefined : new LineBatch(lines);
  }

  /** Has what waits handled by the listener now, and its handlers flushed. Without a started listener nothing is done: the records wait on. */
  flush(): void | Promise<void> {
    const { consumer } = this;
    if (consumer === undefined || this.state === "working") return;
    consumer.drain();
    return consumer.flush();
  }

  /** Records put from now on are `dropped.closed`; those that wait can still be taken. */
  close(): void {
    this.state = "closed";
    this.losses.stop();
    this.wake();
  }

  stats(): HandlerStats {
    return this.buffer.stats();
  }

  attach(consumer: Consumer): void {
    if (this.consumer !== undefined && this.consumer !== consumer) {
      throw new LoggingError(
        "QUEUE_TAKEN",
        `${this.name} already has a started listener; stop that one first, or give it all the handlers`,
      );
    }
    this.consumer = consumer;
  }

  detach(consumer: Consumer): void {
    if (this.consumer === consumer) this.consumer = undefined;
  }

  private add(item: LogRecord | WaitingLine, level: number, bytes: number, owner: RecordOwner | undefined): string {
    if (this.state === "closed") return this.buffer.refused("closed");
    const { kind } = this.policy;
    if ((kind === "inline" || kind === "block") && this.buffer.isFull(level, bytes)) {
      if (kind === "inline" && this.handleHere(item)) return "delivered";
      if (kind === "block") this.workOff(level, bytes);
    }
    const outcome = this.buffer.offer(item, level, bytes, owner);
    if (this.waiters.count > 0) this.wake();
    return outcome;
  }

  private next(): LogRecord | undefined {
    const packed = this.packs?.take();
    if (packed !== undefined) return packed;
    const item = this.buffer.take();
    return item instanceof WaitingLine ? finishedRecord(item, item.text) : item;
  }

  /** Wakes who waits, after the caller's own turn. */
  private wake(): void {
    if (this.waking) return;
    this.waking = true;
    soon(() => {
      this.waking = false;
      while (this.waiters.count > 0) {
        const record = this.next() ?? null;
        if (record === null && this.state !== "closed") return;
        this.waiters.give(record);
      }
    });
  }

  private handleHere(item: LogRecord | WaitingLine): boolean {
    const { consumer } = this;
    if (consumer === undefined || this.state === "working") return false;
    this.state = "working";
    consumer.consume(item instanceof WaitingLine ? finishedRecord(item, item.text) : item);
    this.rest();
    this.buffer.passed();
    return true;
  }

  /** The caller does the listener's work, oldest first, until there is room or its time is over: lines many at once, as they cost little then. */
  private workOff(level: number, bytes: number): void {
    const { consumer } = this;
    // A handler that logs into its own full queue would otherwise work on for ever.
    if (consumer === undefined || this.state === "working") return;
    this.state = "working";
    const deadline = Date.now() + this.policy.maxMs;
    do {
      const lines = consumer.takesLines === true && consumer.consumeLines !== undefined ? this.takeLines(LINES_AT_ONCE) : undefined;
      if (lines !== undefined) consumer.consumeLines?.(lines);
      else {
        const record = this.next();
        if (record === undefined) break;
        consumer.consume(record);
      }
    } while (this.buffer.isFull(level, bytes) && Date.now() < deadline);
    this.rest();
  }

  private rest(): void {
    if (this.state === "working") this.state = "open";
  }
}

/** The text in one piece: a chain of the pieces it was made of would take several times the memory while it waits. */
function whole(text: string): string {
  // V8 joins the pieces of a text before it reads a number from it.
  Number(text);
  return text;
}
