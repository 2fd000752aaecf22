import { FrameSender, type FrameSenderOptions, type SentFrame } from "../frame-sender.js";
import { CONFIRMED_AT, ENDED, HEARTBEAT, POISONED, type RingMemory, RingWriter } from "./ring.js";

const LOOK_MS = 20;

type WaitAsync = (words: Int32Array, at: number, value: number, ms: number) => { async: boolean; value: unknown };

/** The sending end of a ring in shared memory. */
export class RingSender extends FrameSender {
  readonly memory: RingMemory;
  /** Whether a worker is there or on its way. */
  served: () => boolean = () => true;
  private readonly writer: RingWriter;
  private readonly shared: Int32Array;
  private poisoned = 0;
  private watching = false;

  constructor(name: string, memory: RingMemory, shared: SharedArrayBuffer, options: FrameSenderOptions) {
    const writer = new RingWriter(memory, shared);
    super(name, writer.largest, options);
    this.memory = memory;
    this.writer = writer;
    this.shared = new Int32Array(shared);
  }

  override close(): void {
    super.close();
    Atomics.store(this.writer.control, ENDED, 1);
  }

  protected override write(frame: SentFrame): boolean {
    if (!this.writer.write(frame.text, frame.records, frame.sequence)) return false;
    frame.end = this.writer.written;
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
    const value = Atomics.load(this.writer.control, CONFIRMED_AT);
    const held = this.buffer.queued;
    this.confirm();
    if (this.buffer.queued === held) Atomics.wait(this.writer.control, CONFIRMED_AT, value, ms);
  }

  /** Keeps no process alive: one that ends waits in `flushNow`. */
  protected override watch(): void {
    if (this.watching) return;
    this.watching = true;
    const again = (): void => {
      this.watching = false;
      this.progress();
    };
    const { control } = this.writer;
    const waitAsync = (Atomics as unknown as { waitAsync?: WaitAsync }).waitAsync;
    const waiting = waitAsync?.(control, CONFIRMED_AT, Atomics.load(control, CONFIRMED_AT), 1_000);
    if (waiting?.async) (waiting.value as Promise<unknown>).then(again);
    else (setTimeout(again, LOOK_MS) as { unref?(): void }).unref?.();
  }

  protected override get heartbeat(): number {
    return Atomics.load(this.shared, HEARTBEAT);
  }

  protected override get isServed(): boolean {
    return this.served();
  }
}
