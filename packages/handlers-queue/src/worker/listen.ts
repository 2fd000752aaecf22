import { type HandlerLike, reportError, shutdown } from "@cordwood/core";
import { SequencedDelivery } from "../queue.js";
import { holdsOnPurpose } from "./handler-source.js";
import { receivedRecord } from "./received-record.js";
import { ASLEEP, type Frame, HEARTBEAT, type RingMemory, RingReader, WAKE } from "./ring.js";
import { type Decoded, RecordDecoder, type SenderInfo } from "./text.js";

const HEARTBEAT_MS = 200;
/** Longest sleep: a wake that was lost costs no more than this. */
const SLEEP_MS = 1_000;
/** Where threads cannot be woken (no `Atomics.waitAsync`), the ring is looked at so often. */
const POLL_MS = 5;

/** What the listening thread is told when it starts. */
export interface ListenOptions {
  readonly rings: readonly RingMemory[];
  readonly shared: SharedArrayBuffer;
  readonly respectHandlerLevel: boolean;
  /** How often the worker has been started for the same records: from 2 on each record is confirmed by itself. */
  readonly tries: number;
}

type WaitAsync = (words: Int32Array, at: number, value: number, ms: number) => { async: boolean; value: unknown };

/** The listener of a worker thread: reads the rings, gives records to the handlers, confirms them when the handlers are flushed. */
export class RingListener {
  private readonly rings: { reader: RingReader; sender: SenderInfo }[] = [];
  private readonly shared: Int32Array;
  private readonly handlers: readonly HandlerLike[];
  private readonly options: ListenOptions;
  private readonly decoder = new RecordDecoder();
  private closing = false;

  constructor(handlers: readonly HandlerLike[], options: ListenOptions) {
    this.handlers = handlers;
    this.options = options;
    this.shared = new Int32Array(options.shared);
    for (const ring of options.rings) this.addRing(ring);
    Atomics.add(this.shared, HEARTBEAT, 1);
    setInterval(() => Atomics.add(this.shared, HEARTBEAT, 1), HEARTBEAT_MS);
  }

  /** Listens to one more sender. */
  addRing(memory: RingMemory): void {
    this.rings.push({ reader: new RingReader(memory), sender: { process: 0, processName: "", thread: 0, threadName: "", startedMs: 0 } });
    this.wake();
  }

  /** Reads what is left, closes the handlers, and lets `run` end. */
  close(): void {
    this.closing = true;
    this.wake();
  }

  async run(): Promise<void> {
    for (;;) {
      let busy = false;
      for (const ring of this.rings) {
        const frame = ring.reader.read();
        if (frame === undefined) continue;
        busy = true;
        await this.handleFrame(ring, frame);
      }
      if (busy) continue;
      for (let i = this.rings.length - 1; i >= 0; i--) if (this.rings[i]?.reader.isEnded) this.rings.splice(i, 1);
      if (this.closing) break;
      await this.sleep();
    }
    await shutdown();
    for (const handler of this.handlers) await handler.close();
  }

  private async handleFrame(ring: { reader: RingReader; sender: SenderInfo }, frame: Frame): Promise<void> {
    const { reader } = ring;
    const skip = reader.done;
    const careful = this.options.tries > 1;
    let at = 0;
    const decoded: [Decoded, SenderInfo][] = [];
    this.decoder.decode(
      frame.text,
      (sender) => (ring.sender = sender),
      (record) => {
        if (careful) decoded.push([record, ring.sender]);
        else if (++at > skip) this.handle(record, ring.sender, this.deliveryOf(ring, frame, at));
      },
    );
    for (const [parts, sender] of decoded) {
      if (++at <= skip) continue;
      this.handle(parts, sender, this.deliveryOf(ring, frame, at));
      await this.flush();
      reader.confirmPart(at);
    }
    const flushing = this.flush();
    if (flushing !== undefined) await flushing;
    reader.confirm(frame.end);
  }

  /** What is noted on a record that another worker may have handled before. */
  private deliveryOf({ reader }: { reader: RingReader }, frame: Frame, at: number): SequencedDelivery | undefined {
    if (!frame.again) return undefined;
    return new SequencedDelivery(reader.sender, frame.sequence + at - 1, this.options.tries, true);
  }

  private handle(parts: Decoded, sender: SenderInfo, delivery: Parameters<typeof receivedRecord>[2]): void {
    const fields =
      delivery === undefined
        ? parts
        : { ...parts, rare: { ...parts.rare, fields: { ...(parts.rare?.fields as object), redelivered: delivery.id } } };
    const record = receivedRecord(fields, sender, delivery);
    for (const handler of this.handlers) {
      if (!this.options.respectHandlerLevel || record.levelno >= handler.level) handler.handle(record);
    }
  }

  /** Flushes the handlers; a promise only where one of them needs to be waited for. */
  private flush(): Promise<void> | void {
    let waits: Promise<void>[] | undefined;
    for (const handler of this.handlers) {
      if (holdsOnPurpose(handler)) continue;
      try {
        const flushing = handler.flush();
        if (flushing !== undefined) (waits ??= []).push(flushing);
      } catch (error) {
        reportError({ cause: "flush in a worker", message: "a handler of a WorkerQueue could not flush", error });
      }
    }
    if (waits === undefined) return;
    return Promise.allSettled(waits).then((results) => {
      for (const result of results) {
        if (result.status === "rejected") {
          reportError({ cause: "flush in a worker", message: "a handler of a WorkerQueue could not flush", error: result.reason });
        }
      }
    });
  }

  private wake(): void {
    Atomics.add(this.shared, WAKE, 1);
    Atomics.notify(this.shared, WAKE);
  }

  private async sleep(): Promise<void> {
    const { shared } = this;
    const waitAsync = (Atomics as unknown as { waitAsync?: WaitAsync }).waitAsync;
    if (waitAsync === undefined) return new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const value = Atomics.load(shared, WAKE);
    Atomics.store(shared, ASLEEP, 1);
    // What was written before the flag was seen has told nobody.
    if (this.closing || this.rings.some(({ reader }) => !reader.isEmpty)) Atomics.store(shared, ASLEEP, 0);
    else {
      const waiting = waitAsync(shared, WAKE, value, SLEEP_MS);
      if (waiting.async) await waiting.value;
      Atomics.store(shared, ASLEEP, 0);
    }
  }
}
