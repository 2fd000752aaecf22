/** Longest wait of an ending process for an end that confirms nothing, in milliseconds … */
const SILENT_MS = 2_000;
/** … and for one that confirms, or is only just starting. */
const LONGEST_MS = 10_000;

/** How long an ending process waits for another end: as long as it confirms something now and then, up to a limit for all waits together. */
export class ExitPatience {
  private readonly end = Date.now() + LONGEST_MS;
  private since = 0;
  private held = 0;

  /** A wait begins, while so many records are held. */
  begin(held: number): void {
    this.since = Date.now();
    this.held = held;
  }

  /** How long to wait on, in milliseconds, while so many are held; nothing or less when it is enough. */
  left(held: number, isStarting: boolean): number {
    if (held !== this.held || isStarting) this.since = Date.now();
    this.held = held;
    return Math.min(this.end - Date.now(), this.leftInSilence);
  }

  /** How long to wait on if nothing is confirmed meanwhile. */
  get leftInSilence(): number {
    return this.since + SILENT_MS - Date.now();
  }
}
