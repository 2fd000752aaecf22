import type { LogRecord } from "@cordwood/core";
import type { BoundedBuffer } from "./bounded-buffer.js";
import type { Outcome, RecordOwner } from "./queue.js";
import type { SenderLines } from "./sender-lines.js";
import { addToRuns, isKept, type KeptFrame, type SentFrame } from "./sent-frame.js";
import { LineNotes } from "./worker/line-notes.js";
import type { SenderInfo } from "./worker/text.js";

/** A frame is handed over when it has so many records … */
const FRAME_RECORDS = 256;
/** … or so many characters; of finished lines, which are handled faster than they are woken for, twice as much. */
const FRAME_CHARACTERS = 65_536;
const LINES_FACTOR = 2;

/** How frames travel. */
export interface FrameTransport {
  /** Takes a frame on its way; `false` when there is no room now. */
  write(frame: SentFrame): boolean;
  /** Whether the other end has said that a frame is safe. */
  isConfirmed(frame: SentFrame): boolean;
  /** Of the records confirmed since the last call, how many the other end gave up. */
  takePoisoned(most: number): number;
  /** Something is on its way. */
  watch(): void;
}

/** What a transport can take and keep. */
export interface FrameLimits {
  /** Bytes of a frame at most. */
  readonly largest: number;
  /** Whether what was written can be found again when the other end is replaced: the texts need not be kept here then. */
  readonly keeps: boolean;
}

/**
 * The frames of a sending end, oldest first: those that were sent and are not confirmed, one that finds no room, one that grows. What cannot go
 * straight into the growing one waits before all of them, in the buffer, and becomes a frame when it is its turn.
 */
export class OutgoingFrames {
  /** Characters of a frame at most, each of which may take up to three bytes. */
  readonly mostCharacters: number;
  private readonly buffer: BoundedBuffer<string>;
  private readonly senders: SenderLines;
  private readonly transport: FrameTransport;
  private readonly keeps: boolean;
  private readonly onTheWay: SentFrame[] = [];
  private unwritten: SentFrame | undefined;
  /** The frame that records are being put into, while nothing waits. */
  private growing: KeptFrame | undefined;
  /** What is noted of the lines in the frame that is not written yet: there is never more than one. */
  private readonly notes = new LineNotes(FRAME_RECORDS * LINES_FACTOR);

  constructor(buffer: BoundedBuffer<string>, senders: SenderLines, limits: FrameLimits, transport: FrameTransport) {
    this.mostCharacters = Math.floor(limits.largest / 3);
    this.keeps = limits.keeps;
    this.buffer = buffer;
    this.senders = senders;
    this.transport = transport;
  }

  /** Sent and not known to be confirmed. */
  get sent(): readonly SentFrame[] {
    return this.onTheWay;
  }

  /** Whether a frame has been begun and takes more. */
  get isGrowing(): boolean {
    return this.growing !== undefined;
  }

  /** Whether something waits for room at the other end. */
  get isHeldUp(): boolean {
    return this.unwritten !== undefined || this.buffer.waiting > 0;
  }

  /** Whether what waits in the buffer fills a frame. */
  get isFrameWaiting(): boolean {
    return this.buffer.waiting >= FRAME_RECORDS;
  }

  /**
   * Whether a record can go straight into the frame that is handed over next: nothing is before it, and the frame is of its kind.
   * @param weight characters that it takes at most, with all that travels beside it.
   * @param lines whether it is a finished line.
   */
  canGrow(weight: number, lines: boolean): boolean {
    if (!this.keeps || this.isHeldUp) return false;
    const { growing } = this;
    if (growing === undefined) return true;
    if ((growing.lines !== undefined) === lines && growing.weight + weight <= this.mostCharacters) return true;
    this.handOver();
    return this.unwritten === undefined;
  }

