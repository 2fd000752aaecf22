import { attempt, type FormatterLike, type HandlerStats, type LogRecord } from "@cordwood/core";
import { BoundedBuffer } from "./bounded-buffer.js";
import { isExiting } from "./exit-hook.js";
import { finishedRecord } from "./finished-lines.js";
import { LossSummary } from "./loss-summary.js";
import type { Outcome, RecordOwner, SendingEnd } from "./queue.js";
import { SenderLines } from "./sender-lines.js";
import { addToRuns, isKept, type KeptFrame, type SentFrame } from "./sent-frame.js";
import { delay, soon } from "./soon.js";
import { type CapacityOptions, checkCapacity, type Policy } from "./when-full.js";
import { LineNotes } from "./worker/line-notes.js";
import { RecordEncoder, type SenderInfo } from "./worker/text.js";

/** A frame is handed over when it has so many records … */
const FRAME_RECORDS = 256;
/** … or so many characters; of finished lines, which are handled faster than they are woken for, twice as much. */
const FRAME_CHARACTERS = 65_536;
const LINES_FACTOR = 2;
const RECORD_BYTES = 100;
/** Longest wait of an ending process for an end that confirms nothing, in milliseconds … */
const EXIT_MS = 2_000;
/** … and for one that confirms, or is only just starting. */
const LONGEST_EXIT_MS = 10_000;
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
  protected readonly frames: SentFrame[] = [];
  protected readonly buffer: BoundedBuffer<string>;
  private readonly policy: Policy;
  /** Characters of a frame at most, each of which may take up to three bytes. */
  private readonly mostCharacters: number;
  private readonly encoder = new RecordEncoder();
  /** What is noted of the lines in the frame that is not written yet: there is never more than one. */
  private readonly notes = new LineNotes(FRAME_RECORDS * LINES_FACTOR);
  /** The formatter that made the last line: what this queue says itself is to look like that. */
  private formatter: FormatterLike | undefined;
  private readonly losses: LossSummary;
  /** The frame that records are being put into, while nothing waits. */
  private growing: KeptFrame | undefined;
  private readonly senders = new SenderLines();
  private unwritten: SentFrame | undefined;
  private scheduled = false;
  private state: "open" | "closed" = "open";
  private exitDeadline: number | undefined;

  /** @param largest bytes of a frame at most; a record that takes more by itself is `dropped.oversize`. */
  constructor(name: string, largest: number, options: FrameSenderOptions) {
    this.name = name;
    this.mostCharacters = Math.floor(largest / 3);
    this.hungMs = options.hungMs;
    const limits = checkCapacity(name, options);
    this.policy = limits.policy;
    this.buffer = new BoundedBuffer(limits);
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
  /** Something is on its way: from now on `progress` is to be called when something was confirmed. */
  protected abstract watch(): void;
  /** A number that changes while the other end lives. */
  protected abstract get heartbeat(): number;
  /** Whether an ending process has somebody to wait for. */
  protected abstract get isServed(): boolean;
  /** Whether the other end is on its way: it gives no sign of life yet. */
  protected get isStarting(): boolean {
    return false;
  }

  /** Whether what was written can be found again when the other end is replaced: it need not be kept here then. */
  protected abstract readonly keeps: boolean;

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
    if (weight > this.mostCharacters) return this.buffer.refused("oversize");
    if (!this.hasRoom(record.levelno, bytes) || !this.canGrow(weight, false)) return this.putBehind(text, record.levelno, bytes, owner);
    const sequence = this.buffer.admit(bytes);
    const sender = this.growing === undefined ? this.senders.lineFor(sequence) : this.senders.lineAt(sequence);
    this.grow(sender + text, sequence, bytes, weight, owner, undefined);
    return "queued";
  }

  /** Like `put`, for a record of which only the text is needed at the other end. May throw what the formatter throws. */
  putLine(record: LogRecord, formatter: FormatterLike, owner?: RecordOwner): string {
    if (this.state === "closed") return this.buffer.refused("closed");
    this.formatter = formatter;
    if (this.growing === undefined && this.senders.isNew(record)) this.noteSender(record);
    const line = formatter.format(record);
    const bytes = line.length + RECORD_BYTES;
    // The names stand once in a frame, in JSON.
    const weight = bytes + this.senders.longest + 2 * (record.name.length + record.levelname.length);
    if (weight > this.mostCharacters) return this.buffer.refused("oversize");
    if (!this.hasRoom(record.levelno, bytes) || !this.canGrow(weight, true)) {
      return this.putBehind(this.encoder.encode(finishedRecord(record, line)), record.levelno, bytes, owner);
    }
    const sequence = this.buffer.admit(bytes);
    if (this.growing === undefined) this.notes.clear();
    this.notes.add(record, line.length);
    this.grow(`${line}\n`, sequence, bytes, weight, owner, record);
    return "queued";
  }

  /** Settles when everything is confirmed, or when there is no sign of life for `hungMs`. In an ending process it waits here. */
  flush(): void | Promise<void> {
    if (isExiting()) {
      this.flushNow();
      return;
    }
    this.handOver();
    if (this.buffer.queued > 0) return this.drained().then(() => {});
  }

  /** Gives up what is held, for this reason. */
  abandon(reason: string): void {
    this.confirm();
    for (const frame of [...this.frames, this.unwritten, this.growing])
      if (frame !== undefined && isKept(frame)) this.release(frame, 0, "dropped", reason);
    this.unwritten = this.growing = undefined;
    this.frames.length = 0;
    this.buffer.abandon(reason);
  }

  /** Refuses records from now on. */
  close(): void {
    this.state = "closed";
    this.losses.stop();
  }

  stats(): HandlerStats {
    this.confirm();
    return this.buffer.stats();
  }

  /** Hands over and waits here, as an ending process must. What is not confirmed in time is counted as lost. */
  flushNow(): void {
    this.exitDeadline ??= Date.now() + LONGEST_EXIT_MS;
    let since = Date.now();
    let held = this.buffer.queued;
    for (;;) {
      this.handOver();
      if (this.buffer.queued === 0) return;
      if (this.buffer.queued !== held || this.isStarting) since = Date.now();
      held = this.buffer.queued;
      const left = Math.min(this.exitDeadline, since + EXIT_MS) - Date.now();
      if (left <= 0 || !this.isServed) break;
      this.pause(Math.min(left, 20));
    }
    this.bypass(since + EXIT_MS - Date.now());
    this.abandon("shutdown");
  }

  /** Settles when nothing is held any more (`true`) or there was no sign of life for `hungMs` (`false`). */
  async drained(): Promise<boolean> {
    let heard = this.heartbeat;
    let silentMs = 0;
    while (this.buffer.queued > 0) {
      this.handOver();
      const since = Date.now();
      await delay(Math.min(POLL_MS, this.hungMs));
      this.confirm();
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

  /** Something was confirmed, or there may be room again. */
  protected progress(): void {
    this.handOver();
  }

  /** What was handed over and not confirmed is to be handed over again: the other end is a new one. */
  protected rewind(): void {
    this.forgetFrames();
    this.handOver();
  }

  /** Whether something waits for room at the other end. */
  protected get isHeldUp(): boolean {
    return this.unwritten !== undefined || this.buffer.waiting > 0;
  }

  /** Counts what was confirmed, then hands over what waits, as far as there is room. */
  protected handOver(): void {
    this.confirm();
    for (;;) {
      const frame = this.unwritten ?? this.growing ?? this.nextFrame();
      this.growing = undefined;
      if (frame === undefined) break;
      this.unwritten = this.write(frame) ? undefined : frame;
      if (this.unwritten !== undefined) break;
      this.frames.push(frame);
    }
    if (this.buffer.queued > 0) this.watch();
  }

  /** All that is held, in frames that are not on their way: it will reach its end in another way. */
  protected takeOver(): SentFrame[] {
    this.forgetFrames();
    const frames: SentFrame[] = [];
    for (let frame = this.nextFrame(); frame !== undefined; frame = this.nextFrame()) frames.push(frame);
    return frames;
  }

  /** Counts confirmed frames. */
  protected confirm(): void {
    const { frames } = this;
    let records = 0;
    let done = 0;
    while (done < frames.length && this.isConfirmed(frames[done] as SentFrame)) records += (frames[done++] as SentFrame).records;
    if (done === 0) return;
    let poisoned = this.takePoisoned(records);
    if (this.keeps) {
      for (const frame of frames.splice(0, done)) {
        const bad = Math.min(poisoned, frame.records);
        poisoned -= bad;
        this.release(frame as KeptFrame, bad, "delivered", "");
      }
      return;
    }
    frames.splice(0, done);
    this.buffer.confirm(records - poisoned);
    if (poisoned > 0) this.buffer.confirm(poisoned, "failed", "poison");
  }

  /** Whether a record can go straight into the frame that is handed over next: nothing is before it, and the frame is of its kind. */
  private canGrow(weight: number, lines: boolean): boolean {
    if (!this.keeps || this.buffer.waiting > 0 || this.unwritten !== undefined) return false;
    const { growing } = this;
    if (growing === undefined) return true;
    if ((growing.lines !== undefined) === lines && growing.weight + weight <= this.mostCharacters) return true;
    this.handOver();
    return this.unwritten === undefined;
  }

  /** @param liner the record, where the text is its finished line. */
  private grow(
    text: string,
    sequence: number,
    bytes: number,
    weight: number,
    owner: RecordOwner | undefined,
    liner: LogRecord | undefined,
  ): void {
    let frame = this.growing;
    if (frame === undefined) {
      const lines = liner === undefined ? undefined : { notes: this.notes, sender: this.senders.current as SenderInfo };
      frame = { text: "", records: 0, sequence, end: 0, bytes: 0, weight: 0, runs: [{ owner, count: 0 }], lines };
      this.growing = frame;
      if (!this.scheduled) this.schedule();
    }
    frame.text += text;
    frame.records++;
    frame.bytes += bytes;
    frame.weight += weight;
    addToRuns(frame.runs, owner);
    const factor = frame.lines === undefined ? 1 : LINES_FACTOR;
    if (frame.records >= FRAME_RECORDS * factor || frame.bytes >= FRAME_CHARACTERS * factor) this.handOver();
    if (isExiting()) this.flushNow();
  }

  /** Puts a record behind those that wait. */
  private putBehind(text: string, level: number, bytes: number, owner: RecordOwner | undefined): string {
    const { buffer } = this;
    const outcome = buffer.offer(text, level, bytes, owner);
    if (buffer.waiting >= FRAME_RECORDS) this.handOver();
    else if (!this.scheduled) this.schedule();
    if (isExiting()) this.flushNow();
    return outcome;
  }

  /** What this queue says itself, as the line that its handlers are given of other records. */
  private asLine(record: LogRecord): LogRecord {
    const { formatter } = this;
    if (formatter === undefined || !this.takesLines) return record;
    return attempt(() => finishedRecord(record, formatter.format(record)), record);
  }

  /** What the other end has confirmed, or nobody will; `bad` of them were given up there. */
  private release(frame: KeptFrame, bad: number, outcome: Outcome, reason: string): void {
    let bytes = frame.bytes;
    let poisoned = bad;
    for (const { owner, count } of frame.runs) {
      const given = Math.min(poisoned, count);
      poisoned -= given;
      if (given > 0) this.buffer.release(owner, given, 0, "failed", "poison");
      if (count > given) this.buffer.release(owner, count - given, bytes, outcome, reason);
      else this.buffer.bytes -= bytes;
      bytes = 0;
    }
  }

  /** Whether there is room, which is waited for where that is what the queue does when it is full. */
  private hasRoom(level: number, bytes: number): boolean {
    const { buffer, policy } = this;
    if (!buffer.isFull(level, bytes)) return true;
    this.handOver();
    const deadline = Date.now() + (policy.kind === "block" ? policy.maxMs : 0);
    while (buffer.isFull(level, bytes)) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      if (this.isServed) this.pause(Math.min(left, 20));
      else this.bypass(left);
      if (!this.isServed && buffer.isFull(level, bytes)) this.pause(Math.min(left, 20));
      this.handOver();
    }
    return true;
  }

  private nextFrame(): SentFrame | undefined {
    const { buffer, senders } = this;
    let entry = buffer.peek();
    if (entry === undefined) return undefined;
    const sequence = entry.sequence;
    let text = "";
    let records = 0;
    let characters = 0;
    let weight = 0;
    let bytes = 0;
    const runs: KeptFrame["runs"] = [];
    // A frame holds records without gaps between their sequences, so that each can be named.
    while (entry !== undefined && records < FRAME_RECORDS && characters < FRAME_CHARACTERS && entry.sequence === sequence + records) {
      weight += entry.bytes + senders.longest;
      if (records > 0 && weight > this.mostCharacters) break;
      text += records === 0 ? senders.lineFor(sequence) : senders.lineAt(entry.sequence);
      if (this.keeps) {
        buffer.moveOut();
        addToRuns(runs, entry.owner);
        bytes += entry.bytes;
      } else buffer.shift();
      text += entry.item;
      characters += (entry.item as string).length;
      records++;
      entry = buffer.peek();
    }
    const frame: SentFrame = { text, records, sequence, end: 0 };
    return this.keeps ? Object.assign(frame, { bytes, weight, runs, lines: undefined }) : frame;
  }

  private forgetFrames(): void {
    this.confirm();
    this.unwritten = undefined;
    this.frames.length = 0;
    this.buffer.rewind();
  }

  private schedule(): void {
    this.scheduled = true;
    this.later(() => {
      this.scheduled = false;
      this.handOver();
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
