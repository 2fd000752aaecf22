import { checkOptions, type HandlerStats, type LogRecord, type OptionNames } from "@cordwood/core";
import { checkText } from "./check-values.js";
import { atExit } from "./exit-hook.js";
import { LogQueue } from "./log-queue.js";
import { type NodeModules, nodeModules } from "./node-modules.js";
import { SocketReceiver } from "./process/socket-receiver.js";
import { SocketSender } from "./process/socket-sender.js";
import type { Consumer, RecordOwner, RecordQueue } from "./queue.js";
import { deliveryOf } from "./queue.js";
import { isPromise, soon } from "./soon.js";
import { type WaitLimits, waitLimits } from "./wait-limits.js";
import { CAPACITY_OPTIONS, type CapacityOptions, capacityOf, refuseInline } from "./when-full.js";
import { receivedRecord } from "./worker/received-record.js";
import { RecordDecoder, type SenderInfo } from "./worker/text.js";

/** Options of a {@link ProcessQueue}. */
export interface ProcessQueueOptions extends CapacityOptions {
  /** What its reports call it. Default `"ProcessQueue"`. */
  readonly name?: string;
  /**
   * Where the processes meet: the path of a local socket (on Windows the name of a pipe). Default: that of the environment variable
   * `CORDWOOD_PROCESS_QUEUE`, otherwise a new one in a private temporary folder.
   */
  readonly address?: string;
  /** The listener is held to hang when it gives no sign of life for so many milliseconds. Default 2 000. */
  readonly hungMs?: number;
  /** Longest wait in `close` for a listener that lives but is slow, in milliseconds. Default 10 000. */
  readonly closeMs?: number;
}

const VARIABLE = "CORDWOOD_PROCESS_QUEUE";

const OPTIONS: OptionNames<ProcessQueueOptions> = { ...CAPACITY_OPTIONS, name: true, address: true, hungMs: true, closeMs: true };

let count = 0;

/**
 * One queue for several processes on a machine: whoever puts records sends them, the one process whose listener takes them listens.
 *
 * Children find the address in their environment: `fork(file, { env: { ...process.env, ...queue.env } })`, and `new ProcessQueue()` there.
 * A sender keeps its records until the listener's handlers have been flushed, and connects again when the listener has been away.
 */
export class ProcessQueue implements RecordQueue {
  readonly name: string;
  /** Where the processes meet. */
  readonly address: string;
  private readonly options: ProcessQueueOptions;
  private readonly node: NodeModules;
  private readonly own: LogQueue;
  private readonly receiver: SocketReceiver;
  private readonly limits: WaitLimits;
  private folder: string | undefined;
  private sender: SocketSender | undefined;
  private forgetExit: () => void = () => {};
  private role: "undecided" | "sender" | "listener" = "undecided";
  private retired: HandlerStats | undefined;

  constructor(options: ProcessQueueOptions = {}) {
    checkOptions("ProcessQueue", options, OPTIONS);
    checkText("ProcessQueue", "name", options.name);
    this.name = options.name ?? "ProcessQueue";
    this.options = options;
    this.node = nodeModules(this.name);
    this.limits = waitLimits(this.name, options);
    refuseInline(this.name, options, "in the process that listens");
    checkText(this.name, "address", options.address, "a path, or leave it out");
    this.address = options.address ?? (process.env[VARIABLE] || this.newAddress());
    this.own = new LogQueue({ ...capacityOf(options), name: this.name });
    this.receiver = new SocketReceiver(this.name, this.node, this.address);
  }

  /** What the environment of child processes needs, so that they find this queue. */
  get env(): Readonly<Record<string, string>> {
    return { [VARIABLE]: this.address };
  }

  /** A sender makes a text of the record at once. */
  get copies(): boolean {
    return this.role === "sender";
  }

