import { checkOptions, type LogRecord, type OptionNames } from "@cordwood/core";
import { BaseFileHandler } from "./base-file-handler.js";
import { dirname, join } from "./builtin.js";
import { DatedArchives } from "./dated-archives.js";
import { FILE_OPTIONS, type FileOptions, invalid, wholeNumber } from "./file-options.js";
import { identify } from "./file-system.js";
import { Rollover } from "./rollover.js";
import { moveBy, type Namer, nameBy, ROLLOVER_OPTIONS, type RolloverOptions, type Rotator, rolloverLimits } from "./rollover-options.js";
import { Schedule, type TimeOfDay } from "./schedule.js";
import { checkZone, type ZoneName } from "./zone-time.js";

export interface TimedRotatingFileHandlerOptions extends Omit<FileOptions, "mode">, RolloverOptions {
  /** `"S"`, `"M"`, `"H"`, `"D"`: seconds to days since the last rollover; `"MIDNIGHT"`; `"W0"` (Monday) to `"W6"`. In any case. Default `"h"`. */
  readonly when?: string;
  /** How many of these units lie between rollovers. Default 1. */
  readonly interval?: number;
  /** Counts and names by UTC instead of the local time. Default `false`. */
  readonly utc?: boolean;
  /** The zone of midnight, of the weekdays and of the dates in names; a zone by name beyond what Python has. Default `"local"`, or `"utc"` with `utc`. */
  readonly timeZone?: ZoneName;
  /** The time of day for `"MIDNIGHT"` and weekdays: `"HH:MM:SS"`. Default midnight. */
  readonly atTime?: TimeOfDay | null;
  /** Rolls over by size as well, before a record that would bring the file to so many bytes; further files of a date are numbered. Default 0: by time alone. */
  readonly maxBytes?: number;
  /**
   * What happens when the name of the rotated file is taken, as when the clock was set back: `"wait"`, the file goes on being written to
   * (CPython 3.13), or `"number"`, the name gets a number. Default `"number"` with `maxBytes`, `compress` or `shared`, otherwise `"wait"`.
   */
  readonly whenTaken?: "wait" | "number";
}

const { mode: _mode, ...APPENDED } = FILE_OPTIONS;
const OPTIONS: OptionNames<TimedRotatingFileHandlerOptions> = {
  ...APPENDED,
  ...ROLLOVER_OPTIONS,
  when: true,
  interval: true,
  utc: true,
  timeZone: true,
  atTime: true,
  maxBytes: true,
  whenTaken: true,
};

/** Writes records to a file that is moved away at set times; its new name carries the date at which it was begun. */
export class TimedRotatingFileHandler extends BaseFileHandler {
  /** In upper case. */
  readonly when: string;
  /** Seconds between rollovers. */
  readonly interval: number;
  readonly backupCount: number;
  readonly maxBytes: number;
  readonly utc: boolean;
  readonly atTime: TimeOfDay | null;
  /** The strftime format of the date in the names of rotated files. */
  readonly suffix: string;
  /** 0 is Monday; `null` unless weekly. */
  readonly dayOfWeek: number | null;
  /** The next rollover, in epoch seconds. */
  rolloverAt: number;
  namer: Namer | null;
  rotator: Rotator | null;
  readonly #rollover: Rollover;
  readonly #archives: DatedArchives;
  readonly #schedule: Schedule;
  /** The line of the record that is being written, so that it is not made twice. */
  #line = "";
  #record: LogRecord | undefined;
  /** The second in which a rollover was not possible because its name was taken. */
  #waitedAt = Number.NaN;
  /** Which of the files that were opened `rolloverAt` belongs to. */
  #generation = 0;

