import {
  type Archive,
  type ArchiveNaming,
  type Archives,
  archiveOf,
  COMPRESSED_ENDINGS,
  companion,
  presence,
  removeQuickly,
  variants,
} from "./archives.js";
import { basename, dirname, fs } from "./builtin.js";
import { type FileSystem, identify, removeFile } from "./file-system.js";

const FEW = 16;

/** `app.log.1`, the newest, to `app.log.N`, the oldest. */
export class NumberedArchives implements Archives {
  readonly #base: string;
  readonly #most: number;
  readonly #naming: ArchiveNaming;
  readonly #system: FileSystem;
  /** There while the files are being moved up: after a crash it tells the next process that one move is done and the rest is not. */
  readonly #mark: string;
  #marked: boolean;

  /** @param most files kept; `Infinity`: those there are. */
  constructor(base: string, most: number, naming: ArchiveNaming, system: FileSystem) {
    this.#base = base;
    this.#most = most;
    this.#naming = naming;
    this.#system = system;
    this.#mark = companion(base, "moving");
    this.#marked = false;
  }

  makeRoom(): string | undefined {
    const unfinished = this.#marked || identify(this.#system, this.#mark) !== undefined;
    const highest = this.#most === Number.POSITIVE_INFINITY ? this.#highest() : this.#most - 1;
    // A move that was interrupted has left a gap; filling it is all there is to do, and moving beyond it would push out the oldest for nothing.
    const top = unfinished ? Math.min(this.#firstGap() - 1, highest) : highest;
    const isThere = this.#look(top);
    for (let index = top; index >= 1; index--) {
      const from = this.#forms(this.#slot(index));
      const present = from.map(isThere);
      if (!present.includes(true)) continue;
      const to = this.#forms(this.#slot(index + 1));
      if (!this.#marked) this.#setMark();
      // Below the top the next number is free: what had it has just been moved up.
      if (index === top) this.#remove(to);
      from.forEach((path, form) => {
        if (present[form]) this.#system.renameSync(path, to[form] as string);
      });
    }
    const first = this.#slot(1);
    if (top < 1) this.#remove(this.#forms(first));
    return first;
  }

  done(): void {
    if (!this.#marked && identify(this.#system, this.#mark) === undefined) return;
    removeFile(this.#system, this.#mark);
    this.#marked = false;
  }

  list(): Archive[] {
    const found: Archive[] = [];
    const isThere = presence(this.#system, this.#base);
    for (const index of this.#naming.renames() ? this.#counted() : this.#indexes()) {
      const archive = archiveOf(this.#system, this.#slot(index), isThere);
      if (archive !== undefined) found.push(archive);
    }
    return found;
  }

  #slot(index: number): string {
    return this.#naming.rename(`${this.#base}.${index}`);
  }

  #forms(path: string): readonly string[] {
    return this.#naming.compressed ? variants(path) : [path];
  }

  /** Whether files are there, asked one by one when they are few. */
  #look(top: number): (path: string) => boolean {
    if (top <= FEW && !this.#naming.compressed) return (path) => identify(this.#system, path) !== undefined;
    return presence(this.#system, this.#base);
  }

  #remove(paths: readonly string[]): void {
    this.#naming.later(removeQuickly(this.#system, paths, this.#base));
  }

  #firstGap(): number {
    let index = 1;
    while (this.#forms(this.#slot(index)).some((path) => identify(this.#system, path) !== undefined)) index++;
    return index;
  }

  #highest(): number {
    return this.#naming.renames() ? this.#firstGap() - 1 : Math.max(0, ...this.#indexes());
  }

  /** The numbers to try where names cannot be read back. */
  #counted(): number[] {
    const most = this.#most === Number.POSITIVE_INFINITY ? this.#firstGap() - 1 : this.#most;
    return Array.from({ length: most }, (_, index) => index + 1);
  }

  /** The numbers in use, lowest first. */
  #indexes(): number[] {
    const prefix = `${basename(this.#base)}.`;
    const found = new Set<number>();
    for (const name of this.#system.readdirSync(dirname(this.#base))) {
      if (!name.startsWith(prefix)) continue;
      const ending = COMPRESSED_ENDINGS.find((end) => name.endsWith(end)) ?? "";
      const number = name.slice(prefix.length, name.length - ending.length);
      if (/^[1-9]\d{0,8}$/.test(number)) found.add(Number(number));
    }
    return [...found].sort((one, other) => one - other);
  }

  /** A disk without room for the mark has no room for a crash to be tidy about. */
  #setMark(): void {
    this.#marked = true;
    try {
      this.#system.closeSync(
        this.#system.openSync(this.#mark, fs.constants.O_WRONLY | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0), 0o600),
      );
    } catch {
      // The mark in memory still serves this process.
    }
  }
}
