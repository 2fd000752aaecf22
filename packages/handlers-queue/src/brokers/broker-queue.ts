import { type HandlerStats, LoggingError, type LogRecord, type OptionNames, reportError } from "@cordwood/core";
import { backoff } from "../backoff.js";
import { BoundedBuffer, type Entry } from "../bounded-buffer.js";
import { checkText } from "../check-values.js";
import { atExit } from "../exit-hook.js";
import { LossSummary } from "../loss-summary.js";
import type { RecordOwner, RecordQueue } from "../queue.js";
import { delay, soon, within } from "../soon.js";
import { CAPACITY_OPTIONS, type CapacityOptions, checkCapacity, wholeNumber } from "../when-full.js";
import { type BrokerDriver, type BrokerSender, type OutgoingMessage, RefusedError } from "./driver.js";
import { BrokerReceiving, MOST_TRIES, SETTLE_MS } from "./receiving.js";
import { recordJson } from "./record-json.js";

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

/** The names of these options. */
export const BROKER_OPTIONS: OptionNames<BrokerOptions> = {
  ...CAPACITY_OPTIONS,
  name: true,
  batchRecords: true,
  prefetch: true,
  reconnectMs: true,
  longestReconnectMs: true,
  flushMs: true,
};

const DEFAULTS = { batchRecords: 500, prefetch: 1_000, reconnectMs: 1_000, longestReconnectMs: 30_000, flushMs: 5_000 } as const;
const BATCH_CHARACTERS = 1024 * 1024;
const RECORD_BYTES = 100;
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
  private readonly receiving: BrokerReceiving;
  private readonly id = `${(globalThis as { process?: { pid?: number } }).process?.pid ?? 0}.${Date.now().toString(36)}.${++count}`;
  private readonly settings: { readonly [K in keyof typeof DEFAULTS]: number };
  private readonly sendingOver = new AbortController();
  private forgetExit: (() => void) | undefined;
  private driver: BrokerDriver | undefined;
  private sending: Promise<void> | undefined;
  private sender: BrokerSender | undefined;

  constructor(name: string, options: BrokerOptions) {
    checkText(name, "name", options.name);
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
    this.receiving = new BrokerReceiving(this.name, this.settings, () => this.broker);
  }

  /** How to reach the broker; asked for once. */
  protected abstract connectWith(): BrokerDriver;

  get size(): number {
    return this.receiving.inbox.size;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    if (this.sendingOver.signal.aborted) return this.buffer.refused("closed");
    const body = recordJson(record);
    const outcome = this.buffer.offer({ id: this.nextId(), body }, record.levelno, body.length + RECORD_BYTES, owner);
    if (this.sending === undefined) this.send();
    return outcome;
  }

  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    return this.receiving.take(signal);
  }

  acknowledge(records: readonly LogRecord[]): void {
    this.receiving.acknowledge(records);
  }

  refuse(record: LogRecord, error: unknown): void {
    this.receiving.refuse(record, error);
  }

  idle(): Promise<void> {
    return this.receiving.idle();
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
    return this.receiving.stats();
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
    // A connection that is just being made is closed when it is there.
    await within(this.sending, SETTLE_MS);
  }

  /** Closes the receiving connection: the broker hands out again what was not acknowledged. */
  closeReceiver(): Promise<void> {
    return this.receiving.close();
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
        if (signal.aborted) {
          await sender.close();
          return;
        }
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

  private report(what: string, error: unknown): void {
    const where = this.driver?.label ?? "its broker";
    reportError({ cause: `${this.name} ${what}`, message: `${this.name} (${where}) ${what}`, error });
  }
}
