import { connect as connectTcp, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import { SendQueueWatch } from "./send-queue-watch.js";
import type { TlsSource } from "./tls.js";

/** Where a connection goes: a host and a port, or the path of a Unix socket. */
export interface Destination {
  readonly host: string;
  /** `undefined`: `host` is the path of a Unix socket. */
  readonly port: number | undefined;
  readonly tls: TlsSource | undefined;
}

export interface ConnectionOptions {
  /** Longest wait for a connection, name lookup included, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Longest wait for the TLS handshake, in milliseconds. Default 10 000. */
  readonly handshakeTimeoutMs?: number;
  /**
   * A write of which nothing leaves for so long, or for three quarters of it, ends the connection, in milliseconds. Default 40 000. On Linux so
   * does, after half to three quarters of it, what has left and is sent again and again without being acknowledged.
   */
  readonly stallTimeoutMs?: number;
  /** First wait before another attempt, in milliseconds; each wait is cut at random by up to half. Default 1 000, Python's `retryStart`. */
  readonly reconnectInitialMs?: number;
  /** What each further wait is multiplied by. Default 2, Python's `retryFactor`. */
  readonly reconnectFactor?: number;
  /** Longest wait, in milliseconds. Default 30 000, Python's `retryMax`. */
  readonly reconnectMaxMs?: number;
}

export interface ConnectionEvents {
  open(socket: Socket): void;
  data(chunk: Buffer): void;
  /** An open connection is gone: `error` says why, or is `undefined` when the far side ended it. */
  lost(error: Error | undefined): void;
  /** An attempt failed; `retryMs` says when the next one begins. */
  failed(error: Error, retryMs: number): void;
  /** Whether there is anything to send: after a wait without, the connection stays away until `open()`. */
  wanted(): boolean;
}

/** Idle time after which the operating system probes the far side; libuv probes each second then, ten times. */
const KEEP_ALIVE_MS = 15_000;

/** A write that stands still is looked at so often before its time is over. */
const LOOKS = 4;

/**
 * One connection that comes back: opened on demand, opened again after a loss. It never keeps the process alive.
 * The wait grows from attempt to attempt and starts anew with a connection that was made, as in Python.
 */
export class Connection {
  readonly #destination: Destination;
  readonly #events: ConnectionEvents;
  readonly #options: Required<ConnectionOptions>;
  #state: "idle" | "connecting" | "open" | "ending" | "waiting" | "closed" = "idle";
  #socket: Socket | undefined;
  #watch: SendQueueWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waitMs: number;

  constructor(destination: Destination, options: ConnectionOptions, events: ConnectionEvents) {
    this.#destination = destination;
    this.#events = events;
    this.#options = {
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
      stallTimeoutMs: options.stallTimeoutMs ?? 40_000,
      reconnectInitialMs: options.reconnectInitialMs ?? 1_000,
      reconnectFactor: options.reconnectFactor ?? 2,
      reconnectMaxMs: options.reconnectMaxMs ?? 30_000,
    };
    this.#waitMs = this.#options.reconnectInitialMs;
  }

  /** The socket while records may be written to it. */
  get socket(): Socket | undefined {
    return this.#state === "open" && this.#socket?.destroyed === false ? this.#socket : undefined;
  }

  /** Begins to connect, unless that is under way, done, or to be waited for. */
  open(): void {
    if (this.#state === "idle") this.#connect();
  }

  /** Something was written whose way across nobody else watches: the far side has to acknowledge it in time, where the system tells. */
  wrote(): void {
    this.#watch?.wrote();
  }

  /** Gives up the present socket and connects again after the wait. */
  reset(error: Error): void {
    this.#socket?.destroy(error);
  }

  /** Ends the connection for good; what was written to it still leaves. */
  close(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#watch?.end();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.removeAllListeners("timeout");
    // A far side that never reads would hold the socket open for ever.
    const kill = setTimeout(() => socket.destroy(), 2_000).unref();
    socket.once("close", () => clearTimeout(kill));
    if (socket.connecting) socket.destroy();
    else socket.end();
    socket.resume();
  }

  #connect(): void {
    this.#state = "connecting";
    const { connectTimeoutMs, handshakeTimeoutMs } = this.#options;
    let socket: Socket;
    try {
      socket = dial(this.#destination);
    } catch (error) {
      this.#retry(error as Error);
      return;
    }
    this.#socket = socket.unref();
    const late =
      (what: string): (() => void) =>
      () =>
        void socket.destroy(new Error(`no ${what} within the time allowed`));
    this.#timer = setTimeout(late("connection"), connectTimeoutMs).unref();
    const secure = this.#destination.tls !== undefined;
    socket.once("connect", () => {
      clearTimeout(this.#timer);
      if (secure) this.#timer = setTimeout(late("TLS handshake"), handshakeTimeoutMs).unref();
      else this.#opened(socket);
    });
    if (secure) socket.once("secureConnect", () => this.#opened(socket));
    let cause: Error | undefined;
    socket.on("error", (error) => (cause ??= error));
    socket.on("close", () => this.#closed(socket, cause));
  }

  #opened(socket: Socket): void {
    clearTimeout(this.#timer);
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#waitMs = this.#options.reconnectInitialMs;
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    giveUpWhenStalled(socket, this.#options.stallTimeoutMs);
    if (this.#destination.port !== undefined) this.#watch = new SendQueueWatch(socket, this.#options.stallTimeoutMs);
    socket.on("data", (chunk: Buffer) => this.#events.data(chunk));
    // The far side will read what was written so far, and nothing more.
    socket.once("end", () => {
      if (this.#state === "open") this.#state = "ending";
    });
    this.#events.open(socket);
  }

  #closed(socket: Socket, cause: Error | undefined): void {
    if (this.#socket !== socket) return;
    clearTimeout(this.#timer);
    this.#socket = undefined;
    const was = this.#state;
    if (was === "closed") return;
    if (was === "connecting") {
      this.#retry(cause ?? new Error("the far side closed the connection before it was open"));
      return;
    }
    this.#wait();
    this.#events.lost(cause);
  }

  #retry(error: Error): void {
    const waitMs = this.#wait();
    this.#events.failed(error, waitMs);
  }

  #wait(): number {
    this.#state = "waiting";
    const waitMs = Math.round(this.#waitMs * (0.5 + Math.random() / 2));
    this.#waitMs = Math.min(this.#waitMs * this.#options.reconnectFactor, this.#options.reconnectMaxMs);
    this.#timer = setTimeout(() => {
      this.#state = "idle";
      if (this.#events.wanted()) this.#connect();
    }, waitMs).unref();
    return waitMs;
  }
}

const dial = ({ host, port, tls }: Destination): Socket => {
  const target = port === undefined ? { path: host } : { host, port };
  if (tls === undefined) return connectTcp(target);
  const material = tls.material();
  const name = material.servername;
  // An address may not be sent as a server name, yet a certificate may carry it.
  if (name === undefined || isIP(name) === 0) return connectTls({ ...target, ...material });
  const { servername: _, ...rest } = material;
  return connectTls({ ...target, ...rest, checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) });
};

/**
 * Ends a connection on which a write makes no progress. Node's timer starts anew in silence when it finds that bytes have left since it looked last;
 * so it looks several times, and three looks one after another that found nothing are between three quarters of the time and all of it.
 */
const giveUpWhenStalled = (socket: Socket, stallTimeoutMs: number): void => {
  const stepMs = Math.max(1, Math.round(stallTimeoutMs / LOOKS));
  let looks = 0;
  let lookedAt = 0;
  socket.setTimeout(stepMs);
  socket.on("timeout", () => {
    if (socket.writableLength === 0) return;
    const now = performance.now();
    looks = now - lookedAt < stepMs * 1.5 ? looks + 1 : 1;
    lookedAt = now;
    if (looks === LOOKS - 1) socket.destroy(new Error(`the far side has taken nothing for ${Math.round(stepMs * looks)} ms`));
    else socket.setTimeout(stepMs);
  });
};