  /** @throws LoggingError for an option that cannot be, and `FILE_OPEN_FAILED` when the file cannot be opened. */
  constructor(filename: string | URL, options: TimedRotatingFileHandlerOptions = {}) {
    checkOptions("TimedRotatingFileHandler", options, OPTIONS);
    const maxBytes = wholeNumber("maxBytes", options.maxBytes, 0, 0);
    const limits = rolloverLimits(options, maxBytes);
    const zone = options.utc === true ? "utc" : checkZone(options.timeZone ?? "local");
    const schedule = new Schedule(options.when ?? "h", wholeNumber("interval", options.interval, 1, 1), zone, options.atTime ?? null);
    const whenTaken = options.whenTaken ?? (maxBytes > 0 || options.compress !== undefined || options.shared === true ? "number" : "wait");
    if (whenTaken !== "wait" && whenTaken !== "number") throw invalid("whenTaken", whenTaken, '"wait" or "number"');
    super(filename, { ...options, mode: "a" });
    this.when = schedule.when;
    this.interval = schedule.intervalSeconds;
    this.backupCount = options.backupCount ?? 0;
    this.maxBytes = maxBytes;
    this.utc = options.utc ?? false;
    this.atTime = options.atTime ?? null;
    this.suffix = schedule.suffix;
    this.dayOfWeek = schedule.dayOfWeek;
    this.namer = options.namer ?? null;
    this.rotator = options.rotator ?? null;
    this.#schedule = schedule;
    this.#rollover = new Rollover(this.file, options, limits, this, whenTaken === "number");
    const stamp = (): string => schedule.stamp(this.rolloverAt, this.#now());
    const { system } = this.file.settings;
    this.#archives = new DatedArchives(this.baseFilename, schedule.suffix, whenTaken === "number", stamp, this.#rollover, system);
    // A file of an earlier run rolls over when it would have then: counted from the last write to it.
    const found = identify(system, this.baseFilename);
    this.rolloverAt = this.computeRollover(found === undefined ? this.#now() : Math.floor(found.mtimeMs / 1_000));
    this.file.start();
    this.#generation = this.file.writer.generation;
    this.#rollover.start(this.#archives);
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
    if (this.file.settings.shared && this.#generation !== this.file.writer.generation) return false;
    return this.#now() < this.rolloverAt && (this.maxBytes === 0 || this.file.hasRoom(bytes, this.maxBytes));
  }

  /** Whether this record has to go to a new file. */
  shouldRollover(record: LogRecord): boolean {
    const now = this.#now();
    if (this.file.settings.shared && this.#generation !== this.file.writer.generation) this.#follow(now);
    if (now >= this.rolloverAt) {
      if (this.file.isRegular) return now !== this.#waitedAt && !this.#rollover.resting;
      this.rolloverAt = this.computeRollover(now);
      return false;
    }
    if (this.maxBytes === 0) return false;
    const line = record === this.#record ? this.#line : this.format(record) + this.terminator;
    return this.file.isFull(line, this.maxBytes) && !this.#rollover.resting;
  }

  /** Moves the file away, removes those beyond `backupCount`, and opens a new one. */
  doRollover(): void {
    const now = this.#now();
    const bySize = this.maxBytes > 0 && now < this.rolloverAt;
    if (!this.#rollover.run(false)) {
      this.#waitedAt = now;
      return;
    }
    if (this.backupCount > 0 && !this.#rollover.extended) this.#rollover.removeFiles(this.getFilesToDelete());
    if (!bySize) this.#plan(now);
    this.#generation = this.file.writer.generation;
  }

  /** The first rollover after a moment, both in epoch seconds. */
  computeRollover(currentTime: number): number {
    return this.#schedule.next(currentTime);
  }

  /** The rotated files beyond `backupCount`, the oldest first, by the rules of CPython: those that are uncompressed and unnumbered. */
  getFilesToDelete(): string[] {
    const folder = dirname(this.baseFilename);
    const paths = this.#archives
      .plainNames()
      .map((name) => join(folder, name))
      .sort();
    return paths.slice(0, Math.max(0, paths.length - this.backupCount));
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

  /** Another process has rolled the file over: the next time is counted from there, unless that was because of the size. */
  #follow(now: number): void {
    if (this.maxBytes === 0 || now >= this.rolloverAt) this.#plan(now);
    this.#generation = this.file.writer.generation;
  }

  #plan(now: number): void {
    this.rolloverAt = this.computeRollover(now);
    this.#generation = this.file.writer.generation;
  }

  #now(): number {
    return Math.floor(this.file.settings.clock() / 1_000);
  }
}

/** What is to be found here unless it was overridden. Out here, because esbuild renames a class whose body names it. */
const original = (): { beforeWrite: unknown; shouldRollover: unknown } =>
  TimedRotatingFileHandler.prototype as unknown as ReturnType<typeof original>;
