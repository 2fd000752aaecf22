import { type HandlerStats, LoggingError, type LogRecord, reportError } from "@cordwood/core";
import { backoff } from "../backoff.js";
import { BoundedBuffer, type Entry } from "../bounded-buffer.js";
import { atExit } from "../exit-hook.js";
import { Inbox } from "../inbox.js";
import { LossSummary } from "../loss-summary.js";
import { type RecordOwner, type RecordQueue, SequencedDelivery, setDelivery } from "../queue.js";
import { delay, soon, within } from "../soon.js";
import { type CapacityOptions, checkCapacity, wholeNumber } from "../when-full.js";
import type { BrokerDriver, BrokerReceiver, BrokerSender, IncomingMessage, OutgoingMessage } from "./driver.js";
import { RefusedError } from "./driver.js";
import { recordFromJson, recordJson } from "./record-json.js";

/** Options that all queues over a broker have. */
export interface BrokerOptions extends CapacityOptions {
  /** What its reports call it. Default the class's name. */
  readonly name?: string;
  /** Records sent at once at most. Default 500. */
  readonly batchRecords?: number;
  /** Records handed out and not acknowledged at most. Default 1 000. */
  readonly prefetch?: number;
  /** First wait before connecting again, in milliseconds; it doubles from try to try. Default 1 000. */
  readonly reconnectMs?: number;
  /** Longest wait before connecting again, in milliseconds. Default 30 000. */
  readonly longestReconnectMs?: number;
  /** Longest wait of `flush` and `close` for a broker that is away or slow, in milliseconds. Default 5 000. */
  readonly flushMs?: number;
}

const DEFAULTS = { batchRecords: 500, prefetch: 1_000, reconnectMs: 1_000, longestReconnectMs: 30_000, flushMs: 5_000 } as const;
const BATCH_CHARACTERS = 1024 * 1024;
const RECORD_BYTES = 100;
/** Longest wait for the broker to hear what is settled, when the connection is closed, in milliseconds. */
const SETTLE_MS = 1_000;
/** How often a record that cannot be handled is handed out; then it goes where undeliverable records go. */
const MOST_TRIES = 5;
/** Ids remembered of records that were handled, so that a second copy is known. */
const MOST_IDS = 10_000;

/** A record that was handed out and is not settled. */
interface Taken {
  readonly record: LogRecord;
  /** As it came last: what came over a connection that is gone can no longer be settled. */
  message: IncomingMessage;
  receiver: BrokerReceiver | undefined;
}

let count = 0;

/**
 * Both ends of a queue at a broker: what is put is kept, within limits, until the broker has confirmed it; what is taken is acknowledged when the
 * handlers have been flushed. Connections are made when an end is first used, and made again for as long as it takes.
 */
export abstract class BrokerQueue implements RecordQueue {
  readonly copies = true;
  readonly name: string;
  readonly prefetch: number;
  private readonly buffer: BoundedBuffer<OutgoingMessage>;
  private readonly losses: LossSummary;
  private readonly inbox = new Inbox();
  private readonly taken = new Map<LogRecord, Taken>();
  private readonly takenById = new Map<string, Taken>();
  private readonly handled = new Set<string>();
  private readonly settling = new Set<Promise<void>>();
  /** Connections lost. A record may have been handed out over each of them, seen here or not: that is no fault of the record. */
  private lost = 0;
  /** How often a record was refused here; some brokers do not count. */
  private readonly refusals = new Map<string, number>();
  private readonly id = `${(globalThis as { process?: { pid?: number } }).process?.pid ?? 0}.${Date.now().toString(36)}.${++count}`;
  private readonly settings: { readonly [K in keyof typeof DEFAULTS]: number };
  private readonly sendingOver = new AbortController();
  private receivingOver = new AbortController();
  private forgetExit: (() => void) | undefined;
  private driver: BrokerDriver | undefined;
  private sending: Promise<void> | undefined;
  private sender: BrokerSender | undefined;
  private receiver: BrokerReceiver | undefined;
  private receiving: Promise<void> | undefined;
  private counts = { accepted: 0, delivered: 0, queued: 0, duplicate: 0, poison: 0, refused: 0 };

