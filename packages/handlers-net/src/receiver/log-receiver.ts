import type { Socket as DatagramSocket } from "node:dgram";
import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import { checkOptions, LoggingError, type OptionNames } from "@cordwood/core";
import { checkText, checkWhole } from "../options.js";
import { type TlsOptions, TlsSource } from "../tls.js";
import { Addresses } from "./addresses.js";
import { listenUdp } from "./datagram-listener.js";
import { type HttpSettings, listenHttp } from "./http-listener.js";
import { Intake, type OnRecord } from "./intake.js";
import type { PeerSettings } from "./peer-settings.js";
import { Rates } from "./rates.js";
import { Sources } from "./sources.js";
import { listenTcp, listenUnix, Peers, renewCertificates } from "./stream-listener.js";
import { type ReceiverStats, Tally } from "./tally.js";

export interface ReceiverAddress {
  /** Address to listen on. Default 127.0.0.1: nobody from outside this machine. */
  readonly host?: string;
  /** 0: any free port, see `addresses()`. */
  readonly port?: number;
}

export interface HttpReceiverAddress extends ReceiverAddress {
  readonly tls?: TlsOptions;
  /** The exact `Authorization` header that requests must carry, such as `Bearer …`. Default: none is asked for. */
  readonly authorization?: string;
  /** Origins (`https://app.example`) whose pages may send records from browsers. Default none. */
  readonly allowedOrigins?: readonly string[];
  /** Names that requests may be addressed to. Default: on a loopback address the names of this machine, otherwise any. */
  readonly allowedHosts?: readonly string[];
}

/** What to listen on; at least one. Ports as in Python: TCP 9020, UDP 9021, HTTP 9022. */
export interface ReceiverListeners {
  readonly tcp?: ReceiverAddress & { readonly tls?: TlsOptions };
  readonly udp?: ReceiverAddress;
  /** A socket file, made with mode 0600. */
  readonly unix?: { readonly path: string };
  readonly http?: HttpReceiverAddress;
}

export interface LogReceiverOptions {
  /** Takes each record in place of the logger of its name; a promise is waited for before the record is confirmed. */
  readonly onRecord?: OnRecord;
  /** Put in front of received names: `"remote"` makes `app.db` `remote.app.db`. Default none. */
  readonly prefix?: string;
  /** Called before records are confirmed to their sender, for instance to flush a file. Default nothing. */
  readonly beforeAcknowledge?: () => void | Promise<void>;
  /**
   * Where to write down how far the sources of acknowledged records have come, before that is confirmed: a receiver that was started again recognises
   * what is repeated. The file is made with mode 0600. Default: nowhere, so repetitions are recognised while the receiver lives.
   */
  readonly stateFile?: string;
  /** Longest frame or request body, in bytes. Default 1 MiB. */
  readonly maxFrameBytes?: number;
  /** Connections at a time; in a full house one that has never sent a whole frame makes room. Default 1 024. */
  readonly maxConnections?: number;
  /**
   * Connections of one address at a time over TCP, TLS and HTTP; what is beyond them is ended.
   * Default 64 for an address outside this machine, and no limit but `maxConnections` for this machine's own.
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Records taken each second: of a connection, which is then read more slowly, so that nothing is lost; over HTTP of an address, which is told with
   * status 429 when to come back; over UDP of an address, where what is beyond is lost and counted. At least 10. Default no limit.
   */
  readonly maxRecordsPerSecond?: number;
  /** Bytes of unfinished frames held for all connections; beyond them the largest is ended. Default 64 MiB. */
  readonly maxInFlightBytes?: number;
  /** A connection that sends nothing for so long is ended, in milliseconds. Default 300 000. */
  readonly idleTimeoutMs?: number;
  /** A frame or request that is not whole after so long ends its connection, in milliseconds. Default 10 000. */
  readonly frameTimeoutMs?: number;
  /** Longest TLS handshake, in milliseconds. Default 10 000. */
  readonly handshakeTimeoutMs?: number;
  /** How long `close` reads what is still on its way, in milliseconds. Default 5 000. */
  readonly drainTimeoutMs?: number;
}

/** Where a receiver listens. */
export interface ReceiverAddresses {
  readonly tcp?: { readonly host: string; readonly port: number };
  readonly udp?: { readonly host: string; readonly port: number };
  readonly unix?: { readonly path: string };
  readonly http?: { readonly host: string; readonly port: number };
}

