import { type ArchiveNaming, type Archives, removeQuickly } from "./archives.js";
import { type Compress, Compressor, codecOf } from "./compression.js";
import { wholeNumber } from "./file-options.js";
import { errorCode, type FileSystem, identify } from "./file-system.js";
import type { LogFile } from "./log-file.js";
import { ageLimit, outdated, type RetentionLimits, type RetentionOptions } from "./retention.js";

/** Gives a rotated file another name than the default one. */
export type Namer = (defaultName: string) => string;
/** Moves the file away; the default renames it. When it returns, the source must be gone or empty. */
export type Rotator = (source: string, destination: string) => void;

/** What the handlers that roll over have in common. */
export interface RolloverOptions extends RetentionOptions {
  /** Rotated files that are kept; 0 sets no limit by number. Default 0. */
  readonly backupCount?: number;
  /** Compresses rotated files, away from the logging calls. Default: they stay as they are. */
  readonly compress?: Compress;
  readonly namer?: Namer;
  readonly rotator?: Rotator;
}

/** The hooks as they are now: they may be assigned after construction. */
export interface RolloverHooks {
  readonly namer: Namer | null;
  readonly rotator: Rotator | null;
}

const RETRY_MS = 1_000;

/**
 * Checks the options of rollovers.
 * @throws LoggingError `OPTION_INVALID`, `COMPRESSION_UNAVAILABLE`.
 */
export function rolloverLimits(options: RolloverOptions, maxBytes: number): RetentionLimits {
  const none = Number.POSITIVE_INFINITY;
  const count = wholeNumber("backupCount", options.backupCount, 0, 0);
  if (options.compress !== undefined) codecOf(options.compress);
  return {
    count: count === 0 ? none : count,
    ageMs: ageLimit(options.maxAge),
    totalBytes:
      options.maxTotalBytes === undefined ? none : wholeNumber("maxTotalBytes", options.maxTotalBytes, 0, maxBytes + 1) - maxBytes,
  };
}

/**
 * Moves the file away and opens a new one. Whatever fails on the way, the file goes on being written to; it is tried again a second later.
 */
export class Rollover implements ArchiveNaming {
  readonly compressed: boolean;
  readonly #file: LogFile;
  readonly #hooks: RolloverHooks;
  readonly #system: FileSystem;
  readonly #clock: () => number;
  readonly #limits: RetentionLimits;
  readonly #compressor: Compressor | undefined;
  readonly #work = new Set<Promise<void>>();
  #archives: Archives | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(file: LogFile, options: RolloverOptions, limits: RetentionLimits, hooks: RolloverHooks) {
    this.#file = file;
    this.#hooks = hooks;
    this.#system = file.settings.system;
    this.#clock = file.settings.clock;
    this.#limits = limits;
    this.compressed = options.compress !== undefined;
    if (options.compress !== undefined) {
      this.#compressor = new Compressor(options.compress, {
        base: file.writer.path,
        system: this.#system,
        notice: file.notice,
        exclusively: (work) => {
          work();
          return true;
        },
        find: (inode) => this.#find(inode),
        inUse: (inode) => file.writer.isOpen && file.writer.inode === inode,
      });
    }
  }

  /** Whether rotated files are looked after beyond what CPython does: by age, by size, compressed. */
  get extended(): boolean {
    return this.compressed || this.#limits.ageMs !== Number.POSITIVE_INFINITY || this.#limits.totalBytes !== Number.POSITIVE_INFINITY;
  }

  /** Takes over what earlier runs have left. */
  start(archives: Archives): void {
    this.#archives = archives;
    if (!this.extended) return;
    this.#compressor?.clean();
    this.#lookAfter();
  }

  renames(): boolean {
    return this.#hooks.namer !== null;
  }

  rename(defaultName: string): string {
    return this.#hooks.namer === null ? defaultName : this.#hooks.namer(defaultName);
  }

  later(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => this.#file.notice("remove", "a rotated file could not be removed", error))
      .finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  /** Whether a rollover failed so recently that it is not tried again yet. */
  get resting(): boolean {
    const waited = this.#clock() - this.#failedAt;
    return waited >= 0 && waited < RETRY_MS;
  }

  /**
   * Rolls over and answers whether that was done.
   * @param keep the file keeps its name and is only opened again.
   */
  run(keep: boolean): boolean {
    const { writer } = this.#file;
    this.#file.writeOut();
    let target: string | undefined;
    try {
      if (!keep) {
        target = (this.#archives as Archives).makeRoom();
        if (target === undefined) return false;
        this.#moveAway(writer.path, target);
      }
      if (this.#file.settings.delay) writer.close();
      else writer.reopen();
    } catch (error) {
      this.#failed(error, target);
      return false;
    }
    if (!keep) this.#finish();
    return true;
  }

  /** Removes files without holding up who calls. */
  removeFiles(paths: readonly string[]): void {
    try {
      for (const path of paths) {
        const work = removeQuickly(this.#system, path, this.#file.writer.path);
        if (work !== undefined) this.later(work);
      }
    } catch (error) {
      this.#file.notice("remove", "a rotated file could not be removed", error);
    }
  }

  /** Settles when the work that goes on after rollovers is done. */
  async settle(): Promise<void> {
    await this.#compressor?.finish();
    await Promise.all(this.#work);
  }

  /** Whether there is such work. */
  get busy(): boolean {
    return this.#compressor?.running !== undefined || this.#work.size > 0;
  }

  #moveAway(source: string, target: string): void {
    const { rotator } = this.#hooks;
    if (rotator !== null) rotator(source, target);
    else if (identify(this.#system, source) !== undefined) this.#system.renameSync(source, target);
  }

  /** Everything is as before, or what has been moved goes on being written to under its new name. */
  #failed(error: unknown, target: string | undefined): void {
    const { path } = this.#file.writer;
    this.#failedAt = this.#clock();
    this.#file.notice(
      "rollover",
      `${path} could not be rolled over (${errorCode(error)}); it is written to as before and tried again`,
      error,
    );
    try {
      // Moved, but no new file could be opened: it gets its name back, unless somebody has created another meanwhile.
      if (
        target !== undefined &&
        this.#hooks.rotator === null &&
        identify(this.#system, path) === undefined &&
        identify(this.#system, target)?.ino === this.#file.writer.inode
      ) {
        this.#system.renameSync(target, path);
      }
    } catch (second) {
      this.#file.notice("rollover", `${path} keeps the name ${target} for now`, second);
    }
  }

  #finish(): void {
    try {
      (this.#archives as Archives).done();
    } catch (error) {
      this.#file.notice("rollover", "a mark beside the file could not be removed", error);
    }
    this.#lookAfter();
  }

  /** Removes what is beyond the limits and has the rest compressed. */
  #lookAfter(): void {
    if (!this.extended) return;
    try {
      const archives = (this.#archives as Archives).list();
      const gone = new Set(outdated(archives, this.#limits, this.#clock()));
      this.removeFiles([...gone].flatMap(({ paths }) => paths));
      this.#compressor?.add(
        archives.filter((archive) => !gone.has(archive)).flatMap((archive) => archive.paths.filter((path) => !/\.(gz|br|zst)$/.test(path))),
      );
    } catch (error) {
      this.#file.notice("retention", `rotated files of ${this.#file.writer.path} could not be looked after`, error);
    }
  }

  #find(inode: number): string | undefined {
    for (const { paths } of (this.#archives as Archives).list()) {
      const found = paths.find((path) => identify(this.#system, path)?.ino === inode);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
