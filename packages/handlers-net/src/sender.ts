import { type Account, settleDropped, settleFailed } from "./account.js";
import { type Lingering, linger, lingerNoMore } from "./linger.js";

/**
 * What every sender has in common: records are held until they have left, somebody may wait for that, and what has not left when it is
 * closed or the process ends is counted.
 */
export abstract class Sender implements Lingering {
  protected readonly account: Account;
  /** The far side as reports name it. */
  protected readonly where: string;
  protected closed = false;
  readonly #waiting = new Set<() => void>();
  /** Records delivered when a wait ended in vain. */
  #stuckAt = -1;

  constructor(where: string, account: Account) {
    this.where = where;
    this.account = account;
    linger(this);
  }

  /** Records held. */
  abstract get pending(): number;

  /** Sends what can be sent now. */
  protected abstract pump(): void;

  /** Forgets what is held; gives the number of records that are lost by that. */
  protected abstract discard(): number;

  /** Lets go of connections and files. */
  protected abstract release(): void;

  /** Settles once nothing is held any more, or when `timeoutMs` have passed. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.pending === 0) return;
    this.pump();
    if (this.pending > 0) await this.#wait(timeoutMs);
    this.#stuckAt = this.pending > 0 ? this.account.counters.delivered : -1;
  }

  /** Gives what is held up to `timeoutMs` to leave, then ends. What was waited for in vain just now is not waited for again. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#stuckAt !== this.account.counters.delivered) await this.flush(timeoutMs);
    if (this.closed) return;
    this.closed = true;
    this.#lose("unsent", `${this.where} did not take what was left when the handler was closed`);
    this.release();
    lingerNoMore(this);
  }

  hurry(): void {
    this.pump();
  }

  abandon(): void {
    this.#lose("exit", `the process ended before ${this.where} took all records; await shutdown() first`);
  }

  /** Nothing is held any more: those who wait for that go on. */
  protected emptied(): void {
    for (const done of this.#waiting) done();
  }

  /** Counts what a full queue has lost; records that were in it already count as queued. */
  protected full(kept: boolean, lost: number): void {
    settleDropped(this.account, "full", kept ? lost : lost - 1);
    if (!kept) this.account.counters.drop("full");
    this.account.report("full", `the queue for ${this.where} is full; records are dropped`, undefined, lost);
  }

  #lose(reason: string, message: string): void {
    const count = this.discard();
    if (count === 0) return;
    settleFailed(this.account, reason, count);
    this.account.report(reason, message, undefined, count);
  }

  /** Keeps the process alive: somebody asked for it. */
  #wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }
}

/** A sender of ready bytes. */
export abstract class ByteSender extends Sender {
  /** Takes a record's bytes; `"settled"` when its loss has been counted already. */
  abstract send(bytes: Buffer): "queued" | "settled";
}
