import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { type Account, settleDelivered, settleFailed } from "./account.js";
import { greetingFrame, parseAcknowledgement } from "./acknowledgement.js";
import { Connection, type ConnectionOptions, type Destination } from "./connection.js";
import { FrameReader } from "./frame.js";
import { frameRefused } from "./frame-refused.js";
import { ByteSender } from "./sender.js";
import type { Unconfirmed } from "./unconfirmed.js";

export interface AcknowledgementOptions {
  /** Longest wait for the far side to confirm anything while records are under way, in milliseconds. Default 30 000. */
  readonly ackTimeoutMs?: number;
}

/** Records and bytes that may be under way without a confirmation. */
const WINDOW_RECORDS = 1_024;
const WINDOW_BYTES = 1_048_576;
const BATCH_BYTES = 65_536;
const MAX_ANSWER_BYTES = 4_096;

/**
 * Sends at least once and in order: a record is held until the far side confirms it, and sent again after a lost connection.
 * The far side says at each greeting how far it has come, so that only what it had handled without our hearing of it is repeated.
 */
export class AcknowledgedSender extends ByteSender {
  readonly #unconfirmed: Unconfirmed;
  readonly #connection: Connection;
  readonly #ackTimeoutMs: number;
  #reader = new FrameReader(MAX_ANSWER_BYTES);
  #phase: "away" | "greeted" | "streaming" = "away";
  /** Sizes of the batches under way, the oldest first. */
  #underWay: { readonly last: number; readonly bytes: number }[] = [];
  #underWayBytes = 0;
  #expected = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    destination: Destination,
    where: string,
    unconfirmed: Unconfirmed,
    options: ConnectionOptions & AcknowledgementOptions,
    account: Account,
  ) {
    super(where, account);
    this.#unconfirmed = unconfirmed;
    this.#ackTimeoutMs = options.ackTimeoutMs ?? 30_000;
    this.#connection = new Connection(destination, options, {
      open: (socket) => this.#greet(socket),
      data: (chunk) => this.#heard(chunk),
      lost: (error) => this.#lost(error),
      failed: (error, retryMs) => account.report("connect", `cannot reach ${where}; the next attempt is in ${retryMs} ms`, error),
      wanted: () => unconfirmed.size > 0,
    });
    unconfirmed.onProblem = (error) =>
      account.report("spool", `the spool for ${where} could not be read, cleared or forced onto the disk`, error);
    // What an earlier process left behind is accepted again by this one.
    account.counters.accepted += unconfirmed.size;
    account.counters.queued += unconfirmed.size;
    if (unconfirmed.size > 0) this.#schedule();
  }

  override get pending(): number {
    return this.#unconfirmed.size;
  }

  override send(bytes: Buffer): "queued" | "settled" {
    try {
      if (!this.#unconfirmed.append(bytes)) {
        this.account.counters.drop("full");
        this.account.report(
          "full",
          `${this.#unconfirmed.durable ? "the spool" : "the queue"} for ${this.where} is full; new records are dropped`,
          undefined,
          1,
        );
        return "settled";
      }
    } catch (error) {
      this.account.counters.fail("spool");
      this.account.report("spool", `a record for ${this.where} could not be written to the spool`, error, 1);
      return "settled";
    }
    this.#schedule();
    return "queued";
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.pump());
  }

  #greet(socket: Socket): void {
    this.#reader = new FrameReader(MAX_ANSWER_BYTES);
    this.#underWay = [];
    this.#underWayBytes = 0;
    this.#unconfirmed.rewind();
    this.#phase = "greeted";
    this.#expected = this.#unconfirmed.confirmed + 1;
    socket.write(greetingFrame({ source: this.#unconfirmed.source, next: this.#expected }));
    this.#watch();
  }

  #heard(chunk: Buffer): void {
    try {
      this.#reader.push(chunk, (bytes, start, end) => this.#confirmed(parseAcknowledgement(bytes, start, end)));
    } catch (error) {
      this.#connection.reset(new Error(`${this.where} does not confirm records: it is no LogReceiver`, { cause: error }));
    }
  }

  #confirmed(sequence: number): void {
    const most = this.#phase === "greeted" ? this.#unconfirmed.last : this.#expected - 1;
    if (sequence > most) throw frameRefused(`it confirms number ${sequence}; ${most} is the last there is`);
    const count = this.#unconfirmed.confirm(sequence);
    if (count > 0) settleDelivered(this.account, count);
    if (this.#phase === "greeted") {
      // Records that had arrived before the connection broke are not sent again.
      this.#phase = "streaming";
      this.#unconfirmed.rewind();
    }
    while (this.#underWay.length > 0 && this.#underWay[0]!.last <= sequence) this.#underWayBytes -= this.#underWay.shift()!.bytes;
    this.#watch();
    this.pump();
  }

  protected override pump(): void {
    this.#scheduled = false;
    if (this.closed) return;
    if (this.#unconfirmed.size === 0) {
      this.emptied();
      return;
    }
    this.#connection.open();
    const { socket } = this.#connection;
    while (socket !== undefined && this.#phase === "streaming" && this.#underWayBytes < WINDOW_BYTES) {
      const room = WINDOW_RECORDS - (this.#underWay.length === 0 ? 0 : this.#underWay.at(-1)!.last - this.#unconfirmed.confirmed);
      if (room <= 0) break;
      const batch = this.#unconfirmed.read(BATCH_BYTES, room);
      this.#countCorrupt();
      if (batch === undefined) break;
      if (batch.first !== this.#expected) socket.write(greetingFrame({ source: this.#unconfirmed.source, next: batch.first }));
      socket.write(batch.bytes);
      const last = batch.first + batch.count - 1;
      this.#expected = last + 1;
      this.#underWay.push({ last, bytes: batch.bytes.length });
      this.#underWayBytes += batch.bytes.length;
      if (this.#underWay.length === 1) this.#watch();
    }
  }

  #countCorrupt(): void {
    const count = this.#unconfirmed.takeCorrupt();
    if (count === 0) return;
    settleFailed(this.account, "corrupt", count);
    this.account.report("corrupt", `records in the spool for ${this.where} are damaged and left out`, undefined, count);
    this.#schedule();
  }

  /** A far side that confirms nothing while something is under way is gone, whatever the operating system says. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#phase !== "greeted" && this.#underWay.length === 0) return;
    this.#timer = setTimeout(
      () => this.#connection.reset(new Error(`${this.where} has confirmed nothing for ${this.#ackTimeoutMs} ms`)),
      this.#ackTimeoutMs,
    ).unref();
  }

  #lost(error: Error | undefined): void {
    clearTimeout(this.#timer);
    this.#phase = "away";
    if (error !== undefined)
      this.account.report("connection", `the connection to ${this.where} was lost; what it has not confirmed is sent again`, error);
    this.pump();
  }

  /** What is on disk is not lost: the next start finds it. */
  protected override discard(): number {
    const count = this.#unconfirmed.durable ? 0 : this.#unconfirmed.size;
    if (count > 0) this.#unconfirmed.confirm(Number.MAX_SAFE_INTEGER);
    return count;
  }

  protected override release(): void {
    clearTimeout(this.#timer);
    this.#connection.close();
    this.#unconfirmed.close();
  }
}
