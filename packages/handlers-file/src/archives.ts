import { basename, dirname, join } from "node:path";
import { type FileSystem, identify, removeFile } from "./file-system.js";

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
  later(work: Promise<void>): void;
}

/** Above this a file is renamed and removed later: giving its pages back takes the system about a millisecond for 16 MiB. */
const LARGE_BYTES = 32 * 1_048_576;

/** Everything beside a log file that is not the log itself begins with a dot and the log's name. */
export const companion = (path: string, name: string): string => join(dirname(path), `.${basename(path)}.${name}`);

let removals = 0;

/** Removes a file without holding up who calls: what is large only loses its name now. The promise tells of what is left to do. */
export function removeQuickly(system: FileSystem, path: string, base: string): Promise<void> | undefined {
  const found = identify(system, path);
  if (found === undefined) return undefined;
  if (found.size <= LARGE_BYTES) {
    removeFile(system, path);
    return undefined;
  }
  const doomed = companion(base, `${process.pid}-${Date.now().toString(36)}-${removals++}.removed`);
  system.renameSync(path, doomed);
  return system.promises.unlink(doomed);
}

/** The archive of this name, in whichever forms it is there; nothing when there is none. */
export function archiveOf(system: FileSystem, name: string): Archive | undefined {
  const paths: string[] = [];
  let size = 0;
  let modifiedMs = 0;
  for (const path of variants(name)) {
    const found = identify(system, path);
    if (found === undefined) continue;
    paths.push(path);
    size += found.size;
    modifiedMs = Math.max(modifiedMs, found.mtimeMs);
  }
  return paths.length === 0 ? undefined : { paths, plain: paths[0] === name ? name : undefined, size, modifiedMs };
}

/** A path and its compressed forms. */
export const variants = (path: string): string[] => [path, ...COMPRESSED_ENDINGS.map((ending) => path + ending)];
