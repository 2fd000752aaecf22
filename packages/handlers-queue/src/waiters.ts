import type { LogRecord } from "@cordwood/core";

interface Waiter {
  readonly resolve: (record: LogRecord | null) => void;
  readonly signal: AbortSignal | undefined;
}

/** Those who wait for a record, first come first served. */
export class Waiters {
  private list: Waiter[] = [];
  /** Signals that are listened to: once each, since a listener waits with the same one again and again. */
  private readonly heard = new WeakSet<AbortSignal>();

  /** How many wait. */
  get count(): number {
    return this.list.length;
  }

  /** A promise of the next record; `null` when the signal is aborted. */
  wait(signal: AbortSignal | undefined): Promise<LogRecord | null> {
    if (signal !== undefined && !this.heard.has(signal)) {
      this.heard.add(signal);
      signal.addEventListener("abort", () => this.giveUp(signal), { once: true });
    }
    return new Promise((resolve) => {
      this.list.push({ resolve, signal });
    });
  }

  /** Gives the first one its record, or the end. Returns whether anybody waited. */
  give(record: LogRecord | null): boolean {
    const waiter = this.list.shift();
    waiter?.resolve(record);
    return waiter !== undefined;
  }

  private giveUp(signal: AbortSignal): void {
    const over = this.list.filter((waiter) => waiter.signal === signal);
    this.list = this.list.filter((waiter) => waiter.signal !== signal);
    for (const { resolve } of over) resolve(null);
  }
}
