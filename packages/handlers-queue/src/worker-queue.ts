import { checkOptions, type FormatterLike, type HandlerStats, LoggingError, type LogRecord, type OptionNames } from "@cordwood/core";
import { checkFlag, checkText } from "./check-values.js";
import { atExit } from "./exit-hook.js";
import type { LogQueue } from "./log-queue.js";
import { workerThreads } from "./node-modules.js";
import type { RecordOwner, SendingEnd } from "./queue.js";
import { waitLimits } from "./wait-limits.js";
import { CAPACITY_OPTIONS, type CapacityOptions, capacityOf, refuseInline, wholeNumber } from "./when-full.js";
import { checkSource, type HandlerSource } from "./worker/handler-source.js";
import { HandlerThread } from "./worker/handler-thread.js";
import { HandlersHere } from "./worker/handlers-here.js";
import { newSenderName } from "./worker/new-sender-name.js";
import { newRing, newSharedWords, type RingMemory } from "./worker/ring.js";
import { RingSender } from "./worker/ring-sender.js";

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
const LARGEST_RING = 4 * 1024 * 1024;
const SMALLEST_RING = 64 * 1024;

/** The worker at the other end of shared memory. */
interface Elsewhere {
  readonly sender: RingSender;
  readonly thread: HandlerThread;
  readonly shared: SharedArrayBuffer;
  readonly closeMs: number;
  readonly forgetExit: () => void;
}

/**
 * A queue whose listener and handlers live in a worker thread: the caller makes a text of each record and hands it over, in shared memory.
 *
 * Records stay in the shared memory until the handlers have been flushed: a worker that crashes is started again and gets them once more, marked
 * by a field `redelivered`. Where there are no worker threads the handlers are loaded in this thread, behind a {@link LogQueue}.
 */
export class WorkerQueue implements SendingEnd {
  readonly name: string;
  private readonly options: WorkerQueueOptions;
  private readonly sending: RingSender | LogQueue;
  private readonly elsewhere: Elsewhere | undefined;
  private readonly here: HandlersHere | undefined;
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
    const source = checkSource(this.name, handlers);
    refuseInline(this.name, options, "in the worker thread");
    const limits = waitLimits(this.name, options);
    const respectHandlerLevel = options.respectHandlerLevel ?? false;
    const threads = workerThreads();
    if (typeof threads?.Worker !== "function") {
      this.here = new HandlersHere(this.name, source, capacityOf(options), respectHandlerLevel);
      this.sending = this.here.queue;
      return;
    }
    const shared = newSharedWords();
    const memory = newRing(ringBytes(options), newSenderName());
    const sender = new RingSender(this.name, memory, shared, { ...options, hungMs: limits.hungMs });
    const { resourceLimits } = options;
    const thread = new HandlerThread(threads, shared, memory, { name: this.name, source, respectHandlerLevel, limits, resourceLimits });
    sender.starting = () => thread.isStarting;
    sender.served = () => thread.isServed;
    this.sending = sender;
    this.elsewhere = { sender, thread, shared, closeMs: limits.closeMs, forgetExit: atExit(() => sender.flushNow()) };
  }

  /** How often the worker has died and another was started, until now. */
  get crashes(): number {
    return this.elsewhere?.thread.crashes ?? 0;
  }

  /** Whether records are handled in a worker thread; `false` where there are none. */
  get isThreaded(): boolean {
    return this.elsewhere !== undefined;
  }

  /** `put` makes a text of the record at once; nobody need copy it before. */
  get copies(): boolean {
    return this.elsewhere !== undefined;
  }

  /** Settles when the handlers are loaded. Rejects with a LoggingError that says why they cannot be. */
  async ready(): Promise<void> {
    await (this.elsewhere?.thread.ready() ?? this.here?.loaded);
  }

  /** Whether all handlers at the other end write finished lines as they are, just now. */
  get takesLines(): boolean {
    return this.sending.takesLines;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    return this.sending.put(record, owner);
  }

  putLine(record: LogRecord, formatter: FormatterLike, owner?: RecordOwner): string {
    return this.sending.putLine(record, formatter, owner);
  }

  flush(): void | Promise<void> {
    const flushing = this.sending.flush();
    if (flushing === undefined || this.elsewhere === undefined) return flushing;
    const { sender, thread } = this.elsewhere;
    return sender.drained().then((drained) => {
      if (!drained) thread.reportSilence("flush");
    });
  }

  /** A way for another thread to put records into the same worker: once for each thread, see {@link attachWorkerQueue}. */
  share(): WorkerQueueShare {
    if (this.elsewhere === undefined || this.closing !== undefined) {
      throw new LoggingError("QUEUE_CLOSED", `${this.name}: share() needs an open queue and a runtime with worker threads`);
    }
    const { thread, shared } = this.elsewhere;
    const memory = newRing(ringBytes(this.options), newSenderName());
    thread.addRing(memory);
    return { name: this.name, memory, shared };
  }

  stats(): HandlerStats {
    return this.sending.stats();
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
    await this.here?.close();
    if (this.elsewhere === undefined) return;
    const { sender, thread, closeMs, forgetExit } = this.elsewhere;
    // For handlers that cannot be loaded there is nothing to wait.
    const alive = await sender.closeWithin(thread.hasFailed ? 0 : closeMs);
    forgetExit();
    await thread.end(alive && !thread.hasFailed);
  }
}

/** A quarter of the bytes allowed, as a power of two within limits. */
function ringBytes(options: CapacityOptions): number {
  const wanted = (options.maxBytes ?? LARGEST_RING * 4) / 4;
  let bytes = SMALLEST_RING;
  while (bytes * 2 <= wanted && bytes < LARGEST_RING) bytes *= 2;
  return bytes;
}
