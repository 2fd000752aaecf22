import { FrameSender, type FrameSenderOptions } from "../frame-sender.js";
import { isKept, type SentFrame } from "../sent-frame.js";
import { CONFIRMED_AT, ENDED, HEARTBEAT, LINES, POISONED, type RingMemory, RingWriter, WAITING, WANTED } from "./ring.js";

/** How often one looks what was confirmed, when nobody waits for it, in milliseconds. */
const LOOK_MS = 20;
/** Longest wait of a record for others to go with it, in milliseconds: waking a thread costs as much as a hundred records. */
const LINGER_MS = 5;

type WaitAsync = (words: Int32Array, at: number, value: number, ms: number) => { async: boolean; value: unknown };

/** The sending end of a ring in shared memory. */
export class RingSender extends FrameSender {
  readonly memory: RingMemory;
  /** Whether a worker is there or on its way. */
  served: () => boolean = () => true;
  /** Whether the worker has not yet loaded its handlers. */
  starting: () => boolean = () => false;
  private readonly writer: RingWriter;
  private readonly shared: Int32Array;
  private poisoned = 0;
  private watching: "no" | "looking" | "called" = "no";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, memory: RingMemory, shared: SharedArrayBuffer, options: FrameSenderOptions) {
    const writer = new RingWriter(memory, shared);
    // What is written stays in the ring until it is confirmed.
    super(name, { largest: writer.largest, keeps: true }, options);
    this.memory = memory;
    this.writer = writer;
    this.shared = new Int32Array(shared);
  }

  override get takesLines(): boolean {
    return Atomics.load(this.shared, LINES) === 1;
  }

  override close(): void {
    super.close();
    Atomics.store(this.writer.control, ENDED, 1);
  }

  protected override write(frame: SentFrame): boolean {
    if (!this.writer.write(frame)) return false;
    frame.end = this.writer.written;
    // It is kept in the ring.
    if (isKept(frame)) frame.text = "";
    return true;
  }

  protected override isConfirmed(frame: SentFrame): boolean {
    return ((frame.end - Atomics.load(this.writer.control, CONFIRMED_AT)) | 0) <= 0;
  }

  protected override takePoisoned(most: number): number {
    const count = Math.min(Atomics.load(this.writer.control, POISONED) - this.poisoned, most);
    this.poisoned += count;
    return count;
  }

  protected override pause(ms: number): void {
    const { control } = this.writer;
    const held = this.buffer.queued;
    if (!this.callWhenConfirmed()) this.outgoing.confirm();
    if (this.buffer.queued === held) Atomics.wait(control, WAITING, 1, ms);
  }

  protected override later(task: () => void): void {
    (setTimeout(task, LINGER_MS) as { unref?(): void }).unref?.();
  }

  /** Looks now and then, and asks to be told only when something waits for room. Keeps no process alive: one that ends waits in `flushNow`. */
  protected override watch(): void {
    if (this.watching === "called" || (this.watching === "looking" && !this.outgoing.isHeldUp)) return;
    clearTimeout(this.timer);
    const again = (): void => {
      this.watching = "no";
      this.outgoing.handOver();
    };
    const { control } = this.writer;
    const waitAsync = (Atomics as unknown as { waitAsync?: WaitAsync }).waitAsync;
    const waiting = this.outgoing.isHeldUp && this.callWhenConfirmed() ? waitAsync?.(control, WAITING, 1, 1_000) : undefined;
    this.watching = waiting?.async ? "called" : "looking";
    if (waiting?.async) (waiting.value as Promise<unknown>).then(again);
    else {
      this.timer = setTimeout(again, LOOK_MS);
      (this.timer as { unref?(): void }).unref?.();
    }
  }

  /**
   * Asks to be woken when half of what is on its way is confirmed, or all of it when nothing waits behind it. Returns `false` when that is so
   * already.
   */
  private callWhenConfirmed(): boolean {
    const { control } = this.writer;
    const { sent } = this.outgoing;
    const frame = sent[this.buffer.waiting > 0 ? sent.length >> 1 : sent.length - 1];
    if (frame === undefined) return true;
    Atomics.store(control, WANTED, frame.end);
    Atomics.store(control, WAITING, 1);
    if (((frame.end - Atomics.load(control, CONFIRMED_AT)) | 0) > 0) return true;
    Atomics.store(control, WAITING, 0);
    return false;
  }

  protected override get heartbeat(): number {
    return Atomics.load(this.shared, HEARTBEAT);
  }

  protected override get isStarting(): boolean {
    return this.starting();
  }

  protected override get isServed(): boolean {
    return this.served();
  }
}
