import { type Archive, type ArchiveNaming, type Archives, archiveOf, COMPRESSED_ENDINGS, presence, variants } from "./archives.js";
import { basename, dirname, join } from "./builtin.js";
import { type FileSystem, identify } from "./file-system.js";

interface Named {
  readonly date: string;
  /** Tells files of one date apart, in the order of their making; 0 has no number in its name. */
  readonly count: number;
  readonly path: string;
}

/** `app.log.2024-05-10`; further files of the same date, where there may be some, are `app.log.2024-05-10.1`, `.2` and so on. */
export class DatedArchives implements Archives {
  /** A date of the schedule's form that no digit touches. */
  readonly pattern: RegExp;
  readonly #base: string;
  readonly #naming: ArchiveNaming;
  readonly #counted: boolean;
  readonly #stamp: () => string;
  readonly #system: FileSystem;

  /**
   * @param suffix the strftime format of the date.
   * @param counted whether a date may have several files; otherwise there is no rollover while its file is there.
   * @param stamp answers the date of the file that is being rolled over.
   */
  constructor(base: string, suffix: string, counted: boolean, stamp: () => string, naming: ArchiveNaming, system: FileSystem) {
    this.#base = base;
    this.#counted = counted;
    this.#stamp = stamp;
    this.#naming = naming;
    this.#system = system;
    const digits = suffix.replace(/%[A-Za-z]/g, (code) => (code === "%Y" ? "\\d{4}" : "\\d{2}"));
    this.pattern = new RegExp(`(?<!\\d)${digits}(?!\\d)`);
  }

  makeRoom(): string | undefined {
    const date = this.#stamp();
    const plain = this.#name(date, 0);
    if (!this.#taken(plain))
      return this.#counted && this.#files().some((file) => file.date === date) ? this.#name(date, this.#nextCount(date)) : plain;
    return this.#counted ? this.#name(date, this.#nextCount(date)) : undefined;
  }

  done(): void {}

  list(): Archive[] {
    const sorted = this.#files().sort((one, other) => compare(other.date, one.date) || other.count - one.count);
    const archives: Archive[] = [];
    const isThere = presence(this.#system, this.#base);
    for (const { path } of sorted) {
      const archive = archiveOf(this.#system, path, isThere);
      if (archive !== undefined) archives.push(archive);
    }
    return archives;
  }

  /** The names of the folder that are a rotated file's, by the rule of CPython 3.13: uncompressed, one for each date. */
  plainNames(): string[] {
    return this.#system.readdirSync(dirname(this.#base)).filter((name) => this.#parse(name)?.count === 0);
  }

  /** All files of this log, once each, whether compressed or not. */
  #files(): Named[] {
    const found = new Map<string, Named>();
    for (const name of this.#system.readdirSync(dirname(this.#base))) {
      const ending = COMPRESSED_ENDINGS.find((end) => name.endsWith(end)) ?? "";
      const named = this.#parse(name) ?? this.#parse(name.slice(0, name.length - ending.length));
      if (named !== undefined) found.set(named.path, named);
    }
    return [...found.values()];
  }

  #parse(name: string): Named | undefined {
    if (this.#naming.renames()) return this.#parseRenamed(name);
    const prefix = `${basename(this.#base)}.`;
    if (!name.startsWith(prefix)) return undefined;
    const rest = name.slice(prefix.length);
    const date = this.pattern.exec(rest)?.[0];
    if (date === undefined || !rest.startsWith(date)) return undefined;
    const count = /^(?:\.([1-9]\d{0,8}))?$/.exec(rest.slice(date.length));
    return count === null ? undefined : { date, count: Number(count[1] ?? 0), path: join(dirname(this.#base), name) };
  }

  /** A name that a hook made is recognised by making it again. */
  #parseRenamed(name: string): Named | undefined {
    const dates = new RegExp(this.pattern, "g");
    for (let match = dates.exec(name); match !== null; match = dates.exec(name)) {
      const date = match[0];
      const numbers = [
        0,
        ...(this.#counted
          ? [...name.slice(match.index + date.length).matchAll(/\.([1-9]\d{0,8})/g)].map((number) => Number(number[1]))
          : []),
      ];
      for (const count of numbers) {
        const path = this.#name(date, count);
        if (basename(path) === name) return { date, count, path };
      }
      dates.lastIndex = match.index + 1;
    }
    return undefined;
  }

  #name(date: string, count: number): string {
    return this.#naming.rename(`${this.#base}.${date}${count === 0 ? "" : `.${count}`}`);
  }

  #taken(path: string): boolean {
    return (this.#naming.compressed ? variants(path) : [path]).some((form) => identify(this.#system, form) !== undefined);
  }

  /** One more than the highest, so that the order of the numbers is that of their making also after the first were removed. */
  #nextCount(date: string): number {
    return (
      Math.max(
        0,
        ...this.#files()
          .filter((file) => file.date === date)
          .map((file) => file.count),
      ) + 1
    );
  }
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
