import type { Archive } from "./archives.js";
import { invalid } from "./file-options.js";

/** What rotated files are kept. */
export interface RetentionOptions {
  /** Removes rotated files whose last write is older: milliseconds, or text such as `"12h"`, `"7d"`, `"4w"`. Default: no limit. */
  readonly maxAge?: number | string;
  /** Removes the oldest rotated files so that the log, the current file at its `maxBytes` included, stays within so many bytes. Default: no limit. */
  readonly maxTotalBytes?: number;
}

/** The limits once they are checked; `Infinity` where there is none. */
export interface RetentionLimits {
  readonly count: number;
  readonly ageMs: number;
  readonly totalBytes: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * The limit of age in milliseconds.
 * @throws LoggingError `OPTION_INVALID`.
 */
export function ageLimit(maxAge: number | string | undefined): number {
  if (maxAge === undefined) return Number.POSITIVE_INFINITY;
  const [, amount = "", unit = ""] =
    typeof maxAge === "string" ? (/^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w)$/.exec(maxAge) ?? []) : ["", String(maxAge), "ms"];
  const limit = amount === "" ? Number.NaN : Number(amount) * (UNITS_MS[unit] as number);
  if (limit > 0) return limit;
  throw invalid("maxAge", maxAge, 'milliseconds or text such as "12h", "7d", "4w"');
}

/** Those that are beyond a limit. `archives` begin with the newest. */
export function outdated(archives: readonly Archive[], limits: RetentionLimits, nowMs: number): Archive[] {
  let total = 0;
  return archives.filter((archive, index) => {
    total += archive.size;
    return index >= limits.count || nowMs - archive.modifiedMs > limits.ageMs || total > limits.totalBytes;
  });
}
