import { errorText } from "./error-text.js";
import type { HandlerLike } from "./handler.js";
import { MINUTE_MS, MOST_CAUSES } from "./limits.js";
import type { LogRecord } from "./record.js";
import { writeError } from "./runtime.js";
import { shared } from "./shared.js";
import { attempt, cut } from "./values.js";

/** What logging has to say about its own failures. */
export interface ErrorReport {
  /** The key of the cause: each is reported once a minute at most. */
  readonly cause: string;
  /** What was tried, on what, and the next step. */
  readonly message: string;
  readonly error?: unknown;
  /** The record it happened to. */
  readonly record?: LogRecord | undefined;
  readonly handler?: HandlerLike | undefined;
  /** Records lost by it, those of the reports held back included. Default 0. */
  readonly lost?: number;
  /** How often the cause occurred without a report since the last one. */
  readonly held?: number;
}

/** Replaces what happens to reports: standard error gets them until then, and again after `null`. A reporter that throws is ignored. */
export function setErrorReporter(reporter: ((report: ErrorReport) => void) | null): void {
  shared.reporter = reporter;
}

/** Reports a failure of logging itself, at most once a minute for each cause; what is held back is counted and told with the next report. */
export function reportError(report: ErrorReport): void {
  const { reports } = shared;
  const { cause, lost = 0 } = report;
  const now = Date.now();
  const entry = reports.get(cause) ?? { at: -Infinity, held: 0, lost: 0 };
  entry.lost += lost;
  if (Math.abs(now - entry.at) < MINUTE_MS) entry.held++;
  else {
    if (reports.size >= MOST_CAUSES) reports.clear();
    reports.set(cause, { at: now, held: 0, lost: 0 });
    tell({ ...report, held: entry.held, lost: entry.lost });
  }
}

/** Tells what has been held back, before the process ends. */
export function reportHeld(): void {
  for (const [cause, { held, lost }] of shared.reports) if (held) tell({ cause, message: cause, held, lost });
  shared.reports.clear();
}

function tell(report: ErrorReport): void {
  attempt(() => (shared.reporter ?? toStandardError)(report));
}

function toStandardError({ message, held, lost, record, error }: ErrorReport): void {
  writeError(
    `cordwood: ${message}${held || lost ? ` (held back: ${held}, records lost: ${lost})` : ""}` +
      (record ? `; ${record.name}: ${cut(record.message, 200)}` : "") +
      (error === undefined ? "" : `\n${errorText(error)}`),
  );
}
