import { type FormatterLike, LoggingError, type LogRecord, show } from "@cordwood/core";
import { Formatter } from "./formatter.js";

/** Makes one text of several records: a header, the records without anything between them, a footer. */
export class BufferingFormatter {
  readonly lineFormatter: FormatterLike;

  /** @param lineFormatter Makes the text of each record. Default: the message and what belongs to it. */
  constructor(lineFormatter?: FormatterLike | null) {
    if (lineFormatter !== undefined && lineFormatter !== null && typeof lineFormatter.format !== "function") {
      throw new LoggingError("OPTION_INVALID", `BufferingFormatter: ${show(lineFormatter)} has no format(record); give a formatter`);
    }
    this.lineFormatter = lineFormatter ?? new Formatter();
  }

  /** What comes before the records. Default nothing. */
  formatHeader(_records: readonly LogRecord[]): string {
    return "";
  }

  /** What comes after them. Default nothing. */
  formatFooter(_records: readonly LogRecord[]): string {
    return "";
  }

  /** The text of all records; empty when there are none. */
  format(records: readonly LogRecord[]): string {
    if (records.length === 0) return "";
    let text = this.formatHeader(records);
    for (const record of records) text += this.lineFormatter.format(record);
    return text + this.formatFooter(records);
  }
}
