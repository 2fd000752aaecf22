import type { LogRecord } from "@cordwood/core";
import { Waiters } from "./waiters.js";

/** Records that have arrived and wait to be taken, and those who wait for records. */
export class Inbox {
  private records: LogRecord[] = [];
  private at = 0;
  private readonly waiters = new Waiters();
  private ended = false;

  /** Records that `take` gives at once. */
  get size(): number {
    return this.records.length - this.at;
  }

  /** Whether somebody waits for a record. */
  get isAwaited(): boolean {
    return this.waiters.count > 0;
  }

  /** A record has arrived; whoever waits gets it. */
  push(record: LogRecord): void {
    if (!this.waiters.give(record)) this.records.push(record);
  }

  /** A record comes again, before all others. */
  unshift(record: LogRecord): void {
    if (this.waiters.count > 0) this.push(record);
    else this.records.splice(this.at, 0, record);
  }

  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    if (this.at < this.records.length) {
      const record = this.records[this.at++] as LogRecord;
      if (this.at === this.records.length || this.at > 1_000) {
        this.records = this.records.slice(this.at);
        this.at = 0;
      }
      return record;
    }
    if (this.ended || signal?.aborted) return null;
    return this.waiters.wait(signal);
  }

  /** Nothing more will arrive: whoever waits, now or later, gets `null` once the records are taken. */
  end(): void {
    this.ended = true;
    while (this.waiters.give(null));
  }

  /** Records may arrive again. */
  reopen(): void {
    this.ended = false;
  }

  /** Takes out everything that has arrived. */
  clear(): LogRecord[] {
    const left = this.records.slice(this.at);
    this.records = [];
    this.at = 0;
    return left;
  }
}
