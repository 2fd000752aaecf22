import type { HandlerStats, LogRecord } from "@cordwood/core";
import { BoundedBuffer } from "../bounded-buffer.js";
import { isExiting } from "../exit-hook.js";
import { LossSummary } from "../loss-summary.js";
import type { RecordOwner, SendingEnd } from "../queue.js";
import { delay, soon } from "../soon.js";
import type { CapacityOptions, Policy } from "../when-full.js";
import { checkCapacity } from "../when-full.js";
import { CONFIRMED_AT, ENDED, HEARTBEAT, POISONED, type RingMemory, RingWriter } from "./ring.js";
import { RecordEncoder, senderLine } from "./text.js";

/** A frame is handed over when it has so many records … */
const FRAME_RECORDS = 256;
/** … or so many characters. */
const FRAME_CHARACTERS = 65_536;
const RECORD_BYTES = 100;
/** Longest wait of an ending process for the worker, in milliseconds. */
const EXIT_MS = 2_000;
const POLL_MS = 20;

interface FrameInRing {
  readonly text: string;
  readonly records: number;
  readonly sequence: number;
  end: number;
}

type WaitAsync = (words: Int32Array, at: number, value: number, ms: number) => { async: boolean; value: unknown };

/** The sending end of a ring: encodes records, holds them within limits, hands them over in frames, and keeps them until they are confirmed. */
export class RingSender implements SendingEnd {
  readonly copies = true;
  readonly name: string;
  readonly memory: RingMemory;
  readonly hungMs: number;
  /** Whether anybody is there to read; while nobody is, an ending process does not wait. */
  isServed: () => boolean = () => true;
  private readonly buffer: BoundedBuffer<string>;
  private readonly policy: Policy;
  private readonly writer: RingWriter;
  private readonly shared: Int32Array;
  private readonly encoder = new RecordEncoder();
  private readonly losses: LossSummary;
  private readonly frames: FrameInRing[] = [];
  /** From which entry on records come from which sender. */
  private readonly senders: { readonly from: number; readonly line: string }[] = [];
  private processName: string | undefined;
  private threadName = "";
  private unwritten: FrameInRing | undefined;
  private poisoned = 0;
  private scheduled = false;
  private watching = false;
  private state: "open" | "closed" = "open";
  private exitDeadline: number | undefined;

  constructor(name: string, memory: RingMemory, shared: SharedArrayBuffer, options: CapacityOptions & { readonly hungMs: number }) {
    this.name = name;
    this.memory = memory;
    this.hungMs = options.hungMs;
    const limits = checkCapacity(name, options);
    this.policy = limits.policy;
    this.buffer = new BoundedBuffer(limits);
    this.writer = new RingWriter(memory, shared);
    this.shared = new Int32Array(shared);
    this.losses = new LossSummary(name, (record) => {
      this.noteSender(record);
      const text = this.encoder.encode(record);
      this.buffer.force(text, record.levelno, text.length + RECORD_BYTES);
      this.schedule();
    });
    this.buffer.onLoss = this.losses.note;
  }

  get size(): number {
    return this.buffer.queued;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    const { buffer } = this;
    if (this.state === "closed") return buffer.refused("closed");
    if (record.processName !== this.processName || record.threadName !== this.threadName) this.noteSender(record);
    const text = this.encoder.encode(record);
    const bytes = text.length + RECORD_BYTES;
    // A text may take up to three bytes for each of its units.
    if (text.length * 3 > this.writer.largest) return buffer.refused("oversize");
    if (buffer.isFull(record.levelno, bytes)) this.makeRoom(record.levelno, bytes);
    const outcome = buffer.offer(text, record.levelno, bytes, owner);
    if (buffer.waiting >= FRAME_RECORDS) this.handOver();
    else if (!this.scheduled) this.schedule();
    if (isExiting()) this.flushNow();
    return outcome;
  }

  /** Settles when everything is confirmed, or when the worker gives no sign of life for `hungMs`. In an ending process it waits here. */
  flush(): void | Promise<void> {
    if (isExiting()) return this.flushNow();
    this.handOver();
    if (this.buffer.queued > 0) return this.drained().then(() => {});
  }

  /** Gives up what is held, for this reason. */
  abandon(reason: string): void {
    this.confirm();
    this.unwritten = undefined;
    this.frames.length = 0;
    this.buffer.abandon(reason);
  }

  /** Refuses records from now on, and tells the worker that nothing more will come once the ring is read. */
  close(): void {
    this.state = "closed";
    Atomics.store(this.writer.control, ENDED, 1);
    this.losses.stop();
  }

  stats(): HandlerStats {
    this.confirm();
    return this.buffer.stats();
  }

