/** What became of the records a handler accepted: `accepted = delivered + queued + dropped + failed`. */
export interface HandlerStats {
  readonly accepted: number;
  readonly delivered: number;
  readonly queued: number;
  /** Records given up on purpose, by reason: `closed`, `reentrant`, `full`, … */
  readonly dropped: Readonly<Record<string, number>>;
  /** Records lost to a failure, by reason: `emit`, `filter`, … */
  readonly failed: Readonly<Record<string, number>>;
}

/** The counters behind {@link HandlerStats}; each is counted for itself, none computed from the others. */
export class Counters {
  accepted = 0;
  delivered = 0;
  queued = 0;
  readonly dropped: Record<string, number> = Object.create(null);
  readonly failed: Record<string, number> = Object.create(null);

  /** Counts records given up on purpose. */
  drop(reason: string, count = 1): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count;
  }

  /** Counts records lost to a failure. */
  fail(reason: string, count = 1): void {
    this.failed[reason] = (this.failed[reason] ?? 0) + count;
  }

  /** A copy of the counts as they are now. */
  snapshot(): HandlerStats {
    return { ...this, dropped: { ...this.dropped }, failed: { ...this.failed } };
  }
}
