import { errorText } from "./error-text.js";
import type { HandlerLike } from "./handler.js";
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

const MINUTE_MS = 60_000;
const MOST_CAUSES = 1_000;

/** Replaces what happens to reports: standard error gets them until then, and again after `null`. A reporter that throws is ignored. */
export function setErrorReporter(reporter: ((report: ErrorReport) => void) | null): void {
  shared.errorReporter = reporter;
}

/** Reports a failure of logging itself, at most once a minute for each cause; what is held back is counted and told with the next report. */
export function reportError(report: ErrorReport): void {
  const { reports } = shared;
  const now = Date.now();
  const entry = reports.get(report.cause);
  const lost = report.lost ?? 0;
  if (entry !== undefined && Math.abs(now - entry.at) < MINUTE_MS) {
    entry.held++;
    entry.lost += lost;
    return;
  }
  if (reports.size >= MOST_CAUSES) reports.clear();
  reports.set(report.cause, { at: now, held: 0, lost: 0 });
  tell(entry ? { ...report, held: entry.held, lost: entry.lost + lost } : report);
}

/** Tells what has been held back, before the process ends. */
export function reportHeld(): void {
  for (const [cause, entry] of shared.reports) {
    if (entry.held > 0) tell({ cause, message: `${cause}: not reported each time`, held: entry.held, lost: entry.lost });
    entry.held = entry.lost = 0;
  }
}

function tell(report: ErrorReport): void {
  attempt(() => (shared.errorReporter ?? toStandardError)(report), undefined);
}

function toStandardError(report: ErrorReport): void {
  const parts = [`cordwood: ${report.message}`];
  if (report.held) parts.push(`${report.held} more since the last report`);
  if (report.lost) parts.push(`${report.lost} records lost`);
  if (report.record) parts.push(`record of logger ${report.record.name}: ${cut(report.record.message, 200)}`);
  writeError(parts.join("; ") + (report.error === undefined ? "" : `\n${errorText(report.error)}`));
}
