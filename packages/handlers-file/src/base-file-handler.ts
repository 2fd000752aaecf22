import { Handler, type LogRecord } from "@cordwood/core";
import { absolutePath, type FileOptions, fileSettings } from "./file-options.js";
import type { FinishedLines } from "./finished-lines.js";
import { LogFile } from "./log-file.js";

const NEWLINE = 10;
/** So many lines are worth a write of their own. */
const MANY = 100;

/**
 * What the file handlers have in common: they own one {@link LogFile}. A handler opens it with `this.file.start()` once the rest of it is
 * made, and says in `beforeWrite` what has to happen to the file before a line.
 */
export abstract class BaseFileHandler extends Handler {
  /** Absolute path of the file. */
  readonly baseFilename: string;
  /** `"a"` whenever the handler rolls over. */
  readonly mode: "a" | "w" | "x";
  /** The encoding as given; `null`: UTF-8. */
  readonly encoding: string | null;
  readonly delay: boolean;
  /** Ends every record. */
  terminator = "\n";
  /** @internal */
  protected readonly file: LogFile;

  constructor(filename: string | URL, options: FileOptions) {
    const settings = fileSettings(options);
    const path = absolutePath(filename);
    super(options);
    this.baseFilename = path;
    this.mode = settings.mode;
    this.encoding = options.encoding ?? null;
    this.delay = settings.delay;
    this.file = new LogFile(path, settings, this, this.counters);
  }

  protected override emit(record: LogRecord): "queued" | "settled" | undefined {
    if (this.file.takesBytes) {
      const length = this.#encode(record);
      if (length >= 0 && this.hasRoomFor(length)) return this.file.appendBytes(this.formatter?.encoded as Uint8Array, length, record);
    }
    const line = this.file.fit(this.format(record) + this.terminator, record);
    if (line === undefined) return "settled";
    this.beforeWrite(line, record);
    return this.file.append(line, record);
  }

  /** The line of a record in its formatter's `encoded`. @returns its length; −1 where it has to be made as a text. */
  #encode(record: LogRecord): number {
    const { formatter } = this;
    if (formatter?.encode === undefined || this.terminator !== "\n") return -1;
    if (this.format !== BaseFileHandler.prototype.format || !this.looksAtNoRecord()) return -1;
    try {
      const length = formatter.encode(record);
      if (length < 0) return -1;
      (formatter.encoded as Uint8Array)[length] = NEWLINE;
      return length + 1;
    } catch {
      // `format` fails in its turn, and what it throws is reported.
      return -1;
    }
  }

  /**
   * Whether the text of a record is all that this handler needs of it just now: it has no formatter and no filters, and nothing that looks at
   * records was overridden. Then `handleLines` may be called instead of `handle`.
   */
  get takesLines(): boolean {
    return this.formatter === null && this.filters.length === 0 && this.#handlesAs(BaseFileHandler.prototype) && this.looksAtNoRecord();
  }

  /**
   * Writes finished lines, as they are: many with one call to the system, even where records are written one by one. All are with the operating
   * system, held or counted as lost when it returns, as after `handle`. Not for a call from within the handler itself.
   */
  handleLines(lines: FinishedLines): void {
    const { counters } = this;
    const { count } = lines;
    if (this.closed) {
      for (let i = 0; i < count; i++) this.handle(lines.record(i));
      return;
    }
    counters.accepted += count;
    // A few texts are left to the buffer, if there is one.
    const together = count > 1 && this.terminator === "\n" && !(lines.inTexts && count < MANY && this.file.isBuffered);
    const done = together && this.hasRoomFor(lines.bytes.length) ? this.file.appendLines(lines) : 0;
    const holds = this.file.isBuffered && this.beforeWrite === BaseFileHandler.prototype.beforeWrite;
    for (let i = done; i < count; i++) {
      if (!holds || !this.#holdLine(lines, i)) this.#handleLine(lines.text(i), lines.record(i));
    }
  }

  /** As `#handleLine`, where nothing is asked of the record but level and time. Returns whether that was so. */
  #holdLine(lines: FinishedLines, index: number): boolean {
    const { levelno, created } = lines.facts(index);
    const outcome = this.file.hold(lines.text(index) + this.terminator, levelno, created);
    if (outcome === undefined) this.counters.delivered++;
    else if (outcome === "queued") this.counters.queued++;
    return outcome !== "unfit";
  }

  #handleLine(line: string, record: LogRecord): void {
    const { counters } = this;
    try {
      const text = this.file.fit(line + this.terminator, record);
      if (text === undefined) return;
      this.beforeWrite(text, record);
      const outcome = this.file.append(text, record);
      if (outcome === undefined) counters.delivered++;
      else if (outcome === "queued") counters.queued++;
    } catch (error) {
      counters.fail("emit");
      this.handleError(error, record);
    }
  }

  #handlesAs(own: BaseFileHandler): boolean {
    return this.handle === own.handle && this.emit === own.emit && this.format === own.format;
  }

  /** Whether nothing that is given the record before it is written was overridden. @internal */
  protected looksAtNoRecord(): boolean {
    return this.beforeWrite === BaseFileHandler.prototype.beforeWrite;
  }

  /** Whether so many bytes can be written now without anything happening to the file before one of their lines. @internal */
  protected hasRoomFor(_bytes: number): boolean {
    return true;
  }

  /** What has to happen before the line is written, such as a rollover. */
  protected beforeWrite(_line: string, _record: LogRecord): void {}

  /** Opens the file anew, as after a rename by another program. */
  reopen(): void {
    this.file.reopen();
  }

  /**
   * Holds what would be written one record at a time, until `uncork` writes it all at once: for a burst of records that nobody has been told
   * are safe yet. At most 64 KiB are held; a process that is killed meanwhile loses them. Calls may be nested.
   */
  cork(): void {
    this.file.cork();
  }

  /** Writes what was held since `cork`; what cannot be written is counted as lost. */
  uncork(): void {
    this.file.uncork();
  }

  override flush(): void | Promise<void> {
    this.file.flush();
    return super.flush();
  }

  override close(): void | Promise<void> {
    this.file.close();
    return super.close();
  }
}
