import { attempt, type FormatterLike, type HandlerStats, type LogRecord } from "@cordwood/core";
import { BoundedBuffer } from "./bounded-buffer.js";
import { isExiting } from "./exit-hook.js";
import { ExitPatience } from "./exit-patience.js";
import { finishedRecord } from "./finished-lines.js";
import { LossSummary } from "./loss-summary.js";
import { type FrameLimits, OutgoingFrames } from "./outgoing-frames.js";
import type { RecordOwner, SendingEnd } from "./queue.js";
import { SenderLines } from "./sender-lines.js";
import type { SentFrame } from "./sent-frame.js";
import { delay, soon, within } from "./soon.js";
import { type CapacityOptions, checkCapacity, type Policy } from "./when-full.js";
import { RecordEncoder } from "./worker/text.js";

/** What a record weighs besides its text. */
const RECORD_BYTES = 100;
/** Longest wait in one piece for something to be confirmed, in milliseconds. */
const PAUSE_MS = 20;
/** How often one looks again where nothing tells of progress, in milliseconds. */
const POLL_MS = 5;
/** Longest silence that one look may stand for, in milliseconds. */
const LONGEST_LOOK_MS = 50;

/** Options of a {@link FrameSender}. */
export interface FrameSenderOptions extends CapacityOptions {
  /** The other end is held to hang when it gives no sign of life for so many milliseconds. */
  readonly hungMs: number;
}

/**
 * The sending end of a queue to another thread or process: makes texts of records, holds them within limits, hands them over in frames, and
 * keeps them until they are confirmed. A subclass knows how a frame travels.
 */
export abstract class FrameSender implements SendingEnd {
  readonly copies = true;
  readonly name: string;
  readonly hungMs: number;
  protected readonly buffer: BoundedBuffer<string>;
  protected readonly outgoing: OutgoingFrames;
  private readonly policy: Policy;
  private readonly encoder = new RecordEncoder();
  private readonly senders = new SenderLines();
  private readonly losses: LossSummary;
  /** The formatter that made the last line: what this queue says itself is to look like that. */
  private formatter: FormatterLike | undefined;
  private scheduled = false;
  private state: "open" | "closed" = "open";
  private patience: ExitPatience | undefined;

  /** @param limits a record that takes more than a frame may by itself is `dropped.oversize`. */
  constructor(name: string, limits: FrameLimits, options: FrameSenderOptions) {
    this.name = name;
    this.hungMs = options.hungMs;
    const capacity = checkCapacity(name, options);
    this.policy = capacity.policy;
    this.buffer = new BoundedBuffer(capacity);
    this.outgoing = new OutgoingFrames(this.buffer, this.senders, limits, {
      write: (frame) => this.write(frame),
      isConfirmed: (frame) => this.isConfirmed(frame),
      takePoisoned: (most) => this.takePoisoned(most),
      watch: () => this.watch(),
    });
    this.losses = new LossSummary(name, (record) => {
      this.noteSender(record);
      const text = this.encoder.encode(this.asLine(record));
      this.buffer.force(text, record.levelno, text.length + RECORD_BYTES);
      this.schedule();
    });
    this.buffer.onLoss = this.losses.note;
  }

  /** Takes a frame on its way; `false` when there is no room now. */
  protected abstract write(frame: SentFrame): boolean;
  /** Whether the other end has said that a frame is safe. */
  protected abstract isConfirmed(frame: SentFrame): boolean;
  /** Of the records confirmed since the last call, how many the other end gave up. */
  protected abstract takePoisoned(most: number): number;
  /** Waits in this call, so many milliseconds at most, for something to be confirmed. */
  protected abstract pause(ms: number): void;
  /** Something is on its way: from now on `outgoing.handOver` is to be called when something was confirmed. */
  protected abstract watch(): void;
  /** A number that changes while the other end lives. */
  protected abstract get heartbeat(): number;
  /** Whether an ending process has somebody to wait for. */
  protected abstract get isServed(): boolean;
  /** Whether the other end is on its way: it gives no sign of life yet. */
  protected get isStarting(): boolean {
    return false;
  }

  /** Whether the handlers at the other end write finished lines as they are, just now. */
  get takesLines(): boolean {
    return false;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    if (this.state === "closed") return this.buffer.refused("closed");
    if (this.senders.isNew(record)) this.noteSender(record);
    const text = this.encoder.encode(record);
    const bytes = text.length + RECORD_BYTES;
    const weight = bytes + this.senders.longest;
    if (weight > this.outgoing.mostCharacters) return this.buffer.refused("oversize");
    if (!this.hasRoom(record.levelno, bytes) || !this.outgoing.canGrow(weight, false))
      return this.putBehind(text, record.levelno, bytes, owner);
    this.outgoing.add(text, bytes, weight, owner);
    this.setOut();
    return "queued";
  }

