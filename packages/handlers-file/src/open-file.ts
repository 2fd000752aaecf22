import type { Stats } from "node:fs";
import { LoggingError } from "@cordwood/core";
import { dirname, fs } from "./builtin.js";
import type { FileSettings } from "./file-options.js";
import { errorCode, type FileSystem } from "./file-system.js";

/** A file that has been opened for writing. */
export interface OpenFile {
  readonly descriptor: number;
  readonly size: number;
  readonly inode: number;
  readonly device: number;
  /** Neither a pipe nor a device. */
  readonly regular: boolean;
  /** Its last line lacks its end: the writer before was killed. */
  readonly torn: boolean;
}

// Windows has neither; there O_NONBLOCK is not needed and links are asked for by lstat.
const NO_FOLLOW = fs.constants.O_NOFOLLOW ?? 0;
const NO_WAIT = fs.constants.O_NONBLOCK ?? 0;

// What the system calls the process's own outputs. On Linux these are links that only the system makes, and what containers collect logs from.
const OWN_DESCRIPTOR = /^\/dev\/(?:stdout|stderr|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/;

const MOST_LOOKS = 100;
const WAITING = new Int32Array(new SharedArrayBuffer(4));

const FLAGS = {
  a: fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_APPEND,
  w: fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_TRUNC,
  x: fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_APPEND | fs.constants.O_EXCL,
};

/**
 * Opens a log file, for which "existing" creates none: creates the folder when it is missing, refuses links that are not the system's own, and looks whether the last line is whole.
 * @throws LoggingError `FILE_OPEN_FAILED`, with the system's error as its cause.
 */
export function openFile(path: string, mode: "a" | "w" | "x", settings: FileSettings, which: "any" | "existing" = "any"): OpenFile {
  const { system } = settings;
  let descriptor: number;
  try {
    descriptor = openOrCreate(path, mode, settings, which);
  } catch (error) {
    throw openError(path, error);
  }
  try {
    let found = system.fstatSync(descriptor);
    // A file that is made with its header has two names for a moment: its own and the one it was made under.
    for (let look = 0; found.nlink > 1 && which === "existing" && look < MOST_LOOKS; look++) {
      Atomics.wait(WAITING, 0, 0, 1);
      found = system.fstatSync(descriptor);
    }
    // A second name of the file would let its owner read or replace what a privileged process writes.
    if (found.isFile() && found.nlink > 1 && !settings.followSymlinks && process.getuid?.() === 0) {
      throw new LoggingError(
        "FILE_OPEN_FAILED",
        `${path} has ${found.nlink} names (hard links), which a privileged process does not write to; remove the others or set followSymlinks`,
      );
    }
    const regular = found.isFile();
    const torn = regular && mode === "a" && found.size > 0 && !endsWith(system, path, found, settings.encoding.newline);
    return { descriptor, size: found.size, inode: found.ino, device: found.dev, regular, torn };
  } catch (error) {
    system.closeSync(descriptor);
    throw error;
  }
}

function openOrCreate(path: string, mode: "a" | "w" | "x", settings: FileSettings, which: "any" | "existing"): number {
  const { system, fileMode } = settings;
  let flags = FLAGS[mode] | NO_WAIT;
  if (!settings.followSymlinks && !OWN_DESCRIPTOR.test(path)) {
    flags |= NO_FOLLOW;
    if (NO_FOLLOW === 0 && system.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
      throw Object.assign(new Error("a symbolic link"), { code: "ELOOP" });
  }
  if (which === "existing") flags &= ~fs.constants.O_CREAT;
  try {
    return system.openSync(path, flags, fileMode);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || which === "existing") throw error;
    system.mkdirSync(dirname(path), { recursive: true, mode: settings.folderMode });
    return system.openSync(path, flags, fileMode);
  }
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  ELOOP: "it is a symbolic link: give the file it points to, or set followSymlinks",
  EISDIR: "it is a folder: give the path of a file",
  EACCES: "this user may not write there: change the permissions of the file or its folder",
  EEXIST: 'mode "x" wants a file that is not there yet',
  ENXIO: "nobody reads from this pipe: start its reader first",
};

function openError(path: string, error: unknown): LoggingError {
  const code = errorCode(error);
  return new LoggingError("FILE_OPEN_FAILED", `cannot open ${path} (${code}): ${NEXT_STEPS[code] ?? "check the path"}`, { cause: error });
}

/** Whether the file ends with these bytes; one that may not be read is taken to. */
function endsWith(system: FileSystem, path: string, file: Stats, ending: Uint8Array): boolean {
  const tail = readTail(system, path, file, ending.length);
  return tail === undefined || Buffer.compare(tail, ending) === 0;
}

/** The last bytes of a file; nothing when it may not be read or the name stands for another one by now. */
export function readTail(system: FileSystem, path: string, file: Stats, length: number): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = system.openSync(path, fs.constants.O_RDONLY);
    if (system.fstatSync(descriptor).ino !== file.ino) return undefined;
    const tail = Buffer.alloc(Math.min(length, file.size));
    const count = system.readSync(descriptor, tail, 0, tail.length, file.size - tail.length);
    return tail.subarray(0, count);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) system.closeSync(descriptor);
  }
}
