import type { LogRecord } from "@cordwood/core";

interface Waiter {
  readonly resolve: (record: LogRecord | null) => void;
  readonly signal: AbortSignal | undefined;
  readonly giveUp: () => void;
}

/** Records that have arrived and wait to be taken, and those who wait for records. */
export class Inbox {
  private records: LogRecord[] = [];
  private at = 0;
  private readonly waiters: Waiter[] = [];
  private ended = false;

  /** Records that `take` gives at once. */
  get size(): number {
    return this.records.length - this.at;
  }

  /** Whether somebody waits for a record. */
  get isAwaited(): boolean {
    return this.waiters.length > 0;
  }

  /** A record has arrived; whoever waits gets it. */
  push(record: LogRecord): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.records.push(record);
    else this.settle(waiter, record);
  }

  /** A record comes again, before all others. */
  unshift(record: LogRecord): void {
    if (this.waiters.length > 0) this.push(record);
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
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        resolve(null);
      };
      const waiter: Waiter = { resolve, signal, giveUp };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.waiters.push(waiter);
    });
  }

  /** Nothing more will arrive: whoever waits, now or later, gets `null` once the records are taken. */
  end(): void {
    this.ended = true;
    for (const waiter of this.waiters.splice(0)) this.settle(waiter, null);
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

  private settle(waiter: Waiter, record: LogRecord | null): void {
    waiter.signal?.removeEventListener("abort", waiter.giveUp);
    waiter.resolve(record);
  }
}
