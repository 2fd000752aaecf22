import type { Server, Socket } from "node:net";
import { LoggingError, type LogRecord, reportError } from "@cordwood/core";
import { Inbox } from "../inbox.js";
import type { NodeModules } from "../node-modules.js";
import { deliveryOf, SequencedDelivery, setDelivery } from "../queue.js";
import { receivedRecord } from "../worker/received-record.js";
import { RecordDecoder, type SenderInfo } from "../worker/text.js";
import { confirm, HELLO, MessageReader, RECORDS, welcome } from "./protocol.js";

/** Records that wait to be taken before the senders are asked to wait; they go on at half of it. */
const HIGH_WATER = 10_000;
const HEARTBEAT_MS = 500;
/** Senders remembered after they have gone, so that what they send again is known. */
const MOST_SENDERS = 10_000;
/** How often a record that could not be handled comes again; then it is given up. */
const MOST_TRIES = 5;
const QUIET_MS = 20;

/** What is known of one sender, over all its connections. */
interface Sender {
  readonly id: string;
  received: number;
  /** Sequences that are received and not safe. */
  readonly open: Set<number>;
  poisoned: number;
  info: SenderInfo;
  socket: Socket | undefined;
}

/** The listening end of a queue between processes: takes connections, hands out records in each sender's order, and says what is safe. */
export class SocketReceiver {
  readonly inbox: Inbox = new Inbox();
  /** Records received, handled and given up. */
  received = 0;
  acknowledged = 0;
  poisoned = 0;
  private readonly name: string;
  private readonly node: NodeModules;
  private readonly path: string;
  private readonly decoder = new RecordDecoder();
  private readonly senders = new Map<string, Sender>();
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private paused = false;
  private lastData = 0;

  constructor(name: string, node: NodeModules, path: string) {
    this.name = name;
    this.node = node;
    this.path = path;
  }

