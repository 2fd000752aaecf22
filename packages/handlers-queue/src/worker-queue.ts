import {
  checkOptions,
  type FormatterLike,
  type HandlerStats,
  LoggingError,
  type LogRecord,
  type OptionNames,
  reportError,
  show,
} from "@cordwood/core";
import { checkFlag, checkText } from "./check-values.js";
import { atExit } from "./exit-hook.js";
import { LogQueue } from "./log-queue.js";
import { workerThreads } from "./node-modules.js";
import type { RecordOwner, SendingEnd } from "./queue.js";
import { QueueListener } from "./queue-listener.js";
import { within } from "./soon.js";
import { CAPACITY_OPTIONS, type CapacityOptions, capacityOf, refuseInline, wholeNumber } from "./when-full.js";
import { checkSource, type HandlerSource, loadHandlers, type PlainSource } from "./worker/handler-source.js";
import type { WorkerInput, WorkerMessage, WorkerOrder } from "./worker/main.js";
import { HEARTBEAT, isBegun, LINES, newRing, newSharedWords, progressOf, type RingMemory, skipRecord } from "./worker/ring.js";
import { RingSender } from "./worker/ring-sender.js";
import source from "./worker/source.js";

/** Options of a {@link WorkerQueue}. */
export interface WorkerQueueOptions extends CapacityOptions {
  /** What its reports call it, and the name of the thread. Default `"WorkerQueue"`. */
  readonly name?: string;
  /** Whether a handler gets only records at or above its level. Default `false`. Handlers of a document always do: loggers give them records. */
  readonly respectHandlerLevel?: boolean;
  /** The worker is held to hang when it gives no sign of life for so many milliseconds. Default 2 000. */
  readonly hungMs?: number;
  /** Longest wait in `close` for a worker that lives but is slow, in milliseconds. Default 10 000. */
  readonly closeMs?: number;
  /** Limits of the worker's memory, as `node:worker_threads` takes them. Default Node's own. */
  readonly resourceLimits?: { readonly maxOldGenerationSizeMb?: number; readonly maxYoungGenerationSizeMb?: number };
}

/** What another thread needs to put records into the same worker: send it as `workerData` or by `postMessage`. */
export interface WorkerQueueShare {
  readonly name: string;
  readonly memory: RingMemory;
  readonly shared: SharedArrayBuffer;
}

const DEFAULTS = { hungMs: 2_000, closeMs: 10_000 } as const;
const OPTIONS: OptionNames<WorkerQueueOptions> = {
  ...CAPACITY_OPTIONS,
  name: true,
  respectHandlerLevel: true,
  hungMs: true,
  closeMs: true,
  resourceLimits: true,
};
const RESOURCE_LIMITS: OptionNames<NonNullable<WorkerQueueOptions["resourceLimits"]>> = {
  maxOldGenerationSizeMb: true,
  maxYoungGenerationSizeMb: true,
};
const ATTACH_OPTIONS: OptionNames<CapacityOptions & Pick<WorkerQueueOptions, "hungMs">> = { ...CAPACITY_OPTIONS, hungMs: true };
const IN_WORKER = "in the worker thread";
const LARGEST_RING = 4 * 1024 * 1024;
const SMALLEST_RING = 64 * 1024;
/** Tries of a record that brings the worker down; then it is given up. */
const MOST_TRIES = 5;
const RESTART_MS = 100;
const LONGEST_RESTART_MS = 30_000;

type WorkerLike = import("node:worker_threads").Worker;
type Threads = typeof import("node:worker_threads");

let senders = 0;

/**
 * A queue whose listener and handlers live in a worker thread: the caller makes a text of each record and hands it over, in shared memory.
 *
 * Records stay in the shared memory until the handlers have been flushed: a worker that crashes is started again and gets them once more, marked
 * by a field `redelivered`. Where there are no worker threads the handlers are loaded in this thread, behind a {@link LogQueue}.
 */
