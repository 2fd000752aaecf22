import type { Server, Socket } from "node:net";
import { attempt, LoggingError, reportError } from "@cordwood/core";
import { auditRefusal } from "./audit.js";
import type { Confinement } from "./confine.js";
import type { Verified } from "./hmac.js";
import { Receiver } from "./receive.js";
import type { Scope } from "./remote-document.js";
import type { ResolveOptions } from "./resolve.js";

/** What {@link listen} takes. */
export interface ListenOptions extends ResolveOptions, Confinement {
  /** TCP port; 0 takes a free one. Default 9030, as in Python. */
  readonly port?: number;
  /** Address to listen on. Default `"127.0.0.1"`; an address that is not the loopback's needs `verify`. */
  readonly host?: string;
  /**
   * Decides about each message, and may turn it into another: what it returns is applied, `null` (or nothing, or `false`) discards the
   * message. Use `hmacVerifier({ secret })`, or your own. Default: whoever reaches the port may, as in Python.
   */
  readonly verify?: (message: Uint8Array) => Accepted | Promise<Accepted>;
  /** What a message may change: levels, or everything. Default `"levels"`. */
  readonly scope?: Scope;
  /** Largest message, in bytes. Default 65 536. */
  readonly maxBytes?: number;
  /** Longest time for a message to arrive in full, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /** Connections at a time. Default 16. */
  readonly maxConnections?: number;
  /** Longest time, in milliseconds, that a change lasts before the former configuration returns; a message may ask for less. Default: for good. */
  readonly lifetimeMs?: number;
}

/** What a `verify` answers: the message to apply, with or without its sender, or nothing to discard it. */
export type Accepted = Uint8Array | string | Verified | boolean | null | undefined | void;

/** A running configuration server. */
export interface ConfigServer {
  readonly port: number;
  readonly host: string;
  /** Stops listening and drops open connections. A second call is harmless. */
  close(): Promise<void>;
}

const DEFAULTS = { port: 9030, host: "127.0.0.1", maxBytes: 65_536, timeoutMs: 10_000, maxConnections: 16 } as const;
const servers = new Set<ConfigServer>();

/**
 * Starts Python's configuration server: a 4-byte big-endian length, then a JSON document or an INI file, one message a connection.
 * It keeps the process running until it is closed.
 * @throws LoggingError `OPTION_INVALID`, `LISTEN_FAILED`
 */
export const listen = async (options: ListenOptions = {}): Promise<ConfigServer> => {
  const { port, host, maxConnections } = { ...DEFAULTS, ...options };
  if (!isLoopback(host) && options.verify === undefined) {
    throw new LoggingError(
      "OPTION_INVALID",
      `listen: host ${host} can be reached from other machines; give verify, such as hmacVerifier({ secret }), or listen on 127.0.0.1`,
    );
  }
  for (const key of ["maxBytes", "timeoutMs", "maxConnections", "lifetimeMs"] as const) {
    const value = options[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw new LoggingError("OPTION_INVALID", `listen: ${key} is ${String(value)}; give a whole number above 0`);
  }
  const receiver = new Receiver(options);
  const sockets = new Set<Socket>();
  const { createServer } = process.getBuiltinModule("net");
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    new Connection(socket, receiver, { ...DEFAULTS, ...options });
  });
  server.maxConnections = maxConnections;
  await started(server, port, host);
  const bound = server.address() as { port: number; address: string };
  const running: ConfigServer = {
    port: bound.port,
    host: bound.address,
    close: () => {
      servers.delete(running);
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
    },
  };
  servers.add(running);
  return running;
};

/** Closes every configuration server of this process. */
export const stopListening = async (): Promise<void> => {
  await Promise.all([...servers].map((server) => server.close()));
};

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

const started = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new LoggingError("LISTEN_FAILED", `listen: port ${port} on ${host}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, () => resolve());
  });

/** One connection: takes one message, hands it on, closes. */
class Connection {
  readonly #socket: Socket;
  readonly #receiver: Receiver;
  readonly #maxBytes: number;
  readonly #timer: NodeJS.Timeout;
  readonly #peer: string;
  #chunks: Buffer[] = [];
  #held = 0;
  #state: "reading" | "done" = "reading";

  constructor(socket: Socket, receiver: Receiver, limits: { readonly maxBytes: number; readonly timeoutMs: number }) {
    this.#socket = socket;
    this.#receiver = receiver;
    this.#maxBytes = limits.maxBytes;
    this.#peer = `${socket.remoteAddress}:${socket.remotePort}`;
    // Over the whole message: a sender of one byte a second is never idle.
    this.#timer = setTimeout(() => this.#refuse(`a message that was not complete after ${limits.timeoutMs} ms`), limits.timeoutMs);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("end", () => this.#state === "reading" && this.#finish());
    socket.on("error", () => this.#finish());
    socket.once("close", () => clearTimeout(this.#timer));
  }

  #take(chunk: Buffer): void {
    if (this.#state === "done") return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < 4) return;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    const length = all.readUInt32BE(0);
    if (length > this.#maxBytes) {
      this.#refuse(`a message of ${length} bytes; at most ${this.#maxBytes} are read`);
      return;
    }
    if (all.length < length + 4) return;
    this.#state = "done";
    clearTimeout(this.#timer);
    this.#receiver.message(all.subarray(4, length + 4), this.#peer).then(
      (reply) => this.#answer(reply),
      (error: unknown) => {
        reportError({ cause: "configuration server", message: "the configuration server failed", error });
        this.#finish();
      },
    );
  }

  #answer(reply: string | undefined): void {
    if (reply === undefined) {
      this.#finish();
      return;
    }
    const body = Buffer.from(reply);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    this.#socket.end(Buffer.concat([head, body]), () => this.#finish());
  }

  #refuse(what: string): void {
    auditRefusal(`refused a configuration from ${this.#peer}: ${what}`, { peer: this.#peer });
    this.#state = "done";
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  /** Closes in good order: what the sender wrote beyond its message must not turn the end into a reset. */
  #finish(): void {
    this.#state = "done";
    clearTimeout(this.#timer);
    this.#chunks = [];
    attempt(() => this.#socket.end(), undefined);
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }
}