  /** Like `put`, for a record of which only the text is needed at the other end. May throw what the formatter throws. */
  putLine(record: LogRecord, formatter: FormatterLike, owner?: RecordOwner): string {
    if (this.state === "closed") return this.buffer.refused("closed");
    this.formatter = formatter;
    if (!this.outgoing.isGrowing && this.senders.isNew(record)) this.noteSender(record);
    const line = formatter.format(record);
    const bytes = line.length + RECORD_BYTES;
    // The names stand once in a frame, in JSON.
    const weight = bytes + this.senders.longest + 2 * (record.name.length + record.levelname.length);
    if (weight > this.outgoing.mostCharacters) return this.buffer.refused("oversize");
    if (!this.hasRoom(record.levelno, bytes) || !this.outgoing.canGrow(weight, true))
      return this.putBehind(this.encoder.encode(finishedRecord(record, line)), record.levelno, bytes, owner);
    this.outgoing.addLine(record, line, bytes, weight, owner);
    this.setOut();
    return "queued";
  }

  /** Settles when everything is confirmed, or when there is no sign of life for `hungMs`. In an ending process it waits here. */
  flush(): void | Promise<void> {
    if (isExiting()) {
      this.flushNow();
      return;
    }
    this.outgoing.handOver();
    if (this.buffer.queued > 0) return this.drained().then(() => {});
  }

  /** Gives up what is held, for this reason. */
  abandon(reason: string): void {
    this.outgoing.abandon(reason);
  }

  /** Refuses records from now on. */
  close(): void {
    this.state = "closed";
    this.losses.stop();
  }

  /**
   * Waits so long at most until everything is confirmed, gives up the rest and refuses records from now on. Returns `false` when there was no sign
   * of life.
   */
  async closeWithin(ms: number): Promise<boolean> {
    let alive = true;
    const draining = this.drained().then((drained) => {
      alive = drained;
    });
    await within(draining, ms);
    this.abandon("shutdown");
    this.close();
    return alive;
  }

  stats(): HandlerStats {
    this.outgoing.confirm();
    return this.buffer.stats();
  }

  /** Hands over and waits here, as an ending process must. What is not confirmed in time is counted as lost. */
  flushNow(): void {
    this.patience ??= new ExitPatience();
    this.patience.begin(this.buffer.queued);
    for (;;) {
      this.outgoing.handOver();
      if (this.buffer.queued === 0) return;
      const left = this.patience.left(this.buffer.queued, this.isStarting);
      if (left <= 0 || !this.isServed) break;
      this.pause(Math.min(left, PAUSE_MS));
    }
    this.bypass(this.patience.leftInSilence);
    this.abandon("shutdown");
  }

  /** Settles when nothing is held any more (`true`) or there was no sign of life for `hungMs` (`false`). */
  async drained(): Promise<boolean> {
    let heard = this.heartbeat;
    let silentMs = 0;
    while (this.buffer.queued > 0) {
      this.outgoing.handOver();
      const since = Date.now();
      await delay(Math.min(POLL_MS, this.hungMs));
      this.outgoing.confirm();
      if (this.heartbeat !== heard || this.isStarting) {
        heard = this.heartbeat;
        silentMs = 0;
        // While this event loop stood still nothing could be heard: that is no silence of the other end.
      } else if ((silentMs += Math.min(Date.now() - since, LONGEST_LOOK_MS)) >= this.hungMs) return false;
    }
    return true;
  }

  /** Another way to bring all that is held to its end in this call, where the usual one needs the event loop. Most transports have none. */
  protected bypass(_leftMs: number): void {}

  /** What was handed over and not confirmed is to be handed over again: the other end is a new one. */
  protected rewind(): void {
    this.outgoing.takeBack();
    this.outgoing.handOver();
  }

  /** Puts a record behind those that wait. */
  private putBehind(text: string, level: number, bytes: number, owner: RecordOwner | undefined): string {
    const outcome = this.buffer.offer(text, level, bytes, owner);
    if (this.outgoing.isFrameWaiting) this.outgoing.handOver();
    else if (!this.scheduled) this.schedule();
    if (isExiting()) this.flushNow();
    return outcome;
  }

  /** What was put into a frame just now will be handed over: soon, or here in an ending process. */
  private setOut(): void {
    if (!this.scheduled) this.schedule();
    if (isExiting()) this.flushNow();
  }

  /** What this queue says itself, as the line that its handlers are given of other records. */
  private asLine(record: LogRecord): LogRecord {
    const { formatter } = this;
    if (formatter === undefined || !this.takesLines) return record;
    return attempt(() => finishedRecord(record, formatter.format(record)), record);
  }

  /** Whether there is room, which is waited for where that is what the queue does when it is full. */
  private hasRoom(level: number, bytes: number): boolean {
    const { buffer, policy } = this;
    if (!buffer.isFull(level, bytes)) return true;
    this.outgoing.handOver();
    const deadline = Date.now() + (policy.kind === "block" ? policy.maxMs : 0);
    while (buffer.isFull(level, bytes)) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      if (this.isServed) this.pause(Math.min(left, PAUSE_MS));
      else this.bypass(left);
      if (!this.isServed && buffer.isFull(level, bytes)) this.pause(Math.min(left, PAUSE_MS));
      this.outgoing.handOver();
    }
    return true;
  }

  private schedule(): void {
    this.scheduled = true;
    this.later(() => {
      this.scheduled = false;
      this.outgoing.handOver();
    });
  }

  /** When what is not a whole frame is handed over. */
  protected later(task: () => void): void {
    soon(task);
  }

  private noteSender(record: LogRecord): void {
    if (this.buffer.queued === 0) this.senders.forget();
    this.senders.note(record, this.buffer.nextSequence);
  }
}