const LOOPBACK = "127.0.0.1";
const TCP_PORT = 9_020;
const UDP_PORT = 9_021;
const HTTP_PORT = 9_022;
const SWEEP_MS = 1_000;
/** A connection on which nothing comes for so long has nothing more on its way. */
const QUIET_MS = 250;
const LISTENERS = ["tcp", "udp", "unix", "http"] as const;
const LISTENER_OPTIONS = {
  tcp: { host: true, port: true, tls: true },
  udp: { host: true, port: true },
  unix: { path: true },
  http: { host: true, port: true, tls: true, authorization: true, allowedOrigins: true, allowedHosts: true },
} as const;
const OPTIONS: OptionNames<ReceiverListeners & LogReceiverOptions> = {
  ...{ tcp: true, udp: true, unix: true, http: true },
  ...{ onRecord: true, prefix: true, beforeAcknowledge: true, stateFile: true, maxFrameBytes: true, maxConnections: true },
  ...{ maxInFlightBytes: true, maxConnectionsPerAddress: true, maxRecordsPerSecond: true },
  ...{ idleTimeoutMs: true, frameTimeoutMs: true, handshakeTimeoutMs: true, drainTimeoutMs: true },
};

/**
 * Receives records from handlers of this package and of Python over TCP, TLS, a Unix socket, UDP and HTTP, and hands each to the local
 * logger of its name, or to `onRecord`. Whatever a peer sends is data: JSON, or a pickle of plain values; nothing it says can name a
 * class, a path or a level to set.
 */
export class LogReceiver {
  readonly #listen: ReceiverListeners;
  readonly #options: LogReceiverOptions;
  readonly #tally = new Tally();
  readonly #peers: Peers;
  readonly #settings: PeerSettings;
  readonly #tcpTls: TlsSource | undefined;
  readonly #httpTls: TlsSource | undefined;
  /** Records from datagrams whose `onRecord` has not settled. */
  readonly #pending = new Set<Promise<void>>();
  #state: "new" | "started" | "closed" = "new";
  #tcp: Server | undefined;
  #unix: Server | undefined;
  #udp: DatagramSocket | undefined;
  #http: HttpServer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #addresses: ReceiverAddresses = {};