export class WorkerQueue implements SendingEnd {
  readonly name: string;
  /** How often the worker has died and another was started, until now. */
  crashes = 0;
  private readonly options: WorkerQueueOptions;
  private readonly source: PlainSource;
  private readonly shared: SharedArrayBuffer | undefined;
  private readonly sender: RingSender | undefined;
  private readonly others: RingMemory[] = [];
  private readonly local: { readonly queue: LogQueue; listener?: QueueListener } | undefined;
  private readonly forgetExit: () => void;
  private worker: WorkerLike | undefined;
  private state: "starting" | "ready" | "restarting" | "failed" | "closed" = "starting";
  private loaded: PromiseWithResolvers<void>;
  private begun = { heartbeat: 0, at: 0 };
  private tries = 1;
  private progress = "";
  private closing: Promise<void> | undefined;

  /**
   * @param handlers where the worker gets its handlers from.
   * @throws LoggingError `OPTION_INVALID` for a source or a limit that cannot be.
   */
  constructor(handlers: HandlerSource, options: WorkerQueueOptions = {}) {
    checkOptions("WorkerQueue", options, OPTIONS);
    if (options.resourceLimits !== undefined) checkOptions("WorkerQueue: resourceLimits", options.resourceLimits, RESOURCE_LIMITS);
    checkText("WorkerQueue", "name", options.name);
    this.name = options.name ?? "WorkerQueue";
    checkFlag(this.name, "respectHandlerLevel", options.respectHandlerLevel);
    for (const [key, value] of Object.entries(options.resourceLimits ?? {}))
      if (value !== undefined) wholeNumber(this.name, `resourceLimits.${key}`, value, "megabytes");
    this.options = options;
    this.source = checkSource(this.name, handlers);
    refuseInline(this.name, options, IN_WORKER);
    const hungMs = wholeNumber(this.name, "hungMs", options.hungMs ?? DEFAULTS.hungMs, "milliseconds");
    wholeNumber(this.name, "closeMs", options.closeMs ?? DEFAULTS.closeMs, "milliseconds");
    this.loaded = withResolvers();
    // Whoever does not ask hears of a failure from the error reporter.
    this.loaded.promise.catch(() => {});
    const threads = workerThreads();
    if (typeof threads?.Worker !== "function") {
      this.local = { queue: new LogQueue({ ...capacityOf(options), name: this.name }) };
      this.forgetExit = () => {};
      void this.serveHere();
      return;
    }
    this.shared = newSharedWords();
    this.sender = new RingSender(this.name, newRing(ringBytes(options), senderName()), this.shared, { ...options, hungMs });
    this.sender.starting = () => this.isStarting();
    this.sender.served = () => this.state === "starting" || this.state === "ready";
    this.forgetExit = atExit(() => this.sender?.flushNow());
    this.start(threads);
  }

  /** Whether records are handled in a worker thread; `false` where there are none. */
  get isThreaded(): boolean {
    return this.sender !== undefined;
  }

  /** `put` makes a text of the record at once; nobody need copy it before. */
  get copies(): boolean {
    return this.sender !== undefined;
  }

  /** Settles when the handlers are loaded. Rejects with a LoggingError that says why they cannot be. */
  async ready(): Promise<void> {
    // Whoever waits for the worker does not want the process to end meanwhile.
    const { worker } = this;
    worker?.ref();
    try {
      await this.loaded.promise;
    } finally {
      if (this.closing === undefined) worker?.unref();
    }
  }

  /** Whether all handlers at the other end write finished lines as they are, just now. */
  get takesLines(): boolean {
    return (this.sender ?? (this.local as { queue: LogQueue }).queue).takesLines;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    return (this.sender ?? (this.local as { queue: LogQueue }).queue).put(record, owner);
  }

  putLine(record: LogRecord, formatter: FormatterLike, owner?: RecordOwner): string {
    return (this.sender ?? (this.local as { queue: LogQueue }).queue).putLine(record, formatter, owner);
  }

  flush(): void | Promise<void> {
    const flushing = (this.sender ?? this.local?.queue)?.flush();
    if (flushing === undefined || this.sender === undefined) return flushing;
    return this.sender.drained().then((drained) => {
      if (!drained) this.reportHang("flush");
    });
  }

