import { type ArchiveNaming, type Archives, removeQuickly, unfinishedRemovals } from "./archives.js";
import { Compressor } from "./compression.js";
import { errorCode, type FileSystem, identify } from "./file-system.js";
import type { LogFile } from "./log-file.js";
import { outdated, type RetentionLimits } from "./retention.js";
import type { RolloverHooks, RolloverOptions } from "./rollover-options.js";
import { SharedLock } from "./shared-lock.js";

const RETRY_MS = 1_000;

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
  readonly #lock: SharedLock | undefined;
  readonly #counted: boolean;
  readonly #work = new Set<Promise<void>>();
  #archives: Archives | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  /** @param counted the handler names files as CPython does not, and has them counted here. */
  constructor(file: LogFile, options: RolloverOptions, limits: RetentionLimits, hooks: RolloverHooks, counted = false) {
    this.#file = file;
    this.#hooks = hooks;
    this.#system = file.settings.system;
    this.#clock = file.settings.clock;
    this.#limits = limits;
    this.#lock = file.settings.shared ? new SharedLock(file.writer.path, this.#system) : undefined;
    this.#counted = counted || this.#lock !== undefined;
    this.compressed = options.compress !== undefined;
    if (options.compress !== undefined) {
      this.#compressor = new Compressor(options.compress, {
        base: file.writer.path,
        system: this.#system,
        notice: file.notice,
        exclusively: (work) => this.#exclusively(work),
        find: (inode) => this.#find(inode),
        inUse: (inode) => this.#isInUse(inode),
      });
    }
  }

  /** Whether rotated files are looked after beyond what CPython does: by age, by size, compressed, for several processes. */
  get extended(): boolean {
    const { ageMs, totalBytes } = this.#limits;
    return this.#counted || this.compressed || ageMs !== Number.POSITIVE_INFINITY || totalBytes !== Number.POSITIVE_INFINITY;
  }

  /** Takes over what earlier runs have left. */
  start(archives: Archives): void {
    this.#archives = archives;
    this.#finishRemovals();
    if (!this.extended) return;
    this.#compressor?.clean();
    this.#exclusively(() => this.#lookAfter());
  }

  /** How many numbered files there are room for: a shared log removes those beyond its limit only when nobody writes to them any more. */
  get mostArchives(): number {
    return this.#lock === undefined ? this.#limits.count : Number.POSITIVE_INFINITY;
  }

  renames(): boolean {
    const probe = `${this.#file.writer.path}.1`;
    return this.rename(probe) !== probe;
  }

  rename(defaultName: string): string {
    return this.#hooks.rotationFilename(defaultName);
  }

  later(work: readonly Promise<void>[]): void {
    for (const one of work) {
      const done = one
        .catch((error: unknown) => this.#file.notice("remove", "a rotated file could not be removed", error))
        .finally(() => this.#work.delete(done));
      this.#work.add(done);
    }
  }

  /** Whether a rollover failed so recently that it is not tried again yet. */
  get resting(): boolean {
    const waited = this.#clock() - this.#failedAt;
    return waited >= 0 && waited < RETRY_MS;
  }

  /**
   * Rolls over and answers whether that was done, be it by another process.
   * @param keep the file keeps its name and is only opened again.
   */
  run(keep: boolean): boolean {
    this.#file.writeOut();
    let done = false;
    this.#exclusively(() => {
      try {
        done = this.#isOurs() ? this.#run(keep) : this.#follow();
      } catch (error) {
        this.#failed(error, undefined);
      }
    });
    return done;
  }

  #run(keep: boolean): boolean {
    const { writer } = this.#file;
    let target: string | undefined;
    try {
      if (!keep) {
        target = (this.#archives as Archives).makeRoom();
        if (target === undefined) return this.#wait();
        this.#hooks.rotate(writer.path, target);
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

  #wait(): false {
    const { path } = this.#file.writer;
    this.#file.notice(
      "taken",
      `${path} is not rolled over, as the name of the rotated file is taken; it goes on being written to (whenTaken: "number" numbers the name)`,
    );
    return false;
  }

  /** Whether no other process has moved the file away since it was opened. */
  #isOurs(): boolean {
    if (this.#lock === undefined || !this.#file.writer.isOpen) return true;
    return identify(this.#system, this.#file.writer.path)?.ino === this.#file.writer.inode;
  }

  /** Another process has moved the file away: there is nothing to do but to write to the new one. */
  #follow(): boolean {
    this.#file.reopen();
    return true;
  }

  /** Does what must not happen while another process moves files. Answers `false` when that is going on, or no lock can be had. */
  #exclusively(work: () => void): boolean {
    if (this.#lock === undefined) {
      work();
      return true;
    }
    let begun = false;
    try {
      return this.#lock.run(() => {
        begun = true;
        work();
      });
    } catch (error) {
      if (begun) throw error;
      this.#failedAt = this.#clock();
      this.#file.notice(
        "lock",
        `the files of ${this.#file.writer.path} cannot be locked (${errorCode(error)}); it is written to as before`,
        error,
      );
      return false;
    }
  }

  #isInUse(inode: number): boolean {
    const { writer } = this.#file;
    return (writer.isOpen && writer.inode === inode) || (writer.use?.inUse().has(inode) ?? false);
  }

  /** Removes files without holding up who calls. */
  removeFiles(paths: readonly string[]): void {
    try {
      this.later(removeQuickly(this.#system, paths, this.#file.writer.path));
    } catch (error) {
      this.#file.notice("remove", "a rotated file could not be removed", error);
    }
  }

  /** Looks after the rotated files a last time: what was in use when they were moved may no longer be. Settles when they are compressed. */
  close(): Promise<void> | undefined {
    if (this.#lock !== undefined) this.#exclusively(() => this.#lookAfter());
    return this.#compressor?.running !== undefined || this.#work.size > 0 ? this.#settle() : undefined;
  }

  async #settle(): Promise<void> {
    await this.#compressor?.finish();
    await Promise.all(this.#work);
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

  /** Removes what a process that was killed had begun to remove. */
  #finishRemovals(): void {
    try {
      this.later(unfinishedRemovals(this.#system, this.#file.writer.path).map((path) => this.#system.promises.unlink(path)));
    } catch (error) {
      if (errorCode(error) !== "ENOENT") this.#file.notice("remove", `the folder of ${this.#file.writer.path} could not be read`, error);
    }
  }

  /** Removes what is beyond the limits and has the rest compressed. */
  #lookAfter(): void {
    if (!this.extended || this.#archives === undefined) return;
    try {
      const archives = this.#archives.list();
      const outside = outdated(archives, this.#limits, this.#clock()).flatMap(({ paths }) => paths);
      // What another process may still write to is removed after a later rollover.
      const inUse = outside.length === 0 ? undefined : this.#file.writer.use?.inUse();
      this.removeFiles(outside.filter((path) => inUse === undefined || !inUse.has(identify(this.#system, path)?.ino ?? -1)));
      const plain = archives.flatMap((archive) => archive.plain ?? []);
      this.#compressor?.add(plain.filter((path) => !outside.includes(path)));
    } catch (error) {
      this.#file.notice("retention", `rotated files of ${this.#file.writer.path} could not be looked after`, error);
    }
  }

  #find(inode: number): string | undefined {
    const archives = (this.#archives as Archives).list();
    return archives.find(({ plain }) => plain !== undefined && identify(this.#system, plain)?.ino === inode)?.plain;
  }
}
