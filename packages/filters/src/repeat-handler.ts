import {
  checkNumber,
  checkOptions,
  Handler,
  type HandlerLike,
  type HandlerOptions,
  type LogRecord,
  makeLogRecord,
  type OptionNames,
} from "@cordwood/core";
import { checkFunction } from "./check-function.js";
import { type Clock, monotonic } from "./clock.js";
import { byMessage, keyOf, type RecordKey } from "./record-key.js";
import { checkTarget, offer } from "./target.js";

export interface RepeatHandlerOptions extends Pick<HandlerOptions, "level" | "name" | "filters"> {
  /** What a repeat is. Default: the same logger, level and finished message. */
  readonly by?: RecordKey;
  /** Longest time that repeats go without being told of, in milliseconds. Default 10 000. */
  readonly windowMs?: number;
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly now?: Clock;
}

const OPTIONS: OptionNames<RepeatHandlerOptions> = { level: true, name: true, filters: true, by: true, windowMs: true, now: true };

/**
 * Writes a message once and then, in place of the same message again and again, a record that says how often it came: when another message
 * follows, when the window ends, at flush and at close. The target is the caller's: it is flushed, but not closed.
 */
export class RepeatHandler extends Handler {
  readonly #target: HandlerLike;
  readonly #by: RecordKey;
  readonly #windowMs: number;
  readonly #now: Clock;
  #key: unknown;
  #last: LogRecord | undefined;
  #since = 0;
  #count = 0;
  #summaries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws LoggingError for a target that is no handler, or an option out of range. */
  constructor(target: HandlerLike, options: RepeatHandlerOptions = {}) {
    const owner = "RepeatHandler";
    checkOptions(owner, options, OPTIONS);
    checkTarget(owner, target);
    const by = checkFunction(owner, "by", options.by) ?? byMessage;
    const windowMs = checkNumber(owner, "windowMs", options.windowMs ?? 10_000, 1, 2 ** 31 - 1);
    const now = checkFunction(owner, "now", options.now) ?? monotonic;
    super(options);
    this.#target = target;
    this.#by = by;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Records written that tell of repeats; they are this handler's own and among none of its counters. */
  get summaries(): number {
    return this.#summaries;
  }

  protected override emit(record: LogRecord): void | "settled" {
    const key = keyOf(this.#by, record);
    const now = this.#now();
    if (this.#last !== undefined && key === this.#key && now - this.#since < this.#windowMs) {
      this.#count++;
      this.#last = record;
      this.counters.drop("repeated");
      this.#timer ??= this.#startTimer();
      return "settled";
    }
    this.#summarize();
    this.#key = key;
    this.#last = record;
    this.#since = now;
    if (offer(this.#target, record)) return undefined;
    this.counters.drop("level");
    return "settled";
  }

  /** Tells of the repeats so far, then flushes the target. */
  override flush(): void | Promise<void> {
    this.#summarize();
    return this.#target.flush();
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    this.#summarize();
    this.#last = undefined;
    const closed = super.close();
    const flushed = this.#target.flush();
    return closed === undefined ? flushed : closed.then(() => flushed);
  }

  #summarize(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    const last = this.#last;
    const count = this.#count;
    this.#count = 0;
    if (last === undefined || count === 0) return;
    this.#summaries++;
    offer(
      this.#target,
      makeLogRecord({
        name: last.name,
        levelno: last.levelno,
        levelname: last.levelname,
        created: last.created,
        msg: `repeated ${count} ${count === 1 ? "time" : "times"}: ${last.message}`,
        args: [],
        fields: { repeated: count },
      }),
    );
  }

  /** Repeats are told of even if nothing follows; a program that has nothing else to do is not kept running for it, its exit flushes. */
  #startTimer(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.#summarize();
      this.#since = Number.NEGATIVE_INFINITY;
    }, this.#windowMs) as ReturnType<typeof setTimeout> & { unref?(): void };
    timer.unref?.();
    return timer;
  }
}
