import {
  attempt,
  checkLevel,
  checkNumber,
  checkOneOf,
  checkOptions,
  Handler,
  type HandlerLike,
  type HandlerOptions,
  type Level,
  type LogRecord,
  type OptionNames,
} from "@cordwood/core";
import { checkFunction } from "./check-function.js";
import { type Clock, monotonic } from "./clock.js";
import { RecentMap } from "./record-key.js";
import { snapshot } from "./snapshot.js";
import { callSiteOf, checkTarget, offer } from "./target.js";

export interface FingersCrossedHandlerOptions extends Pick<HandlerOptions, "level" | "name" | "filters"> {
  /** A record at or above this level has all that its context has held written. Default `ERROR`. */
  readonly actionLevel?: Level;
  /** Records below this level are held; those between it and `actionLevel` are written at once. Default: `actionLevel`, so that all are held. */
  readonly holdBelow?: Level;
  /** What belongs together: the name of a field, or a function. Records without it share one place. Default `"requestId"`. */
  readonly by?: string | ((record: LogRecord) => unknown);
  /** What becomes of a context's later records: written as they come, or held again. Default `"write"`. */
  readonly afterAction?: "write" | "hold";
  /** Records held of one context; the oldest are dropped (`overflow`). Default 1 000. */
  readonly maxRecords?: number;
  /** Contexts held at a time; the one heard of longest ago is given up (`evicted`). Default 10 000. */
  readonly maxContexts?: number;
  /** A context not heard of for so long is over: what it held was not needed (`unneeded`). In milliseconds, default 60 000. */
  readonly maxIdleMs?: number;
  /** What close() does with what is held: gives it up (`unneeded`) or writes it. Default `"drop"`. */
  readonly whenClosed?: "drop" | "write";
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly now?: Clock;
}

const OPTIONS: OptionNames<FingersCrossedHandlerOptions> = {
  level: true,
  name: true,
  filters: true,
  actionLevel: true,
  holdBelow: true,
  by: true,
  afterAction: true,
  maxRecords: true,
  maxContexts: true,
  maxIdleMs: true,
  whenClosed: true,
  now: true,
};

interface Held {
  records: LogRecord[];
  acted: boolean;
  heard: number;
}

/**
 * Holds each context's records back and writes them all, in their order, once one at `actionLevel` arrives: the debug lines of the requests
 * that failed, and of no other. The target is the caller's: it is flushed, but not closed.
 */
export class FingersCrossedHandler extends Handler {
  override readonly uses: readonly string[];
  readonly #target: HandlerLike;
  readonly #actionLevel: number;
  readonly #holdBelow: number;
  readonly #keyOf: (record: LogRecord) => unknown;
  readonly #goesOn: boolean;
  readonly #maxRecords: number;
  readonly #maxIdleMs: number;
  readonly #writesAtEnd: boolean;
  readonly #now: Clock;
  readonly #contexts: RecentMap<unknown, Held>;

  /** @throws LoggingError for a target that is no handler, or an option out of range. */
  constructor(target: HandlerLike, options: FingersCrossedHandlerOptions = {}) {
    const owner = "FingersCrossedHandler";
    checkOptions(owner, options, OPTIONS);
    checkTarget(owner, target);
    const actionLevel = checkLevel(options.actionLevel ?? "ERROR");
    const holdBelow = options.holdBelow === undefined ? actionLevel : checkLevel(options.holdBelow);
    const by = options.by ?? "requestId";
    const goesOn = checkOneOf(owner, "afterAction", options.afterAction ?? "write", ["write", "hold"] as const) === "write";
    const maxRecords = checkNumber(owner, "maxRecords", options.maxRecords ?? 1_000, 1, 1_000_000);
    const maxContexts = checkNumber(owner, "maxContexts", options.maxContexts ?? 10_000, 1, 10_000_000);
    const maxIdleMs = checkNumber(owner, "maxIdleMs", options.maxIdleMs ?? 60_000, 1, 2 ** 42);
    const writesAtEnd = checkOneOf(owner, "whenClosed", options.whenClosed ?? "drop", ["drop", "write"] as const) === "write";
    const now = checkFunction(owner, "now", options.now) ?? monotonic;
    const keyOf = typeof by === "string" ? (record: LogRecord): unknown => record.extra[by] : checkFunction(owner, "by", by);
    super(options);
    this.#target = target;
    this.#actionLevel = actionLevel;
    this.#holdBelow = Math.min(holdBelow, actionLevel);
    this.#keyOf = keyOf as (record: LogRecord) => unknown;
    this.#goesOn = goesOn;
    this.#maxRecords = maxRecords;
    this.#maxIdleMs = maxIdleMs;
    this.#writesAtEnd = writesAtEnd;
    this.#now = now;
    this.#contexts = new RecentMap(maxContexts, (_key, held) => this.#giveUp(held, "evicted"));
    this.uses = callSiteOf(target);
  }

  /** Contexts that are remembered now. */
  get contexts(): number {
    return this.#contexts.size;
  }

  /** Says that a context is over, as at the end of a request: what it held was not needed and is dropped. */
  end(key: unknown): void {
    const held = this.#contexts.delete(key);
    if (held !== undefined) this.#giveUp(held, "unneeded");
  }

  protected override emit(record: LogRecord): void | "queued" | "settled" {
    const now = this.#now();
    this.#forgetIdle(now);
    const key = attempt(() => this.#keyOf(record), undefined);
    let held = this.#contexts.get(key);
    if (record.levelno >= this.#actionLevel) {
      if (held === undefined) this.#contexts.set(key, (held = { records: [], acted: false, heard: now }));
      held.heard = now;
      this.#write(held);
      held.acted = this.#goesOn;
      return this.#pass(record);
    }
    if (held !== undefined) held.heard = now;
    if (held?.acted === true || record.levelno >= this.#holdBelow) return this.#pass(record);
    if (held === undefined) this.#contexts.set(key, (held = { records: [], acted: false, heard: now }));
    if (held.records.length >= this.#maxRecords) {
      held.records.shift();
      this.counters.queued--;
      this.counters.drop("overflow");
    }
    if (this.uses.length > 0) void record.pathname;
    held.records.push(snapshot(record));
    return "queued";
  }

  /** Flushes the target. What is held stays held: whether it is needed is not known yet. */
  override flush(): void | Promise<void> {
    return this.#target.flush();
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    for (const [key, held] of [...this.#contexts.entries()]) {
      this.#contexts.delete(key);
      if (this.#writesAtEnd) this.#write(held);
      else this.#giveUp(held, "unneeded");
    }
    const closed = super.close();
    const flushed = this.#target.flush();
    return closed === undefined ? flushed : closed.then(() => flushed);
  }

  #pass(record: LogRecord): void | "settled" {
    if (offer(this.#target, record)) return undefined;
    this.counters.drop("level");
    return "settled";
  }

  #write(held: Held): void {
    const { records } = held;
    held.records = [];
    for (const record of records) {
      this.counters.queued--;
      if (offer(this.#target, record)) this.counters.delivered++;
      else this.counters.drop("level");
    }
  }

  #giveUp(held: Held, reason: "evicted" | "unneeded"): void {
    const count = held.records.length;
    held.records = [];
    if (count === 0) return;
    this.counters.queued -= count;
    this.counters.drop(reason, count);
  }

  /** The contexts are in the order in which they were heard of, so that only those that are over are looked at. */
  #forgetIdle(now: number): void {
    for (const [key, held] of this.#contexts.entries()) {
      if (now - held.heard < this.#maxIdleMs) return;
      this.#contexts.delete(key);
      this.#giveUp(held, "unneeded");
    }
  }
}
