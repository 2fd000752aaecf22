import { Handler, type LogRecord, makeLogRecord } from "@cordwood/core";

/** Keeps the records it is given. */
export class Kept extends Handler {
  readonly records: LogRecord[] = [];
  flushes = 0;

  get messages(): string[] {
    return this.records.map((record) => record.message);
  }

  protected override emit(record: LogRecord): void {
    this.records.push(record);
  }

  override flush(): void {
    this.flushes++;
  }
}

/** A clock that stands until it is set. */
export const clockAt = (start = 0): { now: () => number; at: number } => {
  const clock = { at: start, now: () => clock.at };
  return clock;
};

const LEVELS: Readonly<Record<string, number>> = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40 };

export const record = (level: string, msg: string, more: Readonly<Record<string, unknown>> = {}): LogRecord =>
  makeLogRecord({ name: "app", levelname: level, levelno: LEVELS[level] as number, msg, ...more });

export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);