  constructor(name: string, options: BrokerOptions) {
    this.name = options.name ?? name;
    const settings: Record<string, number> = {};
    for (const key of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
      settings[key] = wholeNumber(this.name, key, options[key] ?? DEFAULTS[key], key.endsWith("Ms") ? "milliseconds" : "records");
    }
    this.settings = settings as typeof this.settings;
    this.prefetch = this.settings.prefetch;
    const limits = checkCapacity(this.name, options);
    if (limits.policy.kind === "inline" || limits.policy.kind === "block") {
      const why = "a broker answers only when the event loop turns, so nobody could be waited for";
      throw new LoggingError("OPTION_INVALID", `${this.name}: whenFull ${JSON.stringify(options.whenFull)} is not possible here: ${why}`);
    }
    this.buffer = new BoundedBuffer(limits);
    this.losses = new LossSummary(this.name, (record) => {
      const body = recordJson(record);
      this.buffer.force({ id: this.nextId(), body }, record.levelno, body.length + RECORD_BYTES);
      this.send();
    });
    this.buffer.onLoss = this.losses.note;
  }

  /** How to reach the broker; asked for once. */
  protected abstract connectWith(): BrokerDriver;

  get size(): number {
    return this.inbox.size;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    if (this.sendingOver.signal.aborted) return this.buffer.refused("closed");
    const body = recordJson(record);
    const outcome = this.buffer.offer({ id: this.nextId(), body }, record.levelno, body.length + RECORD_BYTES, owner);
    if (this.sending === undefined) this.send();
    return outcome;
  }

  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    if (this.receiving === undefined) {
      this.receivingOver = new AbortController();
      this.inbox.reopen();
      this.receiving = this.receive(this.receivingOver.signal);
    }
    return this.inbox.take(signal);
  }

  acknowledge(records: readonly LogRecord[]): void {
    const messages: IncomingMessage[] = [];
    for (const record of records) {
      const taken = this.settle(record);
      if (taken === undefined) continue;
      this.counts.delivered++;
      this.remember(taken.message.id);
      // What came over a connection that is gone comes again, and is known by its id.
      if (taken.receiver === this.receiver) messages.push(taken.message);
    }
    if (messages.length > 0) this.follow(this.receiver?.acknowledge(messages));
  }

  refuse(record: LogRecord, error: unknown): void {
    const taken = this.settle(record);
    if (taken === undefined) return;
    const { message } = taken;
    if (this.triesOf(message) >= MOST_TRIES) this.bury(message, error, record);
    else {
      this.counts.refused++;
      increase(this.refusals, message.id);
      if (taken.receiver === this.receiver) this.follow(this.receiver?.putBack(message));
    }
  }

  async idle(): Promise<void> {
    const { signal } = this.receivingOver;
    while (this.receiver === undefined && !signal.aborted) await delay(5, signal);
    await this.receiver?.idle().catch(() => {});
    while (this.inbox.size > 0 && !signal.aborted) await delay(5);
  }

  /** Settles when the broker has confirmed everything, or after `flushMs`: then the rest waits on. */
  flush(): void | Promise<void> {
    this.send();
    if (this.buffer.queued > 0) return within(this.drained(), this.settings.flushMs).then(() => {});
  }

  /** What became of the records put here. */
  stats(): HandlerStats {
    return this.buffer.stats();
  }

  /** What became of the records taken here: `queued` are those that are not acknowledged yet. */
  receiverStats(): HandlerStats {
    const { accepted, delivered, queued, duplicate, poison, refused } = this.counts;
    return { accepted, delivered, queued, dropped: { duplicate }, failed: { poison, refused } };
  }

  /** Waits for the broker, `flushMs` at most, then gives up what is left as `dropped.shutdown` and closes the connection. */
  async closeSender(): Promise<void> {
    if (this.sendingOver.signal.aborted) return;
    if (this.buffer.queued > 0) await within(this.drained(), this.settings.flushMs);
    this.sendingOver.abort();
    this.buffer.abandon("shutdown");
    this.losses.stop();
    this.forgetExit?.();
    await this.sender?.close().catch(() => {});
    await this.sending;
  }

  /** Closes the receiving connection: the broker hands out again what was not acknowledged. */
  async closeReceiver(): Promise<void> {
    await within(Promise.all(this.settling), SETTLE_MS);
    this.receivingOver.abort();
    await this.receiving;
    this.receiving = undefined;
    this.inbox.end();
    this.inbox.clear();
    this.counts.queued -= this.taken.size;
    this.counts.accepted -= this.taken.size;
    this.taken.clear();
    this.takenById.clear();
  }

  async close(): Promise<void> {
    await Promise.all([this.closeSender(), this.closeReceiver()]);
  }

  private nextId(): string {
    return `${this.id}-${this.buffer.nextSequence}`;
  }

  private get broker(): BrokerDriver {
    return (this.driver ??= this.connectWith());
  }

  private send(): void {
    if (this.sending !== undefined || this.sendingOver.signal.aborted) return;
    this.forgetExit ??= atExit(() => this.buffer.abandon("shutdown"));
    this.sending = new Promise<void>((resolve) => soon(() => resolve(this.sendAll())))
      .catch((error: unknown) => this.report("failed to send", error))
      .finally(() => {
        this.sending = undefined;
        if (this.buffer.queued > 0) this.send();
      });
  }

  private async sendAll(): Promise<void> {
    const { signal } = this.sendingOver;
    const wait = backoff({ firstMs: this.settings.reconnectMs, longestMs: this.settings.longestReconnectMs });
    let refusals = 0;
    while (this.buffer.queued > 0 && !signal.aborted) {
      try {
        this.sender ??= await this.broker.openSender((error) => this.loseSender(error));
        const { sender } = this;
        if (sender === undefined) throw new Error("the connection was closed at once");
        const batch = this.nextBatch();
        await sender.send(batch, (confirmed) => {
          this.buffer.confirm(confirmed);
          refusals = 0;
          wait.reset();
        });
      } catch (error) {
        if (signal.aborted) return;
        this.buffer.rewind();
        if (error instanceof RefusedError && ++refusals >= MOST_TRIES) this.giveUpFirst(error);
        else if (!(error instanceof RefusedError)) this.loseSender(error);
        if (this.sender === undefined || error instanceof RefusedError) await delay(wait.next(), signal);
      }
    }
  }

  private nextBatch(): OutgoingMessage[] {
    const batch: OutgoingMessage[] = [];
    let characters = 0;
    while (batch.length < this.settings.batchRecords && characters < BATCH_CHARACTERS) {
      const entry: Entry<OutgoingMessage> | undefined = this.buffer.shift();
      if (entry === undefined) break;
      const item = entry.item as OutgoingMessage;
      batch.push(item);
      characters += item.body.length;
    }
    return batch;
  }

  private loseSender(error: unknown): void {
    const { sender } = this;
    this.sender = undefined;
    void sender?.close().catch(() => {});
    if (!this.sendingOver.signal.aborted) this.report("lost its broker and connects again; records are kept meanwhile", error);
  }

  /** The broker has said no to the same record again and again: the others must not wait for it. */
  private giveUpFirst(error: unknown): void {
    this.buffer.shift();
    this.buffer.confirm(1, "failed", "refused");
    this.buffer.rewind();
    this.report(`gave up a record that the broker refused ${MOST_TRIES} times`, error);
  }

  private async drained(): Promise<void> {
    while (this.buffer.queued > 0 && !this.sendingOver.signal.aborted) await delay(5);
  }

  private async receive(signal: AbortSignal): Promise<void> {
    const wait = backoff({ firstMs: this.settings.reconnectMs, longestMs: this.settings.longestReconnectMs });
    const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (!signal.aborted) {
      try {
        let lose: (error: unknown) => void = () => {};
        const lost = new Promise<unknown>((resolve) => {
          lose = resolve;
        });
        const early: IncomingMessage[] = [];
        const receiver = await this.broker.openReceiver(
          (message) => (this.receiver === undefined ? early.push(message) : this.deliver(message)),
          lose,
        );
        this.receiver = receiver;
        for (const message of early) this.deliver(message);
        wait.reset();
        const error = await Promise.race([lost, ended]);
        this.receiver = undefined;
        await receiver.close().catch(() => {});
        this.lost++;
        if (!signal.aborted) this.loseReceiver(error);
      } catch (error) {
        if (!signal.aborted) this.loseReceiver(error);
      }
      await delay(wait.next(), signal);
    }
  }

  private loseReceiver(error: unknown): void {
    // What was handed out over a lost connection comes again: what nobody has taken yet need not come twice.
    for (const record of this.inbox.clear()) if (this.settle(record) !== undefined) this.counts.accepted--;
    this.report("lost its broker and connects again; what was not acknowledged comes again", error);
  }

  private deliver(message: IncomingMessage): void {
    const known = this.takenById.get(message.id);
    if (known !== undefined) {
      // It came before, over a connection that is gone, and is being handled: only the way to settle it is new.
      known.message = message;
      known.receiver = this.receiver;
      return;
    }
    this.counts.accepted++;
    if (this.handled.has(message.id)) {
      this.counts.duplicate++;
      this.follow(this.receiver?.acknowledge([message]));
    } else if (this.triesOf(message) > MOST_TRIES) this.bury(message, new Error("its consumers went away while they handled it"));
    else this.receiveOne(message);
  }

  private receiveOne(message: IncomingMessage): void {
    let record: LogRecord;
    try {
      record = recordFromJson(message.body);
    } catch (error) {
      this.bury(message, error);
      return;
    }
    const at = message.id.lastIndexOf("-");
    const sequence = Number(message.id.slice(at + 1));
    setDelivery(record, new SequencedDelivery(message.id.slice(0, at), sequence, message.tries));
    const taken: Taken = { record, message, receiver: this.receiver };
    this.taken.set(record, taken);
    this.takenById.set(message.id, taken);
    this.counts.queued++;
    this.inbox.push(record);
  }

  /** Takes a record from among those that are not settled. */
  private settle(record: LogRecord): Taken | undefined {
    const taken = this.taken.get(record);
    if (taken === undefined) return undefined;
    this.taken.delete(record);
    this.takenById.delete(taken.message.id);
    this.counts.queued--;
    return taken;
  }

  /**
   * Nobody waits for the broker to hear of it, until the connection is closed. If it never hears, it hands the record out again, and the record
   * is known by its id.
   */
  private follow(settling: Promise<void> | undefined): void {
    if (settling === undefined) return;
    const done = settling.catch(() => {}).finally(() => this.settling.delete(done));
    this.settling.add(done);
  }

  private triesOf({ id, tries }: IncomingMessage): number {
    return Math.max(tries - this.lost, (this.refusals.get(id) ?? 0) + 1);
  }

  private bury(message: IncomingMessage, error: unknown, record?: LogRecord): void {
    this.counts.poison++;
    const text = `${this.name} puts a record that cannot be handled aside`;
    reportError({ cause: `${this.name} poison`, message: text, error, record, lost: 1 });
    this.follow(this.receiver?.bury(message));
  }

  private remember(id: string): void {
    this.handled.add(id);
    if (this.handled.size > MOST_IDS) this.handled.delete(this.handled.values().next().value as string);
  }

  private report(what: string, error: unknown): void {
    const where = this.driver?.label ?? "its broker";
    reportError({ cause: `${this.name} ${what}`, message: `${this.name} (${where}) ${what}`, error });
  }
}

/** Counts up; what was counted long ago is forgotten before there is too much of it. */
function increase(counts: Map<string, number>, id: string): void {
  if (counts.size >= MOST_IDS) counts.clear();
  counts.set(id, (counts.get(id) ?? 0) + 1);
}
