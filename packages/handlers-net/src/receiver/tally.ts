import { type LoggingError, reportError } from "@cordwood/core";

/** What became of what a receiver was sent. */
export interface ReceiverStats {
  /** Records handed to a logger or to `onRecord`. */
  readonly received: number;
  /** Records sent again that had been handled before, and were left out. */
  readonly duplicates: number;
  /** Frames, requests and connections refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Records that `onRecord` failed on, by reason. */
  readonly failed: Readonly<Record<string, number>>;
  /** How often a connection was not read for a while because its records came faster than `maxRecordsPerSecond`. */
  readonly throttled: number;
  /** Connections open now. */
  readonly connections: number;
  /** Bytes of unfinished frames held now. */
  readonly heldBytes: number;
}

/** The counters of one receiver, and its reports: one a minute for each cause. */
export class Tally {
  received = 0;
  duplicates = 0;
  throttled = 0;
  readonly refused: Record<string, number> = Object.create(null);
  readonly failed: Record<string, number> = Object.create(null);

  refuse(reason: string, from: string, error?: unknown): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
    const details = error === undefined ? {} : { error };
    reportError({ cause: `LogReceiver: ${reason}`, message: `LogReceiver refused what ${from} sent (${reason})`, ...details });
  }

  /** A record on which `onRecord` failed; counted as lost only when it is not sent again. */
  fail(reason: string, error: unknown, lost: number): void {
    this.failed[reason] = (this.failed[reason] ?? 0) + lost;
    reportError({ cause: `LogReceiver: ${reason}`, message: "LogReceiver: onRecord failed on a record", error, lost });
  }
}

/** Whether an error is about the frame and not about whoever handles the record. */
export const isRefusal = (error: unknown): error is LoggingError => {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "FRAME_REFUSED" || code === "PICKLE_REFUSED";
};
