import type { FormatterLike, HandlerStats, LogRecord } from "@cordwood/core";
import type { FinishedLines } from "./finished-lines.js";

/** How a record that was put into a queue came to its end. */
export type Outcome = "delivered" | "dropped" | "failed";

/** Who put records into a queue and wants to know what became of them: a `QueueHandler`, whose counters must add up. */
export interface RecordOwner {
  /**
   * `count` records that had been answered with `"queued"` have come to their end.
   * `reason` says why they were dropped or failed; it is empty for `"delivered"`.
   */
  settled(outcome: Outcome, reason: string, count: number): void;
}

/** The end that records are put into. */
export interface SendingEnd {
  /** `true` where `put` takes everything it needs out of the record before it returns: the record need not be copied for it. */
  readonly copies?: boolean;
  /**
   * Accepts one prepared record at once. Never throws and never waits beyond what the queue's `whenFull` says.
   * @returns `"queued"` when its end is told to the owner later, `"delivered"` when it has been handled already, otherwise the reason why
   * it was dropped, such as `"full"`.
   */
  put(record: LogRecord, owner?: RecordOwner): string;
  /**
   * `true` while the handlers at the other end write finished lines as they are: a record that a `QueueHandler` with a formatter is given then goes
   * to `putLine`, which needs no copy of it.
   */
  readonly takesLines?: boolean;
  /** Like `put`, for a record of which only the text is needed. May throw what the formatter throws, before anything is counted. */
  putLine?(record: LogRecord, formatter: FormatterLike, owner?: RecordOwner): string;
  /** Settles when each record put before has been handed over and confirmed, or counted as lost. Does at once what can be done at once. */
  flush(): void | Promise<void>;
  /** Flushes within a deadline, then releases what sending needed; what is left is counted as `dropped.shutdown`. A second call is harmless. */
  closeSender?(): void | Promise<void>;
}

/** The end that records are taken from. */
export interface ReceivingEnd {
  /** Records that `take` would give at once. */
  readonly size: number;
  /**
   * The next record: at once when one is here, as a promise when it must be waited for, `null` at the end.
   * @param signal ends the waiting: the promise then gives `null`.
   */
  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null>;
  /** Finished lines, so many at most, that wait before anything else: to be handled at once. Nothing when the next one is a record. */
  takeLines?(most: number): FinishedLines | undefined;
  /** These records have been handled and the handlers flushed: they need not come again. */
  acknowledge?(records: readonly LogRecord[]): void | Promise<void>;
  /** This record could not be handled: it is to come again, or to go where undeliverable records go. */
  refuse?(record: LogRecord, error: unknown): void | Promise<void>;
  /** Settles when nothing more is waiting at the far side, as far as one can know. */
  idle?(): Promise<void>;
  /** Who handles records: for queues that can have them handled at once, and that must at process exit. */
  attach?(consumer: Consumer): void;
  detach?(consumer: Consumer): void;
  /** Gives back what was taken and not acknowledged, then releases what receiving needed. A second call is harmless. */
  closeReceiver?(): void | Promise<void>;
}

/** What a queue may ask of the listener at its other end. */
export interface Consumer {
  /** Whether of a record with a finished line nothing but the line is needed, just now. */
  readonly takesLines?: boolean;
  /** Handles one record now. Never throws. */
  consume(record: LogRecord): void;
  /** Handles finished lines now, where it takes them. Never throws. */
  consumeLines?(lines: FinishedLines): void;
  /** Handles what is waiting now, in this call. */
  drain(): void;
  /** Flushes the handlers. */
  flush(): void | Promise<void>;
}

/** Both ends of a queue, and its counters: `accepted = delivered + queued + dropped + failed`. */
export interface RecordQueue extends SendingEnd, ReceivingEnd {
  stats(): HandlerStats;
  /** Closes both ends. */
  close(): void | Promise<void>;
}

const DELIVERY = Symbol.for("@cordwood/handlers-queue.delivery");

/** Where a record came from and how often: what tells a duplicate from the first copy. */
export interface Delivery {
  /** The same for every copy of one record: sender and sequence. */
  readonly id: string;
  /** The process, thread or queue object that sent it. */
  readonly sender: string;
  /** Counts up by one for each record of a sender, from 1. */
  readonly sequence: number;
  /** How often it has been handed out, this time included. */
  readonly tries: number;
  /** Whether it may have been handled before: it was sent or handed out a second time. */
  readonly redelivered: boolean;
}

/** What is known of a record's way here; `undefined` for a record that came through no queue that confirms. */
export const deliveryOf = (record: LogRecord): Delivery | undefined => (record as { [DELIVERY]?: Delivery })[DELIVERY];

/** Notes on a record how it came: under a symbol, so that no formatter shows it and every copy of this package finds it. */
export function setDelivery(record: LogRecord, delivery: Delivery): LogRecord {
  (record as { [DELIVERY]?: Delivery })[DELIVERY] = delivery;
  return record;
}

/** A delivery whose id is made when asked for: most are never asked. */
export class SequencedDelivery implements Delivery {
  readonly sender: string;
  readonly sequence: number;
  readonly tries: number;
  readonly redelivered: boolean;

  constructor(sender: string, sequence: number, tries: number, redelivered = tries > 1) {
    this.sender = sender;
    this.sequence = sequence;
    this.tries = tries;
    this.redelivered = redelivered;
  }

  get id(): string {
    return `${this.sender}-${this.sequence}`;
  }
}
