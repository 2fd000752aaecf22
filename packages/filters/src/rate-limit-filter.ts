import { checkLevel, checkNumber, checkOptions, type Level, type LogRecord, type OptionNames } from "@cordwood/core";
import { checkFunction } from "./check-function.js";
import { type Clock, monotonic } from "./clock.js";
import { byTemplate, keyOf, RecentMap, type RecordKey } from "./record-key.js";

export interface RateLimitFilterOptions {
  /** The length of a window in milliseconds. Default 1 000. */
  readonly windowMs?: number;
  /** What is limited by itself. Default: each message, by its logger, its level and its text before the arguments are put in. */
  readonly by?: RecordKey;
  /** Records at or above this level are never held back. Default: no level. */
  readonly alwaysFrom?: Level;
  /** The field in which the first record of a new window tells how many were held back before it. Default `"suppressed"`. */
  readonly field?: string;
  /** Keys remembered. Default 10 000; the one seen longest ago is given up first. */
  readonly maxKeys?: number;
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly now?: Clock;
}

const OPTIONS: OptionNames<RateLimitFilterOptions> = { windowMs: true, by: true, alwaysFrom: true, field: true, maxKeys: true, now: true };

/** What became of the records that a rate limit has seen. */
export interface RateLimitStats {
  readonly seen: number;
  readonly passed: number;
  readonly suppressed: number;
  /** Of the suppressed those that a later record has told of, and those that none will, because their key was given up. */
  readonly reported: number;
  readonly forgotten: number;
}

interface Window {
  start: number;
  passed: number;
  suppressed: number;
}

/** Lets so many records of one message through in each window of time; the next one after that says how many were held back. */
export class RateLimitFilter {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #by: RecordKey;
  readonly #alwaysFrom: number;
  readonly #field: string;
  readonly #now: Clock;
  readonly #windows: RecentMap<unknown, Window>;
  readonly #stats = { seen: 0, passed: 0, suppressed: 0, reported: 0, forgotten: 0 };

  /**
   * @param limit records of one message in each window.
   * @throws LoggingError for an option out of range.
   */
  constructor(limit: number, options: RateLimitFilterOptions = {}) {
    const owner = "RateLimitFilter";
    checkOptions(owner, options, OPTIONS);
    this.#limit = checkNumber(owner, "limit", limit, 1, 1_000_000_000);
    this.#windowMs = checkNumber(owner, "windowMs", options.windowMs ?? 1_000, 1, 2 ** 42);
    this.#by = checkFunction(owner, "by", options.by) ?? byTemplate;
    this.#alwaysFrom = options.alwaysFrom === undefined ? Number.POSITIVE_INFINITY : checkLevel(options.alwaysFrom);
    this.#field = options.field ?? "suppressed";
    this.#now = checkFunction(owner, "now", options.now) ?? monotonic;
    this.#windows = new RecentMap(checkNumber(owner, "maxKeys", options.maxKeys ?? 10_000, 1, 10_000_000), (_key, window) => {
      this.#stats.forgotten += window.suppressed;
    });
  }

  filter(record: LogRecord): LogRecord | false {
    const stats = this.#stats;
    stats.seen++;
    if (record.levelno >= this.#alwaysFrom) {
      stats.passed++;
      return record;
    }
    const key = keyOf(this.#by, record);
    const now = this.#now();
    const window = this.#windows.get(key);
    if (window === undefined) this.#windows.set(key, { start: now, passed: 1, suppressed: 0 });
    else if (now - window.start >= this.#windowMs) {
      const { suppressed } = window;
      window.start = now;
      window.passed = 1;
      window.suppressed = 0;
      if (suppressed > 0) {
        stats.passed++;
        stats.reported += suppressed;
        return record.with({ [this.#field]: suppressed });
      }
    } else if (window.passed < this.#limit) window.passed++;
    else {
      window.suppressed++;
      stats.suppressed++;
      return false;
    }
    stats.passed++;
    return record;
  }

  stats(): RateLimitStats {
    return { ...this.#stats };
  }
}
