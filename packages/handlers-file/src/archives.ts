import { basename, builtin, dirname, join } from "./builtin.js";
import { type FileSystem, identify, removeFile } from "./file-system.js";
import { ownIdentity } from "./process-identity.js";

/** The endings of compressed files. */
export const COMPRESSED_ENDINGS = [".gz", ".br", ".zst"] as const;

/** One rotated file. Between the end of its compression and the removal of its source it has two paths. */
export interface Archive {
  readonly paths: readonly string[];
  /** That of the uncompressed form, when it is there. */
  readonly plain: string | undefined;
  /** Of all its paths, in bytes. */
  readonly size: number;
  /** Time of the last write, in milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/** What tells where rotated files go and which there are. */
export interface Archives {
  /** Makes the name for the next rotated file free and answers it; nothing when there is to be no rollover. */
  makeRoom(): string | undefined;
  /** Called when the file has been given the name. */
  done(): void;
  /** All rotated files, those of earlier runs and the compressed ones included, the newest first. */
  list(): Archive[];
}

/** How the names of rotated files are made, and what is done with files on the way out. */
export interface ArchiveNaming {
  /** The name that stands for the default one. */
  rename(defaultName: string): string;
  /** Whether `rename` may answer anything else than what it was given. */
  renames(): boolean;
  /** Whether compressed files belong to the archives too. */
  readonly compressed: boolean;
  /** Told of work that goes on after a removal. */
  later(work: readonly Promise<void>[]): void;
}

/**
 * Most bytes that are removed while a logging call waits, those of one file or of several; what is beyond only loses its name then. Giving
 * the pages of 10 MiB back takes the system 2 to 3 ms, and removing a file at all as long as for some 64 KiB.
 */
const PROMPT_BYTES = 1_048_576;
const FILE_COST_BYTES = 65_536;

/** Everything beside a log file that is not the log itself begins with a dot and the log's name. */
export const companion = (path: string, name: string): string => join(dirname(path), `.${basename(path)}.${name}`);

let removals = 0;

/** Removes files without holding up who calls, and answers what is left to do. */
export function removeQuickly(system: FileSystem, paths: readonly string[], base: string): Promise<void>[] {
  let prompt = PROMPT_BYTES;
  const later: Promise<void>[] = [];
  for (const path of paths) {
    const found = identify(system, path);
    if (found === undefined) continue;
    prompt -= found.size + FILE_COST_BYTES;
    if (prompt >= 0) removeFile(system, path);
    else {
      const doomed = companion(base, `${ownIdentity()}-${builtin("node:worker_threads").threadId}-${removals++}.removed`);
      system.renameSync(path, doomed);
      later.push(system.promises.unlink(doomed));
    }
  }
  return later;
}

/** What removals that were not finished have left. */
export function unfinishedRemovals(system: FileSystem, base: string): string[] {
  const prefix = `.${basename(base)}.`;
  const names = system.readdirSync(dirname(base)).filter((name) => name.startsWith(prefix) && name.endsWith(".removed"));
  return names.map((name) => join(dirname(base), name));
}

/** Tells whether files are there: those beside the log by one look into its folder, others by asking for each. */
export function presence(system: FileSystem, base: string): (path: string) => boolean {
  const folder = dirname(base);
  const names = new Set(system.readdirSync(folder));
  return (path) => (dirname(path) === folder ? names.has(basename(path)) : identify(system, path) !== undefined);
}

/** The archive of this name, in whichever forms it is there; nothing when there is none. */
export function archiveOf(system: FileSystem, name: string, isThere: (path: string) => boolean): Archive | undefined {
  const paths: string[] = [];
  let size = 0;
  let modifiedMs = 0;
  for (const path of variants(name)) {
    const found = isThere(path) ? identify(system, path) : undefined;
    if (found === undefined) continue;
    paths.push(path);
    size += found.size;
    modifiedMs = Math.max(modifiedMs, found.mtimeMs);
  }
  return paths.length === 0 ? undefined : { paths, plain: paths[0] === name ? name : undefined, size, modifiedMs };
}

/** A path and its compressed forms. */
export const variants = (path: string): string[] => [path, ...COMPRESSED_ENDINGS.map((ending) => path + ending)];
