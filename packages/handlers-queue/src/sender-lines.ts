import type { LogRecord } from "@cordwood/core";
import { type SenderInfo, senderLine, senderOf } from "./worker/text.js";

/** From which record on records come from which sender: told once, where it changes, instead of with each record. */
export class SenderLines {
  /** Whose the last records are. */
  current: SenderInfo | undefined;
  /** Length of the longest line. */
  longest = 0;
  private readonly lines: { readonly from: number; readonly line: string }[] = [];
  private processName: string | undefined;
  private threadName = "";

  /** Whether the record comes from another sender than the last one that was noted. */
  isNew(record: LogRecord): boolean {
    return record.processName !== this.processName || record.threadName !== this.threadName;
  }

  /** Notes who sends the records from this sequence on. */
  note(record: LogRecord, from: number): void {
    this.processName = record.processName;
    this.threadName = record.threadName;
    this.current = senderOf(record);
    const line = senderLine(this.current);
    this.longest = Math.max(this.longest, line.length);
    this.lines.push({ from, line });
  }

  /** Names that no record bears any more need not be said again. */
  forget(): void {
    this.lines.length = 0;
  }

  /** Who sends the record of this sequence. */
  lineFor(sequence: number): string {
    return this.find(sequence)?.line ?? "";
  }

  /** The same, where that changes with this record; otherwise nothing. */
  lineAt(sequence: number): string {
    const found = this.find(sequence);
    return found?.from === sequence ? found.line : "";
  }

  private find(sequence: number): { readonly from: number; readonly line: string } | undefined {
    return this.lines.findLast(({ from }) => from <= sequence) ?? this.lines[0];
  }
}
