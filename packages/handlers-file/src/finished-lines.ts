import type { LogRecord } from "@cordwood/core";

/** Finished lines: the texts of some records, made where they were logged. */
export interface FinishedLines {
  readonly count: number;
  /** All of them in order, UTF-8, each ended by a newline. */
  readonly bytes: Uint8Array;
  /** Whether the texts are at hand, and the bytes would have to be made of them. */
  readonly inTexts: boolean;
  /** One of the lines, without the newline that ends it. */
  text(index: number): string;
  /** Level and time of the call: what can be had without making a record. */
  facts(index: number): Pick<LogRecord, "levelno" | "created">;
  /** A record with this line for its message, and with the name, level and time of the call. */
  record(index: number): LogRecord;
}

/** How many of the lines are whole within so many bytes. */
export function linesWithin(lines: FinishedLines, bytes: number): number {
  if (bytes === 0) return 0;
  let count = 0;
  for (let end = 0; count < lines.count; count++) {
    end += Buffer.byteLength(lines.text(count)) + 1;
    if (end > bytes) break;
  }
  return count;
}
