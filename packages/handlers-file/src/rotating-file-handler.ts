import { checkOptions, type LogRecord, type OptionNames } from "@cordwood/core";
import { BaseFileHandler } from "./base-file-handler.js";
import { FILE_OPTIONS, type FileOptions, invalid, wholeNumber } from "./file-options.js";
import { NumberedArchives } from "./numbered-archives.js";
import { Rollover } from "./rollover.js";
import { moveBy, type Namer, nameBy, ROLLOVER_OPTIONS, type RolloverOptions, type Rotator, rolloverLimits } from "./rollover-options.js";

export interface RotatingFileHandlerOptions extends FileOptions, RolloverOptions {
  /** The file rolls over before a record that would bring it to this size or beyond, counted in bytes as written. 0: never. Default 0. */
  readonly maxBytes?: number;
}

const OPTIONS: OptionNames<RotatingFileHandlerOptions> = { ...FILE_OPTIONS, ...ROLLOVER_OPTIONS, maxBytes: true };

/**
 * Writes records to a file that is moved away when it is full: `app.log` to `app.log.1`, that to `app.log.2`, and so on up to `backupCount`.
 * An empty file never rolls over, so a record longer than the limit has a file of its own. With `backupCount` 0 and no other limit the file
 * is never moved away and grows.
 */
export class RotatingFileHandler extends BaseFileHandler {
  readonly maxBytes: number;
  readonly backupCount: number;
  namer: Namer | null;
  rotator: Rotator | null;
  readonly #rollover: Rollover;
  /** The line of the record that is being written, so that it is not made twice. */
  #line = "";
  #record: LogRecord | undefined;

  /** @throws LoggingError for an option that cannot be, and `FILE_OPEN_FAILED` when the file cannot be opened. */
  constructor(filename: string | URL, options: RotatingFileHandlerOptions = {}) {
    const maxBytes = wholeNumber("maxBytes", options.maxBytes, 0, 0);
    const limits = rolloverLimits(options, maxBytes);
    if ("when" in options) throw invalid("when", options.when, "it to TimedRotatingFileHandler, which takes maxBytes too");
    checkOptions("RotatingFileHandler", options, OPTIONS);
    // A full file is moved away, not emptied; so each start goes on with the one that is there, as in Python.
    super(filename, maxBytes > 0 ? { ...options, mode: "a" } : options);
    this.maxBytes = maxBytes;
    this.backupCount = options.backupCount ?? 0;
    this.namer = options.namer ?? null;
    this.rotator = options.rotator ?? null;
    this.#rollover = new Rollover(this.file, options, limits, this);
    this.file.start();
    this.#rollover.start(new NumberedArchives(this.baseFilename, this.#rollover.mostArchives, this.#rollover, this.file.settings.system));
  }

  protected override beforeWrite(line: string, record: LogRecord): void {
    this.#record = record;
    this.#line = line;
    if (this.shouldRollover(record)) this.doRollover();
    this.#record = undefined;
  }

  protected override looksAtNoRecord(): boolean {
    const { beforeWrite, shouldRollover } = original();
    return this.beforeWrite === beforeWrite && this.shouldRollover === shouldRollover;
  }

  protected override hasRoomFor(bytes: number): boolean {
    return this.maxBytes === 0 || this.file.hasRoom(bytes, this.maxBytes);
  }

  /** Whether this record has to go to a new file. */
  shouldRollover(record: LogRecord): boolean {
    const line = record === this.#record ? this.#line : this.format(record) + this.terminator;
    return this.maxBytes > 0 && this.file.isFull(line, this.maxBytes) && !this.#rollover.resting;
  }

  /** Moves the file away and opens a new one. */
  doRollover(): void {
    this.#rollover.run(this.backupCount === 0 && !this.#rollover.extended);
  }

  /** The name of a rotated file: the namer's, when there is one. */
  rotationFilename(defaultName: string): string {
    return nameBy(this.namer, defaultName);
  }

  /** Moves the full file: the rotator does, when there is one. */
  rotate(source: string, destination: string): void {
    moveBy(this.rotator, source, destination, this.file.settings.system);
  }

  /** Settles when rotated files are compressed too. */
  override close(): void | Promise<void> {
    if (this.closed) return;
    const closed = super.close();
    return this.#rollover.close() ?? closed;
  }
}

/** What is to be found here unless it was overridden. Out here, because esbuild renames a class whose body names it. */
const original = (): { beforeWrite: unknown; shouldRollover: unknown } =>
  RotatingFileHandler.prototype as unknown as ReturnType<typeof original>;
