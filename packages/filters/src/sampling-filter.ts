import {
  attempt,
  checkLevel,
  checkNumber,
  checkOptions,
  type Level,
  LoggingError,
  type LogRecord,
  type OptionNames,
  show,
} from "@cordwood/core";
import { checkFunction } from "./check-function.js";
import { keyOf, type RecordKey } from "./record-key.js";

export interface SamplingFilterOptions {
  /** Records at or above this level are all kept. Default `WARNING`. */
  readonly alwaysFrom?: Level;
  /** What is kept or dropped together, such as `(record) => record.extra.traceId`: all records of a key, or none. Default: each by itself. */
  readonly by?: RecordKey;
  /** A field that tells of each kept record how many it stands for, such as `"sampleRate"`. Default none. */
  readonly field?: string;
  /** Numbers from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
}

const OPTIONS: OptionNames<SamplingFilterOptions> = { alwaysFrom: true, by: true, field: true, random: true };

/** What became of the records that a sampling filter has seen. */
export interface SamplingStats {
  readonly seen: number;
  /** Kept by chance, and kept for their level. */
  readonly kept: number;
  readonly always: number;
  readonly dropped: number;
}

/** Keeps a fraction of the records, and all from a level on. */
export class SamplingFilter {
  readonly #rate: number;
  readonly #alwaysFrom: number;
  readonly #by: RecordKey | undefined;
  readonly #field: string | undefined;
  readonly #random: () => number;
  readonly #stats = { seen: 0, kept: 0, always: 0, dropped: 0 };

  /**
   * @param rate the fraction that is kept, from 0 to 1.
   * @throws LoggingError for a rate or option out of range.
   */
  constructor(rate: number, options: SamplingFilterOptions = {}) {
    checkOptions("SamplingFilter", options, OPTIONS);
    this.#rate = checkNumber("SamplingFilter", "rate", rate, 0, 1, false);
    this.#alwaysFrom = checkLevel(options.alwaysFrom ?? "WARNING");
    this.#by = checkFunction("SamplingFilter", "by", options.by);
    if (options.field !== undefined && (typeof options.field !== "string" || options.field === ""))
      throw new LoggingError("OPTION_INVALID", `SamplingFilter: field is ${show(options.field)}; give the name of a field`);
    this.#field = options.field;
    this.#random = checkFunction("SamplingFilter", "random", options.random) ?? Math.random;
  }

  filter(record: LogRecord): LogRecord | false {
    const stats = this.#stats;
    stats.seen++;
    if (record.levelno >= this.#alwaysFrom) {
      stats.always++;
      return record;
    }
    if (!this.#chosen(record)) {
      stats.dropped++;
      return false;
    }
    stats.kept++;
    return this.#field === undefined ? record : record.with({ [this.#field]: 1 / this.#rate });
  }

  stats(): SamplingStats {
    return { ...this.#stats };
  }

  #chosen(record: LogRecord): boolean {
    const key = this.#by === undefined ? undefined : keyOf(this.#by, record);
    return (key === undefined || key === null ? this.#random() : fraction(attempt(() => String(key), ""))) < this.#rate;
  }
}

/** A text as an even number from 0 up to 1, the same in every process: FNV-1a with murmur3's final mixing. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
