import { LoggingError, reportError } from "@cordwood/core";
import { within } from "../soon.js";
import type { WaitLimits } from "../wait-limits.js";
import type { PlainSource } from "./handler-source.js";
import type { WorkerInput, WorkerMessage, WorkerOrder } from "./main.js";
import { HEARTBEAT, isBegun, LINES, progressOf, type RingMemory, skipRecord } from "./ring.js";
import program from "./source.js";

/** Tries of a record that brings the worker down; then it is given up. */
const MOST_TRIES = 5;
const RESTART_MS = 100;
const LONGEST_RESTART_MS = 30_000;

type Threads = typeof import("node:worker_threads");

/** What a {@link HandlerThread} is to run, and how. */
export interface HandlerThreadOptions {
  /** What its reports call it, and the name of the thread. */
  readonly name: string;
  readonly source: PlainSource;
  readonly respectHandlerLevel: boolean;
  readonly limits: WaitLimits;
  readonly resourceLimits: { readonly maxOldGenerationSizeMb?: number; readonly maxYoungGenerationSizeMb?: number } | undefined;
}

/**
 * The worker thread with the handlers, whichever one it is just now: one that dies is followed by another, which finds in the rings what was not
 * confirmed. A record that brings down one after another is given up.
 */
export class HandlerThread {
  /** How often the worker has died and another was started, until now. */
  crashes = 0;
  private readonly threads: Threads;
  private readonly options: HandlerThreadOptions;
  private readonly shared: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly rings: RingMemory[];
  private readonly loaded: Promise<void>;
  private settle: { resolve(): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
  private worker: import("node:worker_threads").Worker | undefined;
  private state: "starting" | "ready" | "restarting" | "failed" | "closed" = "starting";
  private begun = { heartbeat: 0, at: 0 };
  private tries = 1;
  private progress = "";

  /** @param shared the words that all rings of this worker share. */
  constructor(threads: Threads, shared: SharedArrayBuffer, ring: RingMemory, options: HandlerThreadOptions) {
    this.threads = threads;
    this.options = options;
    this.shared = shared;
    this.words = new Int32Array(shared);
    this.rings = [ring];
    this.loaded = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Whoever does not ask hears of a failure from the error reporter.
    this.loaded.catch(() => {});
    this.start();
  }

  /** Whether the worker is loading its handlers: until its first sign of life, and no longer than one waits for it at the end. */
  get isStarting(): boolean {
    const { heartbeat, at } = this.begun;
    if (this.state !== "starting" || Date.now() - at > this.options.limits.closeMs) return false;
    return Atomics.load(this.words, HEARTBEAT) === heartbeat;
  }

  /** Whether a worker is there or on its way. */
  get isServed(): boolean {
    return this.state === "starting" || this.state === "ready";
  }

  /** Whether the handlers cannot be loaded. */
  get hasFailed(): boolean {
    return this.state === "failed";
  }

  /** Settles when the handlers are loaded. Rejects with a LoggingError that says why they cannot be. */
  async ready(): Promise<void> {
    // Whoever waits for the worker does not want the process to end meanwhile.
    const { worker } = this;
    worker?.ref();
    try {
      await this.loaded;
    } finally {
      if (this.state !== "closed") worker?.unref();
    }
  }

  /** From now on the worker reads this ring as well. */
  addRing(ring: RingMemory): void {
    this.rings.push(ring);
    this.tell({ kind: "ring", ring });
  }

  /**
   * Has the handlers closed and ends the worker, which is not replaced.
   * @param alive whether it is worth asking: one that hangs is ended at once.
   */
  async end(alive: boolean): Promise<void> {
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
    if (!(await within(exited, this.options.limits.hungMs))) await worker.terminate();
    this.worker = undefined;
  }

  /** Reports that nothing was heard. @param during what. */
  reportSilence(during: string): void {
    this.report(`got no sign of life from its worker during ${during}`, undefined);
  }

  private start(): void {
    const { name, source, respectHandlerLevel, resourceLimits } = this.options;
    const input: WorkerInput = {
      source,
      rings: this.rings,
      shared: this.shared,
      respectHandlerLevel,
      tries: this.tries,
      threadName: name,
    };
    this.begun = { heartbeat: Atomics.load(this.words, HEARTBEAT), at: Date.now() };
    const worker = new this.threads.Worker(program, {
      eval: true,
      workerData: input,
      name,
      stdin: false,
      ...(resourceLimits ? { resourceLimits } : {}),
    });
    this.worker = worker;
    worker.on("message", (message: WorkerMessage) => this.hear(message));
    worker.on("error", (error) => this.report("had an error in its worker", error));
    worker.once("exit", () => {
      if (this.worker === worker) this.restart();
    });
    // After the listeners: the first one for messages would hold the process again.
    worker.unref();
  }

  private hear(message: WorkerMessage): void {
    if (message.kind === "ready") {
      this.state = "ready";
      this.settle.resolve();
    } else if (message.kind === "failed") {
      this.state = "failed";
      this.settle.reject(new LoggingError(message.code, message.message));
    }
  }

  /** The worker is gone: start another, which finds in the rings what was not confirmed. */
  private restart(): void {
    if (this.state === "closed") return;
    this.worker = undefined;
    this.crashes++;
    Atomics.store(this.words, LINES, 0);
    const begun = this.rings.find(isBegun);
    const progress = this.rings.map(progressOf).join(";");
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
        this.start();
      },
      Math.min(wait, LONGEST_RESTART_MS),
    );
    timer.unref();
  }

  private tell(order: WorkerOrder): void {
    this.worker?.postMessage(order);
  }

  private report(what: string, error: unknown, lost = 0): void {
    const message = `${this.options.name} ${what}`;
    reportError({ cause: message, message, error, lost });
  }
}
