import { type LogRecord, makeLogRecord, reportError } from "@cordwood/core";

/** How often a queue tells what it lost, in milliseconds. */
const PERIOD_MS = 10_000;

/** Name of the logger that a queue's own records carry. */
export const QUEUE_LOGGER = "cordwood.queue";

/** Collects what a queue lost and tells it: one record every ten seconds into the queue itself, and the error reporter. */
export class LossSummary {
  private readonly label: string;
  private readonly tell: (record: LogRecord) => void;
  private readonly losses = new Map<string, number>();
  private total = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param label which queue it is, for the texts.
   * @param tell takes the summary record, whatever the queue's limits.
   */
  constructor(label: string, tell: (record: LogRecord) => void) {
    this.label = label;
    this.tell = tell;
  }

  /** Notes a loss. The first one of a period is reported at once. */
  readonly note = (reason: string, count: number): void => {
    this.losses.set(reason, (this.losses.get(reason) ?? 0) + count);
    this.total += count;
    if (this.timer !== undefined) return;
    this.report(count, reason);
    this.timer = setTimeout(() => this.summarize(), PERIOD_MS);
    // A summary is no reason to keep a process alive that has nothing else to do.
    (this.timer as { unref?(): void }).unref?.();
  };

  /** Reports what no summary will tell any more. */
  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.reset();
  }

  private summarize(): void {
    this.timer = undefined;
    const dropped = Object.fromEntries(this.losses);
    const parts = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`);
    const msg = `${this.label} lost ${this.total} records in ${PERIOD_MS / 1_000} s: ${parts.join(", ")}`;
    this.reset();
    this.tell(makeLogRecord({ name: QUEUE_LOGGER, levelno: 30, levelname: "WARNING", msg, fields: { dropped } }));
  }

  private reset(): void {
    if (this.total > 1) this.report(this.total - 1, [...this.losses.keys()].join(", "));
    this.losses.clear();
    this.total = 0;
  }

  private report(lost: number, reason: string): void {
    const message = `${this.label} loses records (${reason}); make its consumer faster, its capacity larger or its whenFull another`;
    reportError({ cause: `${this.label} loses records`, message, lost });
  }
}
