import { type ErrorReport, Handler, type LogRecord, resetLogging, setErrorReporter } from "@cordwood/core";

/** Keeps what it is given: the records, and the text of each as made at the call. */
export class Lines extends Handler {
  readonly lines: string[] = [];
  readonly records: LogRecord[] = [];

  protected override emit(record: LogRecord): void {
    this.records.push(record);
    this.lines.push(this.format(record));
  }
}

/** What the error reporter was told since `fresh()`. */
export const reports: ErrorReport[] = [];

/** Starts a test from nothing, its reports collected. */
export function fresh(): void {
  resetLogging();
  reports.length = 0;
  setErrorReporter((report) => reports.push(report));
}

export const throwing = (text: string) => (): never => {
  throw new Error(text);
};

export function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Every accepted record is in exactly one of the other counters. */
export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);
