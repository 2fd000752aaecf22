import type { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns";
import { type Account, settleDelivered, settleFailed } from "./account.js";
import { Outbox, type OutboxOptions } from "./outbox.js";
import { ByteSender } from "./sender.js";
import { Shelf } from "./shelf.js";

/** What UDP over IPv4 can carry in one datagram. */
export const MAX_DATAGRAM_BYTES = 65_507;
/** After an error the name is looked up again, but not more often than this. */
const RENEW_MS = 30_000;
/** First and longest wait after a failed look-up. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Datagrams handed to the operating system at a time. */
const MOST_UNDER_WAY = 1_024;
const MOST_BYTES_UNDER_WAY = 1_048_576;
/** So long the operating system may find no room for a datagram, while Node offers it again and again. */
const STUCK_MS = 1_000;

const REASONS: Readonly<Record<string, string>> = {
  EMSGSIZE: "tooLarge",
  ECONNREFUSED: "refused",
  ENOBUFS: "noBuffer",
  EPERM: "denied",
  EACCES: "denied",
};

/** Sends datagrams to one place: at most once, each counted as delivered when the operating system has taken it. */
export class DatagramSender extends ByteSender {
  readonly #host: string;
  readonly #port: number;
  readonly #outbox: Outbox<Buffer>;
  #state: "idle" | "opening" | "open" | "waiting" | "closed" = "idle";
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Datagrams that the operating system has not answered for, the oldest first. */
  #underWay = new Set<Buffer>();
  #bytesUnderWay = 0;
  /** Those that were behind one that was stuck; they go first. */
  #again: Buffer[] = [];
  /** Answers so far. */
  #answers = 0;
  #watch: NodeJS.Timeout | undefined;
  #openedAt = 0;
  #waitMs = RETRY_MS;

  constructor(host: string, port: number, options: OutboxOptions, account: Account) {
    super(`${host}:${port} (UDP)`, account);
    this.#host = host;
    this.#port = port;
    this.#outbox = new Outbox(options, new Shelf().keep);
  }

  override get pending(): number {
    return this.#outbox.size + this.#underWay.size + this.#again.length;
  }

  override send(bytes: Buffer): "queued" | "settled" {
    if (this.#state === "open" && this.pending === 0) {
      this.#transmit(bytes);
      return "queued";
    }
    const { kept, lost } = this.#outbox.add(bytes);
    if (lost > 0) this.full(kept, lost);
    this.pump();
    return kept ? "queued" : "settled";
  }

  protected override pump(): void {
    if (this.#state === "idle") this.#open();
    while (this.#state === "open" && this.#underWay.size < MOST_UNDER_WAY && this.#bytesUnderWay < MOST_BYTES_UNDER_WAY) {
      const bytes = this.#again.shift() ?? this.#outbox.shift();
      if (bytes === undefined) break;
      this.#transmit(bytes);
    }
    if (this.pending === 0) this.emptied();
  }

  #transmit(bytes: Buffer): void {
    const underWay = this.#underWay.add(bytes);
    this.#bytesUnderWay += bytes.length;
    this.#watch ??= this.#look(this.#answers);
    this.#socket!.send(bytes, (error) => {
      this.#answers++;
      // Taken back from a socket that was stuck.
      if (!underWay.delete(bytes)) return;
      this.#bytesUnderWay -= bytes.length;
      if (error) this.#failed(error as NodeJS.ErrnoException);
      else settleDelivered(this.account, 1);
      this.pump();
    });
  }

  /** While the system answers ENOBUFS Node tries again without end, at the cost of a processor and of all that waits behind. */
  #look(answers: number): NodeJS.Timeout {
    const judge = (): void => {
      this.#watch = undefined;
      if (this.#underWay.size === 0 || this.#state !== "open") return;
      if (this.#answers === answers) this.#stuck();
      else this.#watch = this.#look(this.#answers);
    };
    // Behind the answers that came while the event loop stood still.
    return setTimeout(() => setImmediate(judge), STUCK_MS).unref();
  }

  #stuck(): void {
    const [, ...rest] = this.#underWay;
    this.#underWay.clear();
    this.#underWay = new Set();
    this.#bytesUnderWay = 0;
    this.#again = [...rest, ...this.#again];
    settleFailed(this.account, "noBuffer", 1);
    this.account.report("noBuffer", `the system had no buffer for a datagram to ${this.where}; it is left out`, undefined, 1);
    this.#socket?.close();
    this.#wait();
  }

  #failed(error: NodeJS.ErrnoException): void {
    const reason = REASONS[error.code ?? ""] ?? "send";
    settleFailed(this.account, reason, 1);
    this.account.report(reason, `a datagram to ${this.where} was not sent`, error, 1);
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
        this.pump();
      });
      socket.on("error", (cause) => {
        if (this.#state === "opening") this.#retry(cause);
        else this.account.report("refused", `${this.where} refuses datagrams`, cause);
      });
    });
  }

  #retry(error: Error): void {
    this.account.report("connect", `cannot send to ${this.where}; the next attempt is in ${this.#waitMs} ms`, error);
    this.#wait();
  }

  #wait(): void {
    this.#state = "waiting";
    this.#timer = setTimeout(() => {
      this.#state = "idle";
      if (this.pending > 0) this.pump();
    }, this.#waitMs).unref();
    this.#waitMs = Math.min(this.#waitMs * 2, RETRY_MAX_MS);
  }

  protected override discard(): number {
    const count = this.pending;
    this.#outbox.clear();
    this.#underWay.clear();
    this.#again = [];
    return count;
  }

  protected override release(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#socket?.close();
  }
}