  /** A way for another thread to put records into the same worker: once for each thread, see {@link attachWorkerQueue}. */
  share(): WorkerQueueShare {
    if (this.shared === undefined || this.closing !== undefined) {
      throw new LoggingError("QUEUE_CLOSED", `${this.name}: share() needs an open queue and a runtime with worker threads`);
    }
    const memory = newRing(ringBytes(this.options), senderName());
    this.others.push(memory);
    this.tell({ kind: "ring", ring: memory });
    return { name: this.name, memory, shared: this.shared };
  }

  stats(): HandlerStats {
    return (this.sender ?? (this.local as { queue: LogQueue }).queue).stats();
  }

  /** The same as {@link close}: there is no other end in this thread. */
  closeSender(): Promise<void> {
    return this.close();
  }

  /** Waits until everything is handled, within its deadlines, closes the handlers and ends the worker. What is left is `dropped.shutdown`. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    if (this.sender === undefined) {
      await this.local?.listener?.stop();
      this.local?.queue.close();
      for (const handler of this.local?.listener?.handlers ?? []) await handler.close();
      return;
    }
    const { closeMs = DEFAULTS.closeMs } = this.options;
    let alive = this.state !== "failed";
    if (alive) {
      const draining = this.sender.drained().then((drained) => {
        alive = drained;
      });
      await within(draining, closeMs);
    }
    this.sender.abandon("shutdown");
    this.sender.close();
    this.forgetExit();
    const { worker } = this;
    this.state = "closed";
    if (worker === undefined) return;
    if (!alive) {
      await worker.terminate();
      return;
    }
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.ref();
    this.tell({ kind: "close" });
    const { hungMs = DEFAULTS.hungMs } = this.options;
    if (!(await within(exited, hungMs))) await worker.terminate();
    this.worker = undefined;
  }

  private start(threads: Threads): void {
    const sender = this.sender as RingSender;
    const shared = this.shared as SharedArrayBuffer;
    const input: WorkerInput = {
      source: this.source,
      rings: [sender.memory, ...this.others],
      shared,
      respectHandlerLevel: this.options.respectHandlerLevel ?? false,
      tries: this.tries,
      threadName: this.name,
    };
    this.begun = { heartbeat: Atomics.load(new Int32Array(shared), HEARTBEAT), at: Date.now() };
    const worker = new threads.Worker(source, {
      eval: true,
      workerData: input,
      name: this.name,
      stdin: false,
      ...(this.options.resourceLimits ? { resourceLimits: this.options.resourceLimits } : {}),
    });
    this.worker = worker;
    worker.on("message", (message: WorkerMessage) => this.hear(message));
    worker.on("error", (error) => this.report("had an error in its worker", error));
    worker.once("exit", () => {
      if (this.worker === worker) this.restart(threads);
    });
    // After the listeners: the first one for messages would hold the process again.
    worker.unref();
  }

  /** Whether the worker is loading its handlers: until its first sign of life, and no longer than one waits for it at the end. */
  private isStarting(): boolean {
    const { heartbeat, at } = this.begun;
    if (this.state !== "starting" || Date.now() - at > (this.options.closeMs ?? DEFAULTS.closeMs)) return false;
    return Atomics.load(new Int32Array(this.shared as SharedArrayBuffer), HEARTBEAT) === heartbeat;
  }

  private hear(message: WorkerMessage): void {
    if (message.kind === "ready") {
      this.state = "ready";
      this.loaded.resolve();
    } else if (message.kind === "failed") {
      this.state = "failed";
      this.loaded.reject(new LoggingError(message.code, message.message));
    }
  }

