import type { Buffer } from "node:buffer";
import { type Account, settleDelivered, settleFailed } from "./account.js";
import { Connection, type ConnectionOptions, type Destination } from "./connection.js";
import { Outbox, type OutboxOptions } from "./outbox.js";
import { ByteSender } from "./sender.js";
import { joined, Shelf } from "./shelf.js";

const NONE: readonly Buffer[] = [];
const WRITE_BYTES = 65_536;
const WRITE_RECORDS = 512;

/**
 * Sends at most once: records wait in a bounded queue while the far side is away, and count as delivered when the operating
 * system has taken them. What was being written when a connection broke is lost and counted as `failed.connection`.
 */
export class StreamSender extends ByteSender {
  readonly #outbox: Outbox<Buffer>;
  readonly #connection: Connection;
  /** The write that is under way; one at a time. */
  #writing: readonly Buffer[] = NONE;
  #scheduled = false;

  /** @param where the far side as reports name it */
  constructor(destination: Destination, where: string, options: ConnectionOptions & OutboxOptions, account: Account) {
    super(where, account);
    this.#outbox = new Outbox(options, new Shelf().keep);
    this.#connection = new Connection(destination, options, {
      open: () => this.pump(),
      data: () => {},
      wanted: () => this.#outbox.size > 0,
      lost: (error) => this.#lost(error),
      failed: (error, retryMs) => {
        const datagrams = (error as NodeJS.ErrnoException).code === "EPROTOTYPE";
        const hint = datagrams ? ": it is a datagram socket, which Node cannot use; send over UDP or TCP" : "";
        account.report("connect", `cannot reach ${where}${hint}; the next attempt is in ${retryMs} ms`, error);
      },
    });
  }

  override get pending(): number {
    return this.#outbox.size + this.#writing.length;
  }

  override send(bytes: Buffer): "queued" | "settled" {
    const { kept, lost } = this.#outbox.add(bytes);
    if (lost > 0) this.full(kept, lost);
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.pump());
    }
    return kept ? "queued" : "settled";
  }

  protected override pump(): void {
    this.#scheduled = false;
    if (this.#writing !== NONE || this.closed) return;
    if (this.#outbox.size === 0) {
      this.emptied();
      return;
    }
    this.#connection.open();
    const { socket } = this.#connection;
    if (socket === undefined) return;
    const batch = this.#outbox.take(WRITE_BYTES, WRITE_RECORDS);
    this.#writing = batch;
    socket.write(joined(batch), (error) => {
      // Without an error the records are with the operating system; with one, `lost` counts them. Node tells of no error when a socket is destroyed.
      if (error || socket.destroyed || this.#writing !== batch) return;
      this.#writing = NONE;
      settleDelivered(this.account, batch.length);
      this.pump();
    });
    this.#connection.wrote();
  }

  #lost(error: Error | undefined): void {
    const count = this.#writing.length;
    this.#writing = NONE;
    if (count > 0) settleFailed(this.account, "connection", count);
    if (count > 0 || error !== undefined) this.account.report("connection", `the connection to ${this.where} was lost`, error, count);
    this.pump();
  }

  protected override discard(): number {
    const count = this.#outbox.clear() + this.#writing.length;
    this.#writing = NONE;
    return count;
  }

  protected override release(): void {
    this.#connection.close();
  }
}
