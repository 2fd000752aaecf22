import { type ErrorReport, type LogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { type CapturedLogs, captureLogs } from "@cordwood/core/testing";
import { afterEach, beforeEach } from "vitest";

/** What one test has seen of logging. */
export interface Seen {
  logs: CapturedLogs;
  reports: ErrorReport[];
}

/** A tree of its own for each test of the file, whose records and reports are kept. */
export function freshTree(): Seen {
  const seen = {} as Seen;
  beforeEach(() => {
    resetLogging();
    seen.reports = [];
    setErrorReporter((report) => seen.reports.push(report));
    seen.logs = captureLogs();
  });
  afterEach(() => {
    seen.logs.stop();
    resetLogging();
  });
  return seen;
}

/** The one record that is expected. */
export function only(logs: CapturedLogs): LogRecord {
  if (logs.records.length !== 1) throw new Error(`expected one record, got ${JSON.stringify(logs.output)}`);
  return logs.records[0] as LogRecord;
}

/** A destination that keeps pino's lines. */
export class Lines {
  readonly texts: string[] = [];

  write(text: string): void {
    this.texts.push(text);
  }

  get data(): Record<string, unknown>[] {
    return this.texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  }
}