  /** Puts a record into the growing frame. Only where it can grow. */
  add(text: string, bytes: number, weight: number, owner: RecordOwner | undefined): void {
    const { senders } = this;
    const sequence = this.buffer.admit(bytes);
    const sender = this.growing === undefined ? senders.lineFor(sequence) : senders.lineAt(sequence);
    this.growing ??= newFrame(sequence, owner, undefined);
    this.grow(this.growing, sender + text, bytes, weight, owner);
  }

  /** As `add`, for a finished line. */
  addLine(record: LogRecord, line: string, bytes: number, weight: number, owner: RecordOwner | undefined): void {
    const sequence = this.buffer.admit(bytes);
    if (this.growing === undefined) {
      this.notes.clear();
      this.growing = newFrame(sequence, owner, { notes: this.notes, sender: this.senders.current as SenderInfo });
    }
    this.notes.add(record, line.length);
    this.grow(this.growing, `${line}\n`, bytes, weight, owner);
  }

  /** Counts what was confirmed, then hands over what waits, as far as there is room. */
  handOver(): void {
    this.confirm();
    for (;;) {
      const frame = this.unwritten ?? this.growing ?? this.nextFrame();
      this.growing = undefined;
      if (frame === undefined) break;
      this.unwritten = this.transport.write(frame) ? undefined : frame;
      if (this.unwritten !== undefined) break;
      this.onTheWay.push(frame);
    }
    if (this.buffer.queued > 0) this.transport.watch();
  }

  /** Counts confirmed frames. */
  confirm(): void {
    const { onTheWay, transport } = this;
    let records = 0;
    let done = 0;
    while (done < onTheWay.length && transport.isConfirmed(onTheWay[done] as SentFrame)) records += (onTheWay[done++] as SentFrame).records;
    if (done === 0) return;
    let poisoned = transport.takePoisoned(records);
    if (this.keeps) {
      for (const frame of onTheWay.splice(0, done)) {
        const bad = Math.min(poisoned, frame.records);
        poisoned -= bad;
        this.release(frame as KeptFrame, bad, "delivered", "");
      }
      return;
    }
    onTheWay.splice(0, done);
    this.buffer.confirm(records - poisoned);
    if (poisoned > 0) this.buffer.confirm(poisoned, "failed", "poison");
  }

  /** What was sent and not confirmed is no longer on its way: it waits in the buffer again. */
  takeBack(): void {
    this.confirm();
    this.unwritten = undefined;
    this.onTheWay.length = 0;
    this.buffer.rewind();
  }

  /** All that is held, in frames that are not on their way: it will reach its end in another way. */
  takeOver(): SentFrame[] {
    this.takeBack();
    const frames: SentFrame[] = [];
    for (let frame = this.nextFrame(); frame !== undefined; frame = this.nextFrame()) frames.push(frame);
    return frames;
  }

  /** Gives up all that is held, for this reason. */
  abandon(reason: string): void {
    this.confirm();
    for (const frame of [...this.onTheWay, this.unwritten, this.growing])
      if (frame !== undefined && isKept(frame)) this.release(frame, 0, "dropped", reason);
    this.unwritten = this.growing = undefined;
    this.onTheWay.length = 0;
    this.buffer.abandon(reason);
  }

  private grow(frame: KeptFrame, text: string, bytes: number, weight: number, owner: RecordOwner | undefined): void {
    frame.text += text;
    frame.records++;
    frame.bytes += bytes;
    frame.weight += weight;
    addToRuns(frame.runs, owner);
    const factor = frame.lines === undefined ? 1 : LINES_FACTOR;
    if (frame.records >= FRAME_RECORDS * factor || frame.bytes >= FRAME_CHARACTERS * factor) this.handOver();
  }

  /** A frame of what has waited longest in the buffer. */
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
}

const newFrame = (sequence: number, owner: RecordOwner | undefined, lines: KeptFrame["lines"]): KeptFrame => ({
  text: "",
  records: 0,
  sequence,
  end: 0,
  bytes: 0,
  weight: 0,
  runs: [{ owner, count: 0 }],
  lines,
});
