import type { LogRecord } from "@cordwood/core";
import { checkNumber, checkOptions, type OptionNames } from "@cordwood/core";
import { checkFunction } from "./check-function.js";
import { type Clock, monotonic } from "./clock.js";
import { byMessage, keyOf, RecentMap, type RecordKey } from "./record-key.js";

export interface RepeatFilterOptions {
  /** How long repeats are held back after the one that was let through, in milliseconds. Default 10 000. */
  readonly windowMs?: number;
  /** What a repeat is. Default: the same logger, level and finished message. */
  readonly by?: RecordKey;
  /** Messages told apart at a time. 1 holds back only what directly follows its like, as syslog does. Default 1 000. */
  readonly maxKeys?: number;
  /** The field in which the next record of a message tells how often it was held back. Default `"repeated"`. */
  readonly field?: string;
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly now?: Clock;
}

const OPTIONS: OptionNames<RepeatFilterOptions> = { windowMs: true, by: true, maxKeys: true, field: true, now: true };

/** What became of the records that were looked at for repeats. */
export interface RepeatStats {
  readonly seen: number;
  readonly passed: number;
  readonly suppressed: number;
  /** Of the suppressed those that a later record has told of, and those that none will, because their message was given up. */
  readonly reported: number;
  readonly forgotten: number;
}

interface Repeats {
  start: number;
  count: number;
}

/** Lets a message through once in a window of time; when it comes again after that, it says how often it was held back. */
export class RepeatFilter {
  readonly #windowMs: number;
  readonly #by: RecordKey;
  readonly #field: string;
  readonly #now: Clock;
  readonly #messages: RecentMap<unknown, Repeats>;
  readonly #stats = { seen: 0, passed: 0, suppressed: 0, reported: 0, forgotten: 0 };

  /** @throws LoggingError for an option out of range. */
  constructor(options: RepeatFilterOptions = {}) {
    const owner = "RepeatFilter";
    checkOptions(owner, options, OPTIONS);
    this.#windowMs = checkNumber(owner, "windowMs", options.windowMs ?? 10_000, 1, 2 ** 42);
    this.#by = checkFunction(owner, "by", options.by) ?? byMessage;
    this.#field = options.field ?? "repeated";
    this.#now = checkFunction(owner, "now", options.now) ?? monotonic;
    this.#messages = new RecentMap(checkNumber(owner, "maxKeys", options.maxKeys ?? 1_000, 1, 10_000_000), (_key, repeats) => {
      this.#stats.forgotten += repeats.count;
    });
  }

  filter(record: LogRecord): LogRecord | false {
    const stats = this.#stats;
    stats.seen++;
    const key = keyOf(this.#by, record);
    const now = this.#now();
    const known = this.#messages.get(key);
    if (known !== undefined && now - known.start < this.#windowMs) {
      known.count++;
      stats.suppressed++;
      return false;
    }
    stats.passed++;
    const count = known?.count ?? 0;
    this.#messages.set(key, { start: now, count: 0 });
    if (count === 0) return record;
    stats.reported += count;
    return record.with({ [this.#field]: count });
  }

  stats(): RepeatStats {
    return { ...this.#stats };
  }
}
