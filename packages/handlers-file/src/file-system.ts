import type { Stats } from "node:fs";
import { fs } from "./builtin.js";

/** The calls on the file system that the handlers make. Tests put a double in its place, such as a disk that is full. */
export type FileSystem = Pick<
  typeof fs,
  | "closeSync"
  | "fdatasyncSync"
  | "fstatSync"
  | "ftruncateSync"
  | "linkSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "promises"
  | "readFileSync"
  | "readSync"
  | "readlinkSync"
  | "readdirSync"
  | "renameSync"
  | "statSync"
  | "symlinkSync"
  | "unlinkSync"
  | "writeSync"
>;

export const nodeFileSystem: FileSystem = fs;

/** The code of a system error, such as `ENOSPC`; the error's name when it has none. */
export const errorCode = (error: unknown): string => {
  if (!(error instanceof Error)) return "UNKNOWN";
  return (error as NodeJS.ErrnoException).code ?? error.name;
};

/** Removes a file; that it is not there is no error. */
export const removeFile = (system: FileSystem, path: string): void => {
  try {
    system.unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
};

/** The size, inode and device behind a name; nothing when there is no such file. */
export const identify = (system: FileSystem, path: string): Stats | undefined => {
  try {
    return system.statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
};