  /** @throws LoggingError when there is nothing to listen on, or an option is unknown or out of range */
  constructor(listen: ReceiverListeners & LogReceiverOptions, options: LogReceiverOptions = {}) {
    const all = { ...listen, ...options };
    check(all);
    this.#listen = all;
    this.#options = all;
    this.#tcpTls = serverTls(all.tcp?.tls, "LogReceiver tcp");
    this.#httpTls = serverTls(all.http?.tls, "LogReceiver http");
    const maxFrameBytes = all.maxFrameBytes ?? 1_048_576;
    this.#settings = {
      maxFrameBytes,
      intake: new Intake(all.prefix ?? "", all.onRecord, maxFrameBytes),
      tally: this.#tally,
      sources: new Sources(all.stateFile),
      beforeAcknowledge: all.beforeAcknowledge,
      addresses: new Addresses(all.maxConnectionsPerAddress, this.#tally),
      maxRecordsPerSecond: all.maxRecordsPerSecond ?? Number.POSITIVE_INFINITY,
      rates: new Rates(all.maxRecordsPerSecond ?? Number.POSITIVE_INFINITY),
      budget: { heldBytes: 0, maxBytes: all.maxInFlightBytes ?? 67_108_864 },
    };
    this.#peers = new Peers(this.#settings, {
      maxConnections: all.maxConnections ?? 1_024,
      idleTimeoutMs: all.idleTimeoutMs ?? 300_000,
      frameTimeoutMs: all.frameTimeoutMs ?? 10_000,
      handshakeTimeoutMs: all.handshakeTimeoutMs ?? 10_000,
    });
  }

  /** Settles when all listeners are ready. @throws the system's error, such as `EADDRINUSE`; then none listens */
  async start(): Promise<this> {
    if (this.#state !== "new") throw new LoggingError("RECEIVER_STATE", `LogReceiver: start() on one that is ${this.#state}; make another`);
    this.#state = "started";
    try {
      await this.#listenOnAll();
    } catch (error) {
      await this.close();
      throw error;
    }
    const sweep = Math.min(
      SWEEP_MS,
      Math.max(10, this.#peers.limits.frameTimeoutMs / 4),
      Math.max(10, this.#peers.limits.idleTimeoutMs / 4),
    );
    let swept = Date.now();
    this.#timer = setInterval(() => {
      const now = Date.now();
      // Also a clock that was set forward.
      const late = now - swept - sweep;
      swept = now;
      this.#peers.sweep(now, late > sweep ? late : 0);
      if (this.#tcp !== undefined) renewCertificates(this.#tcp, this.#tcpTls);
      if (this.#http !== undefined) renewCertificates(this.#http, this.#httpTls);
    }, sweep).unref();
    return this;
  }

  /** Where it listens; ports given as 0 are filled in. */
  addresses(): ReceiverAddresses {
    return this.#addresses;
  }

  stats(): ReceiverStats {
    const { received, duplicates, refused, failed, throttled } = this.#tally;
    return {
      received,
      duplicates,
      refused: { ...refused },
      failed: { ...failed },
      throttled,
      connections: this.#peers.count,
      heldBytes: this.#settings.budget.heldBytes,
    };
  }

  /**
   * Takes what has arrived, stops listening, reads what is still on its way, and settles when each record was handled. A second call is harmless.
   */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearInterval(this.#timer);
    const drainMs = this.#options.drainTimeoutMs ?? 5_000;
    await arrivals();
    this.#tcp?.close();
    this.#unix?.close();
    await Promise.all([this.#peers.drain(drainMs, Math.min(QUIET_MS, drainMs)), this.#closeHttp(drainMs), this.#closeUdp()]);
    await Promise.all(this.#pending);
    this.#settings.sources.close();
  }

  async #listenOnAll(): Promise<void> {
    const { tcp, udp, unix, http } = this.#listen;
    const addresses: { -readonly [K in keyof ReceiverAddresses]: ReceiverAddresses[K] } = {};
    if (tcp !== undefined) {
      const { server, address } = await listenTcp(
        { host: tcp.host ?? LOOPBACK, port: tcp.port ?? TCP_PORT, tls: this.#tcpTls },
        this.#peers,
      );
      this.#tcp = server;
      addresses.tcp = { host: address.address, port: address.port };
    }
    if (udp !== undefined) {
      const { socket, address } = await listenUdp(udp.host ?? LOOPBACK, udp.port ?? UDP_PORT, this.#settings, this.#pending);
      this.#udp = socket;
      addresses.udp = { host: address.address, port: address.port };
    }
    if (unix !== undefined) {
      this.#unix = await listenUnix(unix.path, this.#peers);
      addresses.unix = { path: unix.path };
    }
    if (http !== undefined) {
      const { server, address } = await listenHttp(
        { host: http.host ?? LOOPBACK, port: http.port ?? HTTP_PORT, tls: this.#httpTls },
        httpSettings(http, this.#peers),
        this.#settings,
      );
      this.#http = server;
      addresses.http = { host: address.address, port: address.port };
    }
    this.#addresses = addresses;
  }

  async #closeUdp(): Promise<void> {
    const udp = this.#udp;
    if (udp === undefined) return;
    await new Promise<void>((resolve) => udp.close(() => resolve()));
  }

  async #closeHttp(drainMs: number): Promise<void> {
    const http = this.#http;
    if (http === undefined) return;
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    http.closeIdleConnections();
    const timer = setTimeout(() => http.closeAllConnections(), drainMs);
    await closed;
    clearTimeout(timer);
  }
}

/** Lets the event loop take what has arrived: a datagram, or a connection with all it holds, that it has not seen yet would go with the listener. */
const arrivals = async (): Promise<void> => {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
};

const check = (all: ReceiverListeners & LogReceiverOptions): void => {
  const owner = "LogReceiver";
  checkOptions(owner, all, OPTIONS);
  if (LISTENERS.every((name) => all[name] === undefined))
    throw new LoggingError("OPTION_INVALID", `${owner}: there is nothing to listen on; give tcp, udp, unix or http`);
  for (const name of LISTENERS) if (all[name] !== undefined) checkOptions(`${owner} ${name}`, all[name], LISTENER_OPTIONS[name]);
  for (const name of ["tcp", "udp", "http"] as const) checkWhole(owner, `${name}.port`, all[name]?.port, 0, 65_535);
  if (all.unix !== undefined) checkText(owner, "unix.path", all.unix.path);
  for (const name of ["maxFrameBytes", "maxConnections", "maxConnectionsPerAddress", "maxInFlightBytes"] as const)
    checkWhole(owner, name, all[name], 1);
  checkWhole(owner, "maxRecordsPerSecond", all.maxRecordsPerSecond, 10);
  for (const name of ["idleTimeoutMs", "frameTimeoutMs", "handshakeTimeoutMs", "drainTimeoutMs"] as const)
    checkWhole(owner, name, all[name], 1, 2_147_483_647);
};

/** A server shows a certificate; without one no client could verify it. */
const serverTls = (tls: TlsOptions | undefined, owner: string): TlsSource | undefined => {
  if (tls === undefined) return undefined;
  const source = new TlsSource(tls, owner, "server");
  if (tls.cert === undefined)
    throw new LoggingError("TLS_OPTION_INVALID", `${owner}: tls.cert and tls.key are missing; give PEM text or paths of PEM files`);
  return source;
};

const httpSettings = (http: HttpReceiverAddress, peers: Peers): HttpSettings => {
  const host = http.host ?? LOOPBACK;
  const loopback = host === "localhost" || host === "::1" || host.startsWith("127.");
  return {
    authorization: http.authorization,
    allowedOrigins: http.allowedOrigins ?? [],
    allowedHosts: http.allowedHosts ?? (loopback ? ["localhost", "127.0.0.1", "[::1]", host] : undefined),
    maxConnections: peers.limits.maxConnections,
    requestTimeoutMs: peers.limits.frameTimeoutMs,
  };
};
