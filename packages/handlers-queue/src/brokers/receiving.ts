import { type HandlerStats, type LogRecord, reportError } from "@cordwood/core";
import { backoff } from "../backoff.js";
import { Inbox } from "../inbox.js";
import { SequencedDelivery, setDelivery } from "../queue.js";
import { delay, within } from "../soon.js";
import type { BrokerDriver, BrokerReceiver, IncomingMessage } from "./driver.js";
import { recordFromJson } from "./record-json.js";

/** Longest wait for the broker to hear what is settled, when the connection is closed, in milliseconds. */
export const SETTLE_MS = 1_000;
/** How often a record that cannot be handled is handed out; then it goes where undeliverable records go. */
export const MOST_TRIES = 5;
/** Ids remembered of records that were handled, so that a second copy is known. */
const MOST_IDS = 10_000;

/** A record that was handed out and is not settled. */
interface Taken {
  readonly record: LogRecord;
  /** As it came last: what came over a connection that is gone can no longer be settled. */
  message: IncomingMessage;
  receiver: BrokerReceiver | undefined;
}

/** The receiving end of a queue at a broker: hands out what comes, and settles it when it was handled. */
export class BrokerReceiving {
  readonly inbox: Inbox = new Inbox();
  private readonly name: string;
  private readonly settings: { readonly reconnectMs: number; readonly longestReconnectMs: number };
  private readonly broker: () => BrokerDriver;
  private readonly taken = new Map<LogRecord, Taken>();
  private readonly takenById = new Map<string, Taken>();
  private readonly handled = new Set<string>();
  private readonly settling = new Set<Promise<void>>();
  /** Connections lost or not come about. A record may have been handed out over each of them, seen here or not: that is no fault of the record. */
  private lost = 0;
  /** How often a record was refused here; some brokers do not count. */
  private readonly refusals = new Map<string, number>();
  private receivingOver = new AbortController();
  private receiver: BrokerReceiver | undefined;
  private receiving: Promise<void> | undefined;
  private readonly counts = { accepted: 0, delivered: 0, queued: 0, duplicate: 0, poison: 0, refused: 0 };

  constructor(name: string, settings: { readonly reconnectMs: number; readonly longestReconnectMs: number }, broker: () => BrokerDriver) {
    this.name = name;
    this.settings = settings;
    this.broker = broker;
  }

  /** The next record; the first call connects. */
  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    if (this.receiving === undefined) {
      this.receivingOver = new AbortController();
      this.inbox.reopen();
      this.receiving = this.receive(this.receivingOver.signal);
    }
    return this.inbox.take(signal);
  }

  /** These have been handled: the broker may forget them. */
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

  /** This one could not be handled: it is to come again, or to be set aside. */
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

  /** Settles when the broker has nothing more for us now, and everything that came was taken. */
  async idle(): Promise<void> {
    const { signal } = this.receivingOver;
    while (this.receiver === undefined && !signal.aborted) await delay(5, signal);
    await this.receiver?.idle().catch(() => {});
    while (this.inbox.size > 0 && !signal.aborted) await delay(5);
  }

  stats(): HandlerStats {
    const { accepted, delivered, queued, duplicate, poison, refused } = this.counts;
    return { accepted, delivered, queued, dropped: { duplicate }, failed: { poison, refused } };
  }

  /** Closes the connection: the broker hands out again what was not acknowledged. */
  async close(): Promise<void> {
    await within(Promise.all(this.settling), SETTLE_MS);
    this.receivingOver.abort();
    // A connection that is just being made is closed when it is there.
    await within(this.receiving, SETTLE_MS);
    this.receiving = undefined;
    this.inbox.end();
    this.inbox.clear();
    this.counts.queued -= this.taken.size;
    this.counts.accepted -= this.taken.size;
    this.taken.clear();
    this.takenById.clear();
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
        const receiver = await this.broker().openReceiver(
          (message) => (this.receiver === undefined ? early.push(message) : this.deliver(message)),
          lose,
        );
        this.receiver = receiver;
        for (const message of early) this.deliver(message);
        wait.reset();
        const error = await Promise.race([lost, ended]);
        this.receiver = undefined;
        await receiver.close().catch(() => {});
        this.lose(error, signal);
      } catch (error) {
        // The broker may have handed out records before the connection was ready, too.
        this.lose(error, signal);
      }
      await delay(wait.next(), signal);
    }
  }

  private lose(error: unknown, signal: AbortSignal): void {
    this.lost++;
    if (signal.aborted) return;
    // What was handed out over a lost connection comes again: what nobody has taken yet need not come twice.
    for (const record of this.inbox.clear()) if (this.settle(record) !== undefined) this.counts.accepted--;
    this.report("lost its broker and connects again; what was not acknowledged comes again", error);
  }

  private deliver(message: IncomingMessage): void {
    const known = this.takenById.get(message.id);
    if (known !== undefined && known.receiver === this.receiver && known.message.place !== message.place) {
      // Its sender has sent it again, and the first copy is being handled: that one is to be settled, and this one is of no use.
      this.counts.accepted++;
      this.counts.duplicate++;
      this.follow(this.receiver?.acknowledge([message]));
      return;
    }
    if (known !== undefined) {
      // It came before, over a connection that is gone or to a process that stood still, and is being handled: only the way to settle it is new.
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
    setDelivery(
      record,
      new SequencedDelivery(message.id.slice(0, at), sequence, message.tries, message.tries > 1 || message.again === true),
    );
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
    reportError({ cause: `${this.name} ${what}`, message: `${this.name} (${this.broker().label}) ${what}`, error });
  }
}

/** Counts up; what was counted long ago is forgotten before there is too much of it. */
function increase(counts: Map<string, number>, id: string): void {
  if (counts.size >= MOST_IDS) counts.clear();
  counts.set(id, (counts.get(id) ?? 0) + 1);
}
