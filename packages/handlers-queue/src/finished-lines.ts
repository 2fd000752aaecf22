import { type HandlerLike, LogRecord } from "@cordwood/core";

/** Finished lines: the texts of some records, made where they were logged. */
export interface FinishedLines {
  readonly count: number;
  /** All of them in order, UTF-8, each ended by a newline. It may be memory of another thread: to be read before `handleLines` returns. */
  readonly bytes: Uint8Array;
  /** Whether the texts are at hand, and the bytes would have to be made of them. */
  readonly inTexts: boolean;
  /** The lowest level among the records. */
  readonly lowestLevel: number;
  /** One of the lines, without the newline that ends it. */
  text(index: number): string;
  /** Level and time of the call: what can be had without making a record. */
  facts(index: number): Pick<LogRecord, "levelno" | "created">;
  /** A record with this line for its message, and with the name, level and time of the call. */
  record(index: number): LogRecord;
}

/** A handler that writes finished lines as they are, many at once. */
export interface LineTaker extends HandlerLike {
  /** Whether the text of a record is all that this handler needs just now: it has no formatter and no filters of its own. */
  readonly takesLines: boolean;
  /** Does with each line what `handle` does with a record of that text; nothing of it is shown in another way. Never throws. */
  handleLines(lines: FinishedLines): void;
}

/** Whether the handler writes finished lines as they are, just now. */
export const takesLines = (handler: HandlerLike): handler is LineTaker =>
  (handler as Partial<LineTaker>).takesLines === true && typeof (handler as Partial<LineTaker>).handleLines === "function";

const FINISHED = Symbol.for("@cordwood/handlers-queue.finished");

/** Notes on a record that its message is a finished line. */
export function setFinished(record: LogRecord): LogRecord {
  (record as { [FINISHED]?: boolean })[FINISHED] = true;
  return record;
}

/** Whether the record's message is a finished line, made by the formatter of a `QueueHandler`. */
export const isFinished = (record: LogRecord): boolean => (record as { [FINISHED]?: boolean })[FINISHED] === true;

/** What handlers decide by, of a record of which otherwise only the line is kept. */
type Facts = Pick<LogRecord, "name" | "levelno" | "levelname" | "created">;

/** A line that waits: what is kept of its record weighs a third of a copy of it, which is what a full queue has garbage collection carry about. */
export class WaitingLine implements Facts {
  readonly name: string;
  readonly levelno: number;
  readonly levelname: string;
  readonly created: number;
  readonly text: string;

  constructor(record: Facts, text: string) {
    this.name = record.name;
    this.levelno = record.levelno;
    this.levelname = record.levelname;
    this.created = record.created;
    this.text = text;
  }
}

/** A record with this line for its message. */
export function finishedRecord(record: Facts, line: string): LogRecord {
  const { name, levelno, levelname, created } = record;
  const finished = new LogRecord({ name, levelno, msg: line }) as { -readonly [K in keyof LogRecord]: LogRecord[K] };
  finished.levelname = levelname;
  finished.created = created;
  return setFinished(finished as LogRecord);
}

/** Gives a handler one record: as a finished line where it is one and the handler takes lines. */
export function giveTo(handler: HandlerLike, record: LogRecord): void {
  if (isFinished(record) && takesLines(handler)) handler.handleLines(new OneLine(record));
  else handler.handle(record);
}

/** Lines that were waiting, taken at once. */
export class LineBatch implements FinishedLines {
  readonly inTexts = true;
  private readonly lines: readonly WaitingLine[];
  private made: Uint8Array | undefined;

  constructor(lines: readonly WaitingLine[]) {
    this.lines = lines;
  }

  get count(): number {
    return this.lines.length;
  }

  get bytes(): Uint8Array {
    if (this.made === undefined) {
      let text = "";
      for (const line of this.lines) text += `${line.text}\n`;
      this.made = new TextEncoder().encode(text);
    }
    return this.made;
  }

  get lowestLevel(): number {
    return this.lines.reduce((lowest, { levelno }) => Math.min(lowest, levelno), Number.POSITIVE_INFINITY);
  }

  text(index: number): string {
    return (this.lines[index] as WaitingLine).text;
  }

  facts(index: number): WaitingLine {
    return this.lines[index] as WaitingLine;
  }

  record(index: number): LogRecord {
    const line = this.lines[index] as WaitingLine;
    return finishedRecord(line, line.text);
  }
}

/** The line of one record. */
class OneLine implements FinishedLines {
  readonly count = 1;
  readonly inTexts = true;
  private readonly only: LogRecord;

  constructor(record: LogRecord) {
    this.only = record;
  }

  get bytes(): Uint8Array {
    return new TextEncoder().encode(`${this.only.message}\n`);
  }

  get lowestLevel(): number {
    return this.only.levelno;
  }

  text(): string {
    return this.only.message;
  }

  facts(): LogRecord {
    return this.only;
  }

  record(): LogRecord {
    return this.only;
  }
}