  /** Hands over and waits here, as an ending process must. What is not confirmed in time is counted as lost. */
  flushNow(): void {
    const deadline = (this.exitDeadline ??= Date.now() + EXIT_MS);
    for (;;) {
      this.handOver();
      if (this.buffer.queued === 0) return;
      const left = deadline - Date.now();
      if (left <= 0 || !this.isServed()) break;
      const value = Atomics.load(this.writer.control, CONFIRMED_AT);
      this.confirm();
      if (this.buffer.queued > 0) Atomics.wait(this.writer.control, CONFIRMED_AT, value, Math.min(left, POLL_MS));
    }
    this.abandon("shutdown");
  }

  /** Settles when nothing is held any more, or nobody will read it. */
  async drained(): Promise<boolean> {
    let heard = Atomics.load(this.shared, HEARTBEAT);
    let since = Date.now();
    while (this.buffer.queued > 0) {
      this.handOver();
      await delay(Math.min(POLL_MS, this.hungMs));
      this.confirm();
      const beat = Atomics.load(this.shared, HEARTBEAT);
      if (beat !== heard) {
        heard = beat;
        since = Date.now();
      } else if (Date.now() - since >= this.hungMs) return false;
    }
    return true;
  }

  /** Waits for room where that is what the queue does when it is full. */
  private makeRoom(level: number, bytes: number): void {
    this.handOver();
    if (this.policy.kind !== "block") return;
    const deadline = Date.now() + this.policy.maxMs;
    while (this.buffer.isFull(level, bytes)) {
      const left = deadline - Date.now();
      if (left <= 0) return;
      const value = Atomics.load(this.writer.control, CONFIRMED_AT);
      this.confirm();
      if (this.buffer.isFull(level, bytes)) Atomics.wait(this.writer.control, CONFIRMED_AT, value, Math.min(left, POLL_MS));
      this.handOver();
    }
  }

  /** Counts what the worker has confirmed, then writes what waits into the ring, as far as there is room. */
  private handOver(): void {
    this.confirm();
    for (;;) {
      const frame = this.unwritten ?? this.nextFrame();
      if (frame === undefined) break;
      if (!this.writer.write(frame.text, frame.records, frame.sequence)) {
        this.unwritten = frame;
        break;
      }
      this.unwritten = undefined;
      frame.end = this.writer.written;
      this.frames.push(frame);
    }
    if (this.buffer.queued > 0 && !this.watching) this.watch();
  }

  private nextFrame(): FrameInRing | undefined {
    const { buffer, senders } = this;
    let entry = buffer.peek();
    if (entry === undefined) return undefined;
    const sequence = entry.sequence;
    while (senders.length > 1 && (senders[1]?.from as number) <= sequence) senders.shift();
    let at = 0;
    let text = senders[0]?.line ?? "";
    let records = 0;
    let characters = 0;
    // A frame holds records without gaps between their sequences, so that each can be named.
    while (entry !== undefined && records < FRAME_RECORDS && characters < FRAME_CHARACTERS && entry.sequence === sequence + records) {
      if ((senders[at + 1]?.from ?? Number.POSITIVE_INFINITY) <= entry.sequence) text += senders[++at]?.line;
      buffer.shift();
      text += entry.item;
      characters += (entry.item as string).length;
      records++;
      entry = buffer.peek();
    }
    return { text, records, sequence, end: 0 };
  }

  private confirm(): void {
    const { frames, writer } = this;
    if (frames.length === 0) return;
    const at = Atomics.load(writer.control, CONFIRMED_AT);
    let records = 0;
    let done = 0;
    while (done < frames.length && (((frames[done] as FrameInRing).end - at) | 0) <= 0) records += (frames[done++] as FrameInRing).records;
    if (done === 0) return;
    frames.splice(0, done);
    const poisoned = Atomics.load(writer.control, POISONED);
    const given = Math.min(poisoned - this.poisoned, records);
    this.poisoned += given;
    this.buffer.confirm(records - given);
    if (given > 0) this.buffer.confirm(given, "failed", "poison");
  }

  private schedule(): void {
    this.scheduled = true;
    soon(() => {
      this.scheduled = false;
      this.handOver();
    });
  }

  /** Looks again when the worker has confirmed something. Keeps no process alive. */
  private watch(): void {
    this.watching = true;
    const again = (): void => {
      this.watching = false;
      this.handOver();
    };
    const { control } = this.writer;
    const waitAsync = (Atomics as unknown as { waitAsync?: WaitAsync }).waitAsync;
    const waiting = waitAsync?.(control, CONFIRMED_AT, Atomics.load(control, CONFIRMED_AT), 1_000);
    if (waiting?.async) (waiting.value as Promise<unknown>).then(again);
    else (setTimeout(again, POLL_MS) as { unref?(): void }).unref?.();
  }

  private noteSender(record: LogRecord): void {
    this.processName = record.processName;
    this.threadName = record.threadName;
    this.senders.push({ from: this.buffer.nextSequence, line: senderLine(record) });
  }
}
