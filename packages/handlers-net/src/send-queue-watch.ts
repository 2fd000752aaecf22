import type { Socket } from "node:net";
import { readSendQueue } from "./send-queue.js";

/** So many looks are taken in `stallTimeoutMs`, as long as one of them is cheap. */
const LOOKS = 16;
/** Where the system has many sockets a look takes long: it may take this part of the time. */
const MAX_SHARE = 0.01;
/** However long a look takes, so many are taken. */
const MIN_LOOKS = 4;

/**
 * Ends a connection whose far side acknowledges nothing, though all that was written found room in the operating system: Node sees nothing of
 * that, the system's own probes rest while it sends something again, and that it does for a quarter of an hour. Where the system tells what is not
 * acknowledged (see `readSendQueue`) it is looked at from a write until nothing is left; elsewhere nothing is done. Nothing here keeps the
 * process alive, and nothing is looked at while a record is logged.
 */
export class SendQueueWatch {
  readonly #socket: Socket;
  readonly #stallTimeoutMs: number;
  readonly #read: (socket: Socket) => ReturnType<typeof readSendQueue>;
  #state: "resting" | "watching" | "ended" = "resting";
  #timer: NodeJS.Timeout | undefined;
  /** When the far side was last known to be there. */
  #aliveAt = performance.now();
  /** Since when it has been silent, as far as is known, and when that is too long. */
  #since = 0;
  #dueAt = 0;
  /** Looks since then. */
  #looks = 0;
  #retransmits = 0;
  /** The far side had acknowledged no more than so many bytes of the connection by then. */
  #acknowledgedAtMost = 0;

  /** @param read how the queue is looked up */
  constructor(socket: Socket, stallTimeoutMs: number, read: (socket: Socket) => ReturnType<typeof readSendQueue> = readSendQueue) {
    this.#socket = socket;
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#read = read;
    socket.once("close", () => this.end());
  }

  /** Something was written. */
  wrote(): void {
    if (this.#state !== "resting") return;
    this.#state = "watching";
    const now = performance.now();
    // A connection that was idle may have been dead for a while when something is written at last. Longer than 25 seconds it cannot
    // have been: the system's probes would have ended it.
    const idleMs = now - this.#aliveAt;
    this.#begin(now, Math.min(Math.max(this.#stallTimeoutMs - idleMs, this.#stallTimeoutMs / 2), this.#stallTimeoutMs * 0.75));
    this.#lookAfter(this.#stallTimeoutMs / LOOKS);
  }

  end(): void {
    this.#state = "ended";
    clearTimeout(this.#timer);
  }

  #begin(now: number, patienceMs: number): void {
    this.#since = now;
    this.#dueAt = now + patienceMs;
    this.#looks = 0;
    this.#retransmits = 0;
    this.#acknowledgedAtMost = Number.POSITIVE_INFINITY;
  }

  #lookAfter(pauseMs: number): void {
    this.#timer = setTimeout(() => void this.#look(), Math.max(1, pauseMs)).unref();
  }

  async #look(): Promise<void> {
    const socket = this.#socket;
    const begunAt = performance.now();
    const written = socket.bytesWritten;
    // Of these the system has all but what still waits for room there.
    const handedOver = written - socket.writableLength;
    const queue = await this.#read(socket);
    if (this.#state === "ended") return;
    const now = performance.now();
    if (queue === undefined || queue.bytes === 0) {
      this.#aliveAt = now;
      if (socket.bytesWritten === written) {
        this.#state = "resting";
        return;
      }
      this.#begin(now, this.#stallTimeoutMs * 0.75);
    } else {
      const { bytes, retransmits, probing } = queue;
      // Records may be written while the table is read, and TLS adds bytes of its own: what was acknowledged lies between two bounds.
      const moved = handedOver - bytes > this.#acknowledgedAtMost;
      if (probing || retransmits === 0 || retransmits < this.#retransmits || moved) {
        this.#aliveAt = now;
        this.#begin(now, this.#stallTimeoutMs * 0.75);
      }
      this.#retransmits = retransmits;
      this.#acknowledgedAtMost = Math.min(this.#acknowledgedAtMost, socket.bytesWritten - bytes);
      this.#looks++;
      // One look alone decides nothing: this process may have stood still itself.
      if (now >= this.#dueAt && this.#looks > 1) {
        const silentMs = Math.round(now - this.#since);
        socket.destroy(
          new Error(`the far side has acknowledged nothing for ${silentMs} ms, though it was sent ${retransmits} times again`),
        );
        return;
      }
    }
    const stepMs = this.#stallTimeoutMs / LOOKS;
    const pauseMs = Math.min(Math.max(stepMs, (now - begunAt) / MAX_SHARE), this.#stallTimeoutMs / MIN_LOOKS);
    this.#lookAfter(Math.min(pauseMs, Math.max(stepMs, this.#dueAt - now)));
  }
}
