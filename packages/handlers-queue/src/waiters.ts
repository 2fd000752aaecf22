import type { LogRecord } from "@cordwood/core";

interface Waiter {
  readonly resolve: (record: LogRecord | null) => void;
  readonly signal: AbortSignal | undefined;
  readonly giveUp: () => void;
}

/** Those who wait for a record, first come first served. */
export class Waiters {
  private readonly list: Waiter[] = [];

  /** How many wait. */
  get count(): number {
    return this.list.length;
  }

  /** A promise of the next record; `null` when the signal is aborted. */
  wait(signal: AbortSignal | undefined): Promise<LogRecord | null> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.list.splice(this.list.indexOf(waiter), 1);
        resolve(null);
      };
      const waiter: Waiter = { resolve, signal, giveUp };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.list.push(waiter);
    });
  }

  /** Gives the first one its record, or the end. Returns whether anybody waited. */
  give(record: LogRecord | null): boolean {
    const waiter = this.list.shift();
    if (waiter === undefined) return false;
    waiter.signal?.removeEventListener("abort", waiter.giveUp);
    waiter.resolve(record);
    return true;
  }
}
