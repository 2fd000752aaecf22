import { Buffer } from "node:buffer";
import { type Account, settleDelivered, settleDropped, settleFailed } from "./account.js";
import { Connection, type ConnectionOptions, type Destination } from "./connection.js";
import { linger, lingerNoMore } from "./linger.js";
import { Outbox, type OutboxOptions } from "./outbox.js";
import { Waiters } from "./waiters.js";

/** What a handler over a stream hands its bytes to. */
export interface Sender {
  /** Takes a record's bytes; `"settled"` when its loss has been counted already. */
  send(bytes: Buffer): "queued" | "settled";
  /** Settles once nothing is held any more, or when `timeoutMs` have passed. */
  flush(timeoutMs: number): Promise<void>;
  /** Gives what is held up to `timeoutMs` to leave, then ends. */
  close(timeoutMs: number): Promise<void>;
  /** Records held. */
  readonly pending: number;
}

const NONE: readonly Buffer[] = [];
const WRITE_BYTES = 65_536;
const WRITE_RECORDS = 512;

/**
 * Sends at most once: records wait in a bounded queue while the far side is away, and count as delivered when the operating
 * system has taken them. What was being written when a connection broke is lost and counted as `failed.connection`.
 */
export class StreamSender implements Sender {
  readonly #account: Account;
  readonly #where: string;
  readonly #outbox: Outbox<Buffer>;
  readonly #connection: Connection;
  /** The write that is under way; one at a time. */
  #writing: readonly Buffer[] = NONE;
  #scheduled = false;
  #closed = false;
  readonly #waiters = new Waiters();

  /** @param where the far side as reports name it */
  constructor(destination: Destination, where: string, options: ConnectionOptions & OutboxOptions, account: Account) {
    this.#account = account;
    this.#where = where;
    this.#outbox = new Outbox(options);
    this.#connection = new Connection(destination, options, {
      open: () => this.#pump(),
      data: () => {},
      wanted: () => this.#outbox.size > 0,
      lost: (error) => this.#lost(error),
      failed: (error, retryMs) => account.report("connect", `cannot reach ${where}; the next attempt is in ${retryMs} ms`, error),
    });
    linger(this);
  }

  get pending(): number {
    return this.#outbox.size + this.#writing.length;
  }

  send(bytes: Buffer): "queued" | "settled" {
    const { kept, lost } = this.#outbox.add(bytes);
    if (lost > 0) this.#full(kept, lost);
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#pump());
    }
    return kept ? "queued" : "settled";
  }

  flush(timeoutMs: number): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    this.#pump();
    return this.#waiters.wait(timeoutMs);
  }

  async close(timeoutMs: number): Promise<void> {
    await this.flush(timeoutMs);
    if (this.#closed) return;
    this.#closed = true;
    this.#giveUp("unsent", `${this.#where} did not take what was left when the handler was closed`);
    this.#connection.close();
    lingerNoMore(this);
  }

  abandon(): void {
    this.#giveUp("exit", `the process ended before ${this.#where} took all records; await shutdown() first`);
  }

  #full(kept: boolean, lost: number): void {
    const queued = kept ? lost : lost - 1;
    settleDropped(this.#account, "full", queued);
    if (!kept) this.#account.counters.drop("full");
    this.#account.report("full", `the queue for ${this.#where} is full; the oldest or newest records are dropped`, undefined, lost);
  }

  #pump(): void {
    this.#scheduled = false;
    if (this.#writing !== NONE || this.#closed) return;
    if (this.#outbox.size === 0) {
      this.#waiters.release();
      return;
    }
    this.#connection.open();
    const { socket } = this.#connection;
    if (socket === undefined) return;
    const batch = this.#outbox.take(WRITE_BYTES, WRITE_RECORDS);
    this.#writing = batch;
    socket.write(batch.length === 1 ? batch[0]! : Buffer.concat(batch), (error) => {
      // Without an error the records are with the operating system; with one, `lost` counts them.
      if (error || this.#writing !== batch) return;
      this.#writing = NONE;
      settleDelivered(this.#account, batch.length);
      this.#pump();
    });
  }

  #lost(error: Error | undefined): void {
    const count = this.#writing.length;
    this.#writing = NONE;
    if (count > 0) settleFailed(this.#account, "connection", count);
    if (count > 0 || error !== undefined) this.#account.report("connection", `the connection to ${this.#where} was lost`, error, count);
    this.#pump();
  }

  #giveUp(reason: string, message: string): void {
    const count = this.#outbox.clear() + this.#writing.length;
    this.#writing = NONE;
    if (count === 0) return;
    settleFailed(this.#account, reason, count);
    this.#account.report(reason, message, undefined, count);
  }
}