  /** The worker is gone: start another, which finds in the rings what was not confirmed. */
  private restart(threads: Threads): void {
    if (this.state === "closed") return;
    this.worker = undefined;
    this.crashes++;
    Atomics.store(new Int32Array(this.shared as SharedArrayBuffer), LINES, 0);
    const rings = [(this.sender as RingSender).memory, ...this.others];
    const begun = rings.find(isBegun);
    const progress = rings.map(progressOf).join(";");
    this.tries = begun !== undefined && progress === this.progress ? this.tries + 1 : 2;
    this.progress = progress;
    if (begun !== undefined && this.tries > MOST_TRIES && skipRecord(begun)) {
      this.report(`gave up a record that brought its worker down ${MOST_TRIES} times`, undefined, 1);
      this.tries = 2;
    }
    const wait = this.state === "failed" ? LONGEST_RESTART_MS : this.tries <= 2 ? 0 : RESTART_MS * 2 ** (this.tries - 3);
    if (this.state !== "failed") this.report("lost its worker and starts another", undefined);
    this.state = "restarting";
    const timer = setTimeout(
      () => {
        if (this.state !== "restarting") return;
        this.state = "starting";
        this.start(threads);
      },
      Math.min(wait, LONGEST_RESTART_MS),
    );
    timer.unref();
  }

  private async serveHere(): Promise<void> {
    const local = this.local as { queue: LogQueue; listener?: QueueListener };
    try {
      const handlers = await loadHandlers(this.source, undefined);
      local.listener = new QueueListener(local.queue, handlers, { respectHandlerLevel: this.options.respectHandlerLevel ?? false }).start();
      this.state = "ready";
      this.loaded.resolve();
    } catch (error) {
      this.state = "failed";
      this.report("could not load its handlers", error);
      this.loaded.reject(error);
    }
  }

  private tell(order: WorkerOrder): void {
    this.worker?.postMessage(order);
  }

  private reportHang(during: string): void {
    this.report(`got no sign of life from its worker during ${during}`, undefined);
  }

  private report(what: string, error: unknown, lost = 0): void {
    reportError({ cause: `${this.name} ${what}`, message: `${this.name} ${what}`, error, lost });
  }
}

/**
 * The sending end of a {@link WorkerQueue} in another thread, made from what `share()` gave. Give each thread a share of its own.
 */
export function attachWorkerQueue(share: WorkerQueueShare, options: CapacityOptions & Pick<WorkerQueueOptions, "hungMs"> = {}): SendingEnd {
  checkOptions("attachWorkerQueue", options, ATTACH_OPTIONS);
  refuseInline(share.name, options, IN_WORKER);
  const hungMs = wholeNumber(share.name, "hungMs", options.hungMs ?? DEFAULTS.hungMs, "milliseconds");
  checkShare(share);
  const sender = new RingSender(share.name, share.memory, share.shared, { ...options, hungMs });
  const forget = atExit(() => sender.flushNow());
  const end: SendingEnd & { stats(): HandlerStats } = {
    copies: true,
    get takesLines() {
      return sender.takesLines;
    },
    put: (record, owner) => sender.put(record, owner),
    putLine: (record, formatter, owner) => sender.putLine(record, formatter, owner),
    flush: () => sender.flush(),
    stats: () => sender.stats(),
    closeSender: async () => {
      await within(sender.drained(), DEFAULTS.closeMs);
      sender.abandon("shutdown");
      sender.close();
      forget();
    },
  };
  return end;
}

function checkShare(share: Partial<WorkerQueueShare> | undefined): void {
  const parts = [share?.shared, share?.memory?.control, share?.memory?.data];
  if (typeof share?.name === "string" && parts.every((part) => part instanceof SharedArrayBuffer)) return;
  throw new LoggingError("OPTION_INVALID", `attachWorkerQueue: the share is ${show(share)}; give what share() of a WorkerQueue gave`);
}

/** A quarter of the bytes allowed, as a power of two within limits. */
function ringBytes(options: CapacityOptions): number {
  const wanted = (options.maxBytes ?? LARGEST_RING * 4) / 4;
  let bytes = SMALLEST_RING;
  while (bytes * 2 <= wanted && bytes < LARGEST_RING) bytes *= 2;
  return bytes;
}

const senderName = (): string =>
  `${(globalThis as { process?: { pid?: number } }).process?.pid ?? 0}.${Date.now().toString(36)}.${++senders}`;

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers(): PromiseWithResolvers<void> {
  let settle: Omit<PromiseWithResolvers<void>, "promise"> | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as Omit<PromiseWithResolvers<void>, "promise">) };
}
