import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { LoggingError } from "@cordwood/core";
import type { TlsSource } from "../tls.js";
import { makeOrigin } from "./origin.js";
import type { PeerSettings } from "./peer-settings.js";
import { StreamPeer } from "./stream-peer.js";

/** How often a closing receiver looks whether anything came. */
const LOOK_MS = 10;

export interface StreamLimits {
  readonly maxConnections: number;
  readonly idleTimeoutMs: number;
  readonly frameTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
}

/** The connections of all stream listeners of a receiver: limits hold for them together. */
export class Peers {
  readonly settings: PeerSettings;
  readonly limits: StreamLimits;
  readonly #peers = new Set<StreamPeer>();

  constructor(settings: PeerSettings, limits: StreamLimits) {
    this.settings = settings;
    this.limits = limits;
  }

  get count(): number {
    return this.#peers.size;
  }

  /** Takes a connection in; a full house makes room by ending one that has never sent a whole frame, if there is one. */
  add(socket: Socket, transport: "tcp" | "tls" | "unix", path: string | undefined): void {
    if (socket.destroyed) return;
    const { tally } = this.settings;
    const address = path ?? socket.remoteAddress ?? "unknown";
    socket.on("error", () => {}); // "close" follows and says all there is to say.
    if (this.#peers.size >= this.limits.maxConnections && !this.#makeRoom()) {
      tally.refuse("connections", address);
      socket.destroy();
      return;
    }
    const certificate = transport === "tls" ? certificateName(socket as TLSSocket) : undefined;
    const origin = makeOrigin({
      transport,
      address,
      ...(socket.remotePort === undefined ? {} : { port: socket.remotePort }),
      ...(certificate === undefined ? {} : { certificate }),
    });
    const peer = new StreamPeer(socket, origin, Date.now(), this.settings);
    this.#peers.add(peer);
    socket.setNoDelay(true).setKeepAlive(true, 30_000);
    socket.on("data", (chunk: Buffer) => this.#data(peer, chunk));
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      peer.release();
      this.#peers.delete(peer);
    });
  }

  /**
   * Ends what is too slow or too quiet.
   * @param stalledMs how long this process itself stood still since the last sweep: what has come meanwhile is not read yet
   */
  sweep(now: number, stalledMs: number): void {
    const { idleTimeoutMs, frameTimeoutMs } = this.limits;
    if (stalledMs > 0) for (const peer of this.#peers) peer.excuse(stalledMs);
    for (const peer of this.#peers) {
      const slow = peer.frameSince > 0 && now - peer.frameSince > frameTimeoutMs;
      if (!slow && now - peer.lastDataAt <= idleTimeoutMs) continue;
      if (peer.pending > 0 || peer.waits) continue;
      if (slow) this.settings.tally.refuse("slow", peer.label);
      peer.socket.destroy();
    }
  }

  /** Lets every peer finish: our side ends, and what is still on its way is read until nothing comes for `quietMs`. */
  async drain(timeoutMs: number, quietMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (const peer of this.#peers) void peer.finish();
    // Looks are counted and not the time: after a stall of the event loop what came meanwhile is read behind the first look.
    const quiet = new Map<StreamPeer, { looks: number; at: number }>();
    while (this.#peers.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      for (const peer of this.#peers) {
        const { looks, at } = quiet.get(peer) ?? { looks: 0, at: peer.socket.bytesRead };
        const still = peer.pending === 0 && peer.socket.bytesRead === at;
        quiet.set(peer, { looks: still ? looks + 1 : 0, at: peer.socket.bytesRead });
        if (Date.now() > deadline || (still && (looks + 1) * LOOK_MS > quietMs)) peer.socket.destroy();
      }
    }
  }

  #data(peer: StreamPeer, chunk: Buffer): void {
    peer.push(chunk, Date.now());
    const { budget } = this.settings;
    if (budget.heldBytes > budget.maxBytes) this.#endLargest();
  }

  #endLargest(): void {
    let largest: StreamPeer | undefined;
    for (const peer of this.#peers) if (!peer.socket.destroyed && peer.heldBytes > (largest?.heldBytes ?? -1)) largest = peer;
    if (largest === undefined) return;
    this.settings.tally.refuse("memory", largest.label);
    largest.socket.destroy();
    largest.release();
  }

  #makeRoom(): boolean {
    for (const peer of this.#peers) {
      if (peer.frames > 0 || peer.socket.destroyed) continue;
      this.settings.tally.refuse("evicted", peer.label);
      peer.socket.destroy();
      this.#peers.delete(peer);
      return true;
    }
    return false;
  }
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsSource | undefined;
}