  /** Begins to listen. What the address cannot do is reported: a listener elsewhere, or a folder that is not there. */
  start(): void {
    if (this.server !== undefined) return;
    const server = this.node.net().createServer((socket) => this.greet(socket));
    this.server = server;
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") this.replaceStale(server, error);
      else this.fail(error);
    });
    server.listen(this.path);
    this.heartbeat = setInterval(() => {
      for (const sender of this.senders.values()) if (sender.open.size > 0) this.tell(sender);
    }, HEARTBEAT_MS);
    this.heartbeat.unref();
    this.inbox.reopen();
  }

  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    const record = this.inbox.take(signal);
    if (this.paused && this.inbox.size < HIGH_WATER / 2) this.resume();
    return record;
  }

  /** These records are safe: their senders may forget them. */
  acknowledge(records: readonly LogRecord[]): void {
    const told = new Set<Sender>();
    for (const record of records) {
      const delivery = deliveryOf(record);
      const sender = delivery && this.senders.get(delivery.sender);
      if (sender?.open.delete(delivery?.sequence as number)) {
        this.acknowledged++;
        told.add(sender);
      }
    }
    for (const sender of told) this.tell(sender);
  }

  /** The record comes again, four times more; then it is given up and counted. */
  refuse(record: LogRecord, error: unknown): void {
    const delivery = deliveryOf(record);
    const sender = delivery && this.senders.get(delivery.sender);
    if (delivery === undefined || sender === undefined) return;
    if (delivery.tries < MOST_TRIES) {
      this.inbox.unshift(setDelivery(record, new SequencedDelivery(delivery.sender, delivery.sequence, delivery.tries + 1)));
      return;
    }
    sender.open.delete(delivery.sequence);
    sender.poisoned++;
    this.poisoned++;
    reportError({
      cause: `${this.name} poison`,
      message: `${this.name} gives up a record after ${MOST_TRIES} tries`,
      error,
      record,
      lost: 1,
    });
    this.tell(sender);
  }

  /** Settles when nothing has come for a moment and nothing waits. */
  async idle(): Promise<void> {
    this.lastData = Math.max(this.lastData, Date.now());
    while (this.inbox.size > 0 || Date.now() - this.lastData < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    clearInterval(this.heartbeat);
    this.inbox.end();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.sockets) socket.end();
    setTimeout(() => {
      for (const socket of this.sockets) socket.destroy();
    }, QUIET_MS * 5).unref();
    await closed;
  }

  private greet(socket: Socket): void {
    const reader = new MessageReader();
    let sender: Sender | undefined;
    this.sockets.add(socket);
    if (this.paused) socket.pause();
    socket.on("data", (piece) => {
      this.lastData = Date.now();
      try {
        reader.read(piece, (kind, payload) => {
          if (kind === HELLO) sender = this.hello(payload.toString(), socket);
          else if (kind === RECORDS && sender !== undefined) this.receive(sender, payload);
        });
      } catch (error) {
        reportError({
          cause: `${this.name} bad message`,
          message: `${this.name} got what it cannot read and closes the connection`,
          error,
        });
        socket.destroy();
      }
      if (!this.paused && this.inbox.size > HIGH_WATER) this.pause();
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      this.sockets.delete(socket);
      if (sender?.socket === socket) sender.socket = undefined;
    });
  }

  private hello(id: string, socket: Socket): Sender {
    let sender = this.senders.get(id);
    if (sender === undefined) {
      this.forgetSome();
      const info = { process: 0, processName: "", thread: 0, threadName: "", startedMs: 0 };
      sender = { id, received: 0, open: new Set(), poisoned: 0, info, socket };
      this.senders.set(id, sender);
    }
    sender.socket = socket;
    socket.write(welcome(sender.received));
    // A process that exits sends what is left by another connection and waits for this.
    this.tell(sender);
    return sender;
  }

  private receive(sender: Sender, payload: Buffer): void {
    let sequence = payload.readDoubleBE(0);
    this.decoder.decode(
      payload.toString("utf8", 12),
      (info) => (sender.info = info),
      (decoded) => {
        const own = sequence++;
        if (own <= sender.received) return;
        sender.received = own;
        sender.open.add(own);
        this.received++;
        this.inbox.push(receivedRecord(decoded, sender.info, new SequencedDelivery(sender.id, own, 1)));
      },
    );
    // All of it was known: the sender has missed the word that it is safe.
    if (sender.open.size === 0) this.tell(sender);
  }

  private tell(sender: Sender): void {
    const first = sender.open.values().next();
    const safe = first.done === true ? sender.received : first.value - 1;
    if (sender.socket?.writable) sender.socket.write(confirm(safe, sender.poisoned));
  }

  private forgetSome(): void {
    if (this.senders.size < MOST_SENDERS) return;
    for (const [id, sender] of this.senders) {
      if (sender.socket === undefined && sender.open.size === 0) {
        this.senders.delete(id);
        return;
      }
    }
  }

  private pause(): void {
    this.paused = true;
    for (const socket of this.sockets) socket.pause();
  }

  private resume(): void {
    this.paused = false;
    for (const socket of this.sockets) socket.resume();
  }

  /** A socket file whose process is gone is in the way: if nobody answers there, it is removed. */
  private replaceStale(server: Server, error: Error): void {
    const probe = this.node.net().connect(this.path);
    probe.once("connect", () => {
      probe.destroy();
      this.fail(
        new LoggingError("QUEUE_TAKEN", `${this.name}: another process listens at ${this.path}; give this one an address of its own`),
      );
    });
    probe.once("error", () => {
      try {
        this.node.fs().unlinkSync(this.path);
        server.listen(this.path);
      } catch {
        this.fail(error);
      }
    });
  }

  private fail(error: unknown): void {
    reportError({ cause: `${this.name} cannot listen`, message: `${this.name} cannot listen at ${this.path}`, error });
  }
}
