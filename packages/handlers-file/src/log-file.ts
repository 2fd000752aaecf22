import { type Handler, LoggingError, type LogRecord, reportError } from "@cordwood/core";
import type { FileSettings } from "./file-options.js";
import { errorCode, identify } from "./file-system.js";
import { FileWriter } from "./file-writer.js";
import { type FinishedLines, linesWithin } from "./finished-lines.js";
import { LineBuffer } from "./line-buffer.js";
import type { Notice } from "./notice.js";

/** The counters of a handler, as far as a file settles them. */
export interface Tally {
  delivered: number;
  queued: number;
  fail(reason: string, count?: number): void;
}

const IDLE_CHECK_MS = 1_000;
/** Lines of a corked file are written out early only when they are so many. */
const CORKED = { bytes: 65_536, intervalMs: Number.POSITIVE_INFINITY, flushLevel: Number.POSITIVE_INFINITY };

/** What a handler writes to: the file with its buffer, its losses counted and its failures reported. Nothing here throws but `start`. */
export class LogFile {
  readonly writer: FileWriter;
  readonly settings: FileSettings;
  /** `undefined`: each line is written by itself. */
  #buffer: LineBuffer | undefined;
  #corked: LineBuffer | undefined;
  #corks = 0;
  readonly #tally: Tally;
  readonly #handler: Handler;
  readonly #ownTime: boolean;
  readonly #shared: boolean;
  readonly #widest: number;
  readonly #fit: ((line: string) => string) | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(path: string, settings: FileSettings, handler: Handler, tally: Tally) {
    this.settings = settings;
    this.#handler = handler;
    this.#ownTime = settings.hasOwnClock;
    this.#shared = settings.shared;
    this.#widest = settings.encoding.widest;
    this.#fit = settings.encoding.fit;
    this.#tally = tally;
    this.writer = new FileWriter(path, settings, this.notice);
    if (settings.buffering !== "record") this.#buffer = this.#makeBuffer(settings.buffering);
  }

  #makeBuffer(bounds: { bytes: number; intervalMs: number; flushLevel: number }): LineBuffer {
    const sink = {
      write: (text: string) => this.writer.write(text, this.settings.clock()),
      failed: (error: unknown, lost: number) => this.#lost(error, lost),
    };
    return new LineBuffer(sink, this.#tally, bounds, this.#widest);
  }

  /** Lines that would be written one by one are held until `uncork`, as far as 64 KiB go. */
  cork(): void {
    this.#corks++;
    if (this.#buffer === undefined) this.#buffer = this.#corked ??= this.#makeBuffer(CORKED);
  }

  uncork(): void {
    if (this.#corks === 0 || --this.#corks > 0 || this.#corked === undefined) return;
    this.#corked.settle();
    if (this.#buffer === this.#corked) this.#buffer = undefined;
  }

  /**
   * Opens the file, unless that is delayed.
   * @throws LoggingError `FILE_OPEN_FAILED`; the handler is closed then, so that nobody flushes what was never made.
   */
  start(): void {
    // An idle process lets go of a file that others have moved away, which is not compressed before.
    if (this.settings.shared) this.#watch = setInterval(() => this.check(), IDLE_CHECK_MS).unref();
    if (this.settings.delay) return;
    try {
      this.writer.open();
    } catch (error) {
      void this.#handler.close();
      throw error;
    }
  }

  /** Writes or holds one line. What it answers is what `emit` answers. */
  append(line: string, record: LogRecord): "queued" | "settled" | undefined {
    if (this.#buffer !== undefined) return this.#buffer.add(line, record.levelno, record.created);
    try {
      this.writer.write(line, this.#ownTime ? this.settings.clock() : record.created * 1_000);
      return undefined;
    } catch (error) {
      return this.#notWritten(error, record);
    }
  }

  /** Whether lines may be given as bytes: each is written by itself, in UTF-8. */
  get takesBytes(): boolean {
    return this.#buffer === undefined && this.#fit === undefined && this.settings.encoding.node === undefined;
  }

  /** Writes one line, of `length` bytes, at once. What it answers is what `emit` answers. */
  appendBytes(bytes: Uint8Array, length: number, record: LogRecord): "settled" | undefined {
    try {
      this.writer.writeLine(bytes, length, this.#ownTime ? this.settings.clock() : record.created * 1_000);
      return undefined;
    } catch (error) {
      return this.#notWritten(error, record);
    }
  }

  #notWritten(error: unknown, record: LogRecord): "settled" {
    this.#tally.fail("write");
    this.#lost(error, 1, record);
    return "settled";
  }

  /** Whether lines are held for a while. */
  get isBuffered(): boolean {
    return this.#buffer !== undefined;
  }

  /** Holds one line, as `append` does where lines are held; `"unfit"` where they are not, or the encoding may lack one of its characters. */
  hold(line: string, level: number, created: number): "queued" | "settled" | "unfit" | undefined {
    return this.#buffer === undefined || this.#fit !== undefined ? "unfit" : this.#buffer.add(line, level, created);
  }

  /** Writes finished lines at once, and what is held before them. @returns how many of them are settled and counted: the first ones. */
  appendLines(lines: FinishedLines): number {
    const { bytes, count } = lines;
    if (this.settings.encoding.node !== undefined || !this.writeOut()) return 0;
    try {
      const written = this.writer.writeBytes(bytes);
      const settled = written === bytes.length ? count : linesWithin(lines, written);
      this.#tally.delivered += settled;
      return settled;
    } catch (error) {
      this.#tally.fail("write", count);
      this.#lost(error, count);
      return count;
    }
  }

  /** The line as the encoding can hold it; nothing when it cannot: then the record is counted and reported. */
  fit(line: string, record: LogRecord): string | undefined {
    if (this.#fit === undefined) return line;
    try {
      return this.#fit(line);
    } catch (error) {
      this.#tally.fail("encode");
      this.#report("encode", `a record cannot be written to ${this.writer.path}`, error, 1, record);
      return undefined;
    }
  }

  /** Whether this line would bring the file to `maxBytes` or beyond. An empty file is never full, nor is what is no regular file. */
  isFull(line: string, maxBytes: number): boolean {
    return !this.#isFarFrom(line, maxBytes) && this.#isAt(line, maxBytes);
  }

  /** Whether so many bytes, whatever is in them, leave the file below `maxBytes`. When that is not known the answer is no. */
  hasRoom(bytes: number, maxBytes: number): boolean {
    if (!this.writer.isOpen || (this.#buffer?.characters ?? 0) > 0) return false;
    if (this.#shared) this.#refresh(maxBytes);
    return this.writer.size + bytes < maxBytes;
  }

  /** What most lines are asked, so it measures nothing: not even a line of the widest characters would reach the size. */
  #isFarFrom(line: string, maxBytes: number): boolean {
    const held = this.#buffer === undefined ? 0 : this.#buffer.characters;
    return !this.#shared && this.writer.isOpen && this.writer.size + (held + line.length) * this.#widest < maxBytes;
  }

  #isAt(line: string, maxBytes: number): boolean {
    if (!this.#isReady()) return false;
    if (this.#shared) {
      this.#refresh(maxBytes);
      const held = this.#buffer?.characters ?? 0;
      if (this.writer.size + (held + line.length) * this.#widest < maxBytes) return false;
    }
    // Close to the limit what is held goes to the file first, so that the size is exact.
    this.#buffer?.writeOut();
    const { writer } = this;
    return (
      writer.regular && writer.size > writer.headerSize && writer.size + Buffer.byteLength(line, this.settings.encoding.node) >= maxBytes
    );
  }

  /** Whether what the name stands for, if anything, is neither a pipe nor a device. */
  get isRegular(): boolean {
    return this.writer.isOpen ? this.writer.regular : (identify(this.settings.system, this.writer.path)?.isFile() ?? true);
  }

  /** Looks whether the file was renamed or removed by somebody else. */
  check(): void {
    try {
      this.writer.check();
    } catch (error) {
      this.notice("reopen", `${this.writer.path} cannot be opened again`, error);
    }
  }

  /** Writes out what is held; what cannot be written is counted as lost. */
  flush(): void {
    this.#buffer?.settle();
  }

  /** Writes out what is held, as far as that is possible now. */
  writeOut(): boolean {
    return this.#buffer?.writeOut() ?? true;
  }

  /** Opens the file anew, as after a rename by another program. When that fails it is reported, and the open file is written to as before. */
  reopen(): void {
    this.#buffer?.writeOut();
    try {
      this.writer.reopen();
    } catch (error) {
      this.notice("reopen", `${this.writer.path} cannot be opened again`, error);
    }
  }

  close(): void {
    this.#buffer?.settle();
    this.#buffer?.stop();
    clearInterval(this.#watch);
    this.writer.close();
  }

  /** Opens a file whose opening was delayed; what fails here fails again, and is counted, when the line is written. */
  #isReady(): boolean {
    try {
      this.writer.openInTime();
      return true;
    } catch {
      return false;
    }
  }

  #refresh(maxBytes: number): void {
    try {
      this.writer.refresh(maxBytes);
    } catch {
      // What could not be opened again is tried, and the failure counted, when the line is written.
    }
  }

  /** Reports something that is no loss of a record. */
  readonly notice: Notice = (cause, message, error) => this.#report(cause, message, error, 0);

  #lost(error: unknown, lost: number, record?: LogRecord): void {
    const code = error instanceof LoggingError ? errorCode(error.cause) : errorCode(error);
    this.#report(
      "write",
      `cannot write to ${this.writer.path} (${code}); records are lost and counted until that is possible again`,
      error,
      lost,
      record,
    );
  }

  #report(cause: string, message: string, error: unknown, lost: number, record?: LogRecord): void {
    const { name } = this.#handler;
    const label = name === undefined ? this.#handler.constructor.name : `${this.#handler.constructor.name} "${name}"`;
    reportError({
      cause: `${label} ${this.writer.path}: ${cause}`,
      message: `${label}: ${message}`,
      error,
      record,
      handler: this.#handler,
      lost,
    });
  }
}
