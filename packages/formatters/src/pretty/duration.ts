/** Keys whose number is a time in milliseconds: by their ending, or by a name that everybody uses so. */
const MILLISECONDS = /^(.+?)(?:_?ms|Ms|MS|_millis|Millis)$/;
const KNOWN: ReadonlySet<string> = new Set(["responseTime"]);

/** The name under which a field of milliseconds is shown, or `undefined` when it is none. */
export function durationName(key: string): string | undefined {
  if (KNOWN.has(key)) return key;
  const match = MILLISECONDS.exec(key);
  // "items", "params": words that only end in these letters.
  if (match === null || (key.endsWith("ms") && !key.endsWith("_ms"))) return key === "ms" ? key : undefined;
  return match[1];
}

/** A time in milliseconds as one reads it: `450µs`, `12.5ms`, `1.25s`, `2m 05s`, `1h 02m`. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (!Number.isFinite(ms)) return `${ms}ms`;
  if (size < 1 && size > 0) return `${Math.round(ms * 1_000)}µs`;
  if (size < 1_000) return `${rounded(ms, size < 100 ? 1 : 0)}ms`;
  if (size < 60_000) return `${rounded(ms / 1_000, 2)}s`;
  const seconds = Math.round(size / 1_000);
  const sign = ms < 0 ? "-" : "";
  if (seconds < 3_600) return `${sign}${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${sign}${Math.floor(seconds / 3_600)}h ${two(Math.floor((seconds % 3_600) / 60))}m`;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
const two = (value: number): string => `${value}`.padStart(2, "0");