  get size(): number {
    return this.own.size + this.receiver.inbox.size;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    if (this.role === "listener") {
      const outcome = this.own.put(record, owner);
      if (this.receiver.inbox.isAwaited) soon(() => this.moveOwn());
      return outcome;
    }
    return (this.sender ?? this.startSender()).put(record, owner);
  }

  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    if (this.role !== "listener") this.startListening();
    if (this.own.size > 0) return this.own.take(signal);
    return this.receiver.take(signal);
  }

  acknowledge(records: readonly LogRecord[]): void {
    this.receiver.acknowledge(records);
  }

  refuse(record: LogRecord, error: unknown): void {
    if (deliveryOf(record) !== undefined) this.receiver.refuse(record, error);
  }

  idle(): Promise<void> {
    return this.receiver.idle();
  }

  attach(consumer: Consumer): void {
    this.own.attach(consumer);
  }

  detach(consumer: Consumer): void {
    this.own.detach(consumer);
  }

  flush(): void | Promise<void> {
    const flushing = this.sender?.flush();
    const own = this.own.flush();
    if (isPromise(flushing) || isPromise(own)) return Promise.all([flushing, own]).then(() => {});
  }

  stats(): HandlerStats {
    const { received, acknowledged, poisoned } = this.receiver;
    const remote = {
      accepted: received,
      delivered: acknowledged,
      queued: received - acknowledged - poisoned,
      dropped: {},
      failed: poisoned > 0 ? { poison: poisoned } : {},
    };
    return [this.own.stats(), this.sender?.stats(), this.retired, remote].reduce<HandlerStats>(add, NONE);
  }

  /** Waits until the listener has confirmed everything, within its deadlines; what is left is `dropped.shutdown`. */
  async closeSender(): Promise<void> {
    const { sender } = this;
    if (sender === undefined) return;
    await sender.closeWithin(this.limits.closeMs);
    this.forgetExit();
  }

  /** Stops listening and removes the address. Senders keep what was not confirmed. */
  async closeReceiver(): Promise<void> {
    await this.receiver.close();
    this.removeFolder();
  }

  async close(): Promise<void> {
    await this.closeSender();
    await this.closeReceiver();
    this.own.close();
  }

  private startSender(): SocketSender {
    this.role = "sender";
    const id = `${process.pid}.${Date.now().toString(36)}.${++count}`;
    const sender = new SocketSender(this.name, this.node, this.address, id, { ...this.options, hungMs: this.limits.hungMs });
    this.sender = sender;
    this.forgetExit = atExit(() => {
      sender.flushNow();
      this.removeFolder();
    });
    return sender;
  }

  private startListening(): void {
    const { sender } = this;
    this.role = "listener";
    this.receiver.start();
    if (sender === undefined) {
      this.forgetExit = atExit(() => this.removeFolder());
      return;
    }
    // What was put here before there was a listener need not travel.
    this.sender = undefined;
    const texts = sender.retire();
    this.retired = sender.stats();
    let info: SenderInfo = { process: process.pid, processName: "", thread: 0, threadName: "", startedMs: 0 };
    const decoder = new RecordDecoder();
    for (const text of texts) {
      decoder.decode(
        text,
        (given) => (info = given),
        (decoded) => this.own.put(receivedRecord(decoded, info, undefined)),
      );
    }
  }

  /** Gives the listener that waits for other processes the records of its own. */
  private moveOwn(): void {
    while (this.receiver.inbox.isAwaited && this.own.size > 0) this.receiver.inbox.push(this.own.take() as LogRecord);
  }

  private newAddress(): string {
    const { platform } = process;
    if (platform === "win32")
      return `\\\\.\\pipe\\cordwood-${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    const { join } = this.node.path();
    // A folder that only this user may enter: whoever can reach the socket can write log records.
    this.folder = this.node.fs().mkdtempSync(join(this.node.os().tmpdir(), "cordwood-queue-"));
    return join(this.folder, "socket");
  }

  private removeFolder(): void {
    if (this.folder !== undefined && this.role === "listener") this.node.fs().rmSync(this.folder, { recursive: true, force: true });
  }
}

const NONE: HandlerStats = { accepted: 0, delivered: 0, queued: 0, dropped: {}, failed: {} };

function add(a: HandlerStats, b: HandlerStats | undefined): HandlerStats {
  if (b === undefined) return a;
  return {
    accepted: a.accepted + b.accepted,
    delivered: a.delivered + b.delivered,
    queued: a.queued + b.queued,
    dropped: sum(a.dropped, b.dropped),
    failed: sum(a.failed, b.failed),
  };
}

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const result = { ...a };
  for (const [reason, lost] of Object.entries(b)) result[reason] = (result[reason] ?? 0) + lost;
  return result;
}
