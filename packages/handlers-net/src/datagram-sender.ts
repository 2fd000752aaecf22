import type { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns";
import { type Account, settleDelivered, settleDropped, settleFailed } from "./account.js";
import { linger, lingerNoMore } from "./linger.js";
import { Outbox, type OutboxOptions } from "./outbox.js";
import type { Sender } from "./stream-sender.js";
import { Waiters } from "./waiters.js";

/** What UDP over IPv4 can carry in one datagram. */
export const MAX_DATAGRAM_BYTES = 65_507;
/** After an error the name is looked up again, but not more often than this. */
const RENEW_MS = 30_000;
/** First and longest wait after a failed look-up. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Datagrams handed to the operating system at a time. */
const MOST_UNDER_WAY = 1_024;

const REASONS: Readonly<Record<string, string>> = {
  EMSGSIZE: "tooLarge",
  ECONNREFUSED: "refused",
  ENOBUFS: "noBuffer",
  EPERM: "denied",
  EACCES: "denied",
};

/** Sends datagrams to one place: at most once, each counted as delivered when the operating system has taken it. */
export class DatagramSender implements Sender {
  readonly #host: string;
  readonly #port: number;
  readonly #account: Account;
  readonly #outbox: Outbox<Buffer>;
  #state: "idle" | "opening" | "open" | "waiting" | "closed" = "idle";
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  #openedAt = 0;
  #waitMs = RETRY_MS;
  readonly #waiters = new Waiters();

  constructor(host: string, port: number, options: OutboxOptions, account: Account) {
    this.#host = host;
    this.#port = port;
    this.#account = account;
    this.#outbox = new Outbox(options);
    linger(this);
  }

  get pending(): number {
    return this.#outbox.size + this.#underWay;
  }

  send(bytes: Buffer): "queued" | "settled" {
    const { kept, lost } = this.#outbox.add(bytes);
    if (lost > 0) {
      settleDropped(this.#account, "full", kept ? lost : lost - 1);
      if (!kept) this.#account.counters.drop("full");
      this.#account.report("full", `the queue for ${this.#where} is full`, undefined, lost);
    }
    this.#pump();
    return kept ? "queued" : "settled";
  }

  flush(timeoutMs: number): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return this.#waiters.wait(timeoutMs);
  }

  async close(timeoutMs: number): Promise<void> {
    await this.flush(timeoutMs);
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#giveUp("unsent", "could not be sent before the handler was closed");
    this.#socket?.close();
    lingerNoMore(this);
  }

  abandon(): void {
    this.#giveUp("exit", "were not sent before the process ended");
  }

  get #where(): string {
    return `${this.#host}:${this.#port} (UDP)`;
  }

  #pump(): void {
    if (this.#state === "idle") this.#open();
    while (this.#state === "open" && this.#outbox.size > 0 && this.#underWay < MOST_UNDER_WAY) this.#transmit(this.#outbox.shift()!);
    if (this.pending === 0) this.#waiters.release();
  }

  #transmit(bytes: Buffer): void {
    this.#underWay++;
    this.#socket!.send(bytes, (error) => {
      this.#underWay--;
      if (error) this.#failed(error as NodeJS.ErrnoException);
      else settleDelivered(this.#account, 1);
      this.#pump();
    });
  }

  #failed(error: NodeJS.ErrnoException): void {
    const reason = REASONS[error.code ?? ""] ?? "send";
    settleFailed(this.#account, reason, 1);
    this.#account.report(reason, `a datagram to ${this.#where} was not sent`, error, 1);
    if (this.#state !== "open" || reason === "tooLarge" || Date.now() - this.#openedAt < RENEW_MS) return;
    this.#socket?.close();
    this.#state = "idle";
  }

  #open(): void {
    this.#state = "opening";
    lookup(this.#host, (error, address, family) => {
      if (this.#state !== "opening") return;
      if (error) return this.#retry(error);
      const socket = createSocket(family === 6 ? "udp6" : "udp4").unref();
      this.#socket = socket;
      // Connected, so that a refusal by the far side comes back as an error of a later datagram.
      socket.connect(this.#port, address, () => {
        this.#state = "open";
        this.#openedAt = Date.now();
        this.#waitMs = RETRY_MS;
        this.#pump();
      });
      socket.on("error", (cause) => {
        if (this.#state === "opening") this.#retry(cause);
        else this.#account.report("refused", `${this.#where} refuses datagrams`, cause);
      });
    });
  }

  #retry(error: Error): void {
    this.#state = "waiting";
    this.#account.report("connect", `cannot send to ${this.#where}; the next attempt is in ${this.#waitMs} ms`, error);
    this.#timer = setTimeout(() => {
      this.#state = "idle";
      if (this.#outbox.size > 0) this.#pump();
    }, this.#waitMs).unref();
    this.#waitMs = Math.min(this.#waitMs * 2, RETRY_MAX_MS);
  }

  #giveUp(reason: string, message: string): void {
    const count = this.#outbox.clear() + this.#underWay;
    this.#underWay = 0;
    if (count === 0) return;
    settleFailed(this.#account, reason, count);
    this.#account.report(reason, `records for ${this.#where} ${message}`, undefined, count);
  }
}