/** A TCP or TLS server. @throws the system's error, such as `EADDRINUSE` */
export const listenTcp = async (
  options: ListenOptions,
  peers: Peers,
): Promise<{ readonly server: Server; readonly address: AddressInfo }> => {
  const take = (socket: Socket): void => peers.add(socket, options.tls === undefined ? "tcp" : "tls", undefined);
  const server =
    options.tls === undefined ? createServer({ allowHalfOpen: true, pauseOnConnect: false }, take) : tlsServer(options.tls, peers, take);
  // Connections in their TLS handshake are not peers yet, and must be bounded too.
  server.maxConnections = peers.limits.maxConnections * 2;
  peers.settings.addresses.guard(server);
  server.on("drop", () => peers.settings.tally.refuse("connections", "a peer"));
  await listening(server, { host: options.host, port: options.port, backlog: 511 });
  return { server, address: server.address() as AddressInfo };
};

const tlsServer = (tls: TlsSource, peers: Peers, take: (socket: Socket) => void): TlsServer => {
  const material = tls.material();
  const server = createTlsServer(
    {
      ...material,
      rejectUnauthorized: material.requestCert === true,
      handshakeTimeout: peers.limits.handshakeTimeoutMs,
      allowHalfOpen: true,
    },
    take,
  );
  server.on("tlsClientError", (error, socket) => {
    peers.settings.tally.refuse("tls", socket.remoteAddress ?? "a peer", error);
    socket.destroy();
  });
  return server;
};

/** Gives a TLS server certificates that were renewed on disk. */
export const renewCertificates = (server: Server, tls: TlsSource | undefined): void => {
  if (tls?.changed !== true || !("setSecureContext" in server)) return;
  (server as TlsServer).setSecureContext(tls.material());
};

/** A server on a Unix socket that only its owner may use. A socket that nobody listens on any more is replaced. */
export const listenUnix = async (path: string, peers: Peers): Promise<Server> => {
  await removeStale(path);
  const server = createServer({ allowHalfOpen: true }, (socket) => peers.add(socket, "unix", path));
  const ready = listening(server, { path });
  if (process.platform !== "win32" && !path.startsWith("\0")) chmodSync(path, 0o600);
  await ready;
  return server;
};

const removeStale = async (path: string): Promise<void> => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new LoggingError("RECEIVER_PATH_TAKEN", `LogReceiver: ${path} is there and is no socket; give another unix.path`);
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
  if (alive) throw new LoggingError("RECEIVER_PATH_TAKEN", `LogReceiver: somebody listens on ${path} already; give another unix.path`);
  unlinkSync(path);
};

const listening = (server: Server, options: object): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      server.on("error", () => {}); // A connection that could not be accepted; the next one may be.
      resolve();
    });
  });

/** The name a client has proved by its certificate: the first DNS name, else the common name. */
const certificateName = (socket: TLSSocket): string | undefined => {
  if (!socket.authorized) return undefined;
  const { subject, subjectaltname } = socket.getPeerCertificate();
  const name = /DNS:([^,]+)/.exec(subjectaltname ?? "")?.[1] ?? subject?.CN;
  return typeof name === "string" ? name : undefined;
};
