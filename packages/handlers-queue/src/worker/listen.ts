import { type HandlerLike, type LogRecord, reportError, shutdown } from "@cordwood/core";
import { giveTo, isFinished, type LineTaker, takesLines } from "../finished-lines.js";
import { SequencedDelivery } from "../queue.js";
import { holdsOnPurpose } from "./handler-source.js";
import { LineFrame } from "./line-frame.js";
import { receivedRecord } from "./received-record.js";
import { ASLEEP, type Frame, HEARTBEAT, LINES, type RingMemory, RingReader, WAKE } from "./ring.js";
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

interface Ring {
  readonly reader: RingReader;
  /** Who the records that are being read come from. */
  sender: SenderInfo;
}

/** The listener of a worker thread: reads the rings, gives records to the handlers, confirms them when the handlers are flushed. */
export class RingListener {
  private readonly rings: Ring[] = [];
  private readonly shared: Int32Array;
  private readonly handlers: readonly HandlerLike[];
  private readonly options: ListenOptions;
  private readonly decoder = new RecordDecoder();
  private closing = false;

  constructor(handlers: readonly HandlerLike[], options: ListenOptions) {
    this.handlers = handlers;
    this.options = options;
    this.shared = new Int32Array(options.shared);
    this.noteLines();
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

  private async handleFrame(ring: Ring, frame: Frame): Promise<void> {
    if (frame.again) await this.handleAgain(ring, frame);
    else if (frame.lines === undefined) {
      const give = (parts: Decoded): void => this.give(receivedRecord(parts, ring.sender, undefined));
      this.decoder.decode(frame.text, (sender) => (ring.sender = sender), give);
    } else this.giveLines(new LineFrame(frame.records, frame.lines));
    const flushing = this.flush();
    if (flushing !== undefined) await flushing;
    this.noteLines();
    ring.reader.confirm(frame.end);
  }

  /** A frame that another worker had begun and may have died of: each record is confirmed by itself, those that are safe already are left out. */
  private async handleAgain(ring: Ring, frame: Frame): Promise<void> {
    const { reader } = ring;
    const records: LogRecord[] = [];
    const deliver = (parts: Decoded): void => {
      const delivery = new SequencedDelivery(reader.sender, frame.sequence + records.length, this.options.tries, true);
      const fields = { ...(parts.rare?.fields as object), redelivered: delivery.id };
      records.push(receivedRecord({ ...parts, rare: { ...parts.rare, fields } }, ring.sender, delivery));
    };
    if (frame.lines === undefined) this.decoder.decode(frame.text, (sender) => (ring.sender = sender), deliver);
    else new LineFrame(frame.records, frame.lines).readTo((sender) => (ring.sender = sender), deliver);
    for (let at = reader.done; at < records.length; at++) {
      this.give(records[at] as LogRecord);
      await this.flush();
      reader.confirmPart(at + 1);
    }
  }

  private give(record: LogRecord): void {
    const { handlers, shared } = this;
    const asLine = isFinished(record) && handlers.every(takesLines);
    for (const handler of handlers) {
      if (this.options.respectHandlerLevel && record.levelno < handler.level) continue;
      if (asLine) giveTo(handler, record);
      else handler.handle(record);
    }
    // A handler that takes its time is alive all the same, though no timer runs meanwhile.
    Atomics.add(shared, HEARTBEAT, 1);
  }

  private giveLines(lines: LineFrame): void {
    const { handlers } = this;
    const { respectHandlerLevel } = this.options;
    // They are asked anew each time: a handler may have been given a formatter since the lines were made.
    if (handlers.every(takesLines) && !(respectHandlerLevel && handlers.some(({ level }) => level > lines.lowestLevel))) {
      for (const handler of handlers) (handler as LineTaker).handleLines(lines);
      Atomics.add(this.shared, HEARTBEAT, 1);
    } else for (let i = 0; i < lines.count; i++) this.give(lines.record(i));
  }

  /** Tells the senders whether the handlers take finished lines. */
  private noteLines(): void {
    const takes = this.handlers.length > 0 && this.handlers.every(takesLines) ? 1 : 0;
    if (Atomics.load(this.shared, LINES) !== takes) Atomics.store(this.shared, LINES, takes);
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
