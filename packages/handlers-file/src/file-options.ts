import {
  checkLevel,
  checkOptions,
  HANDLER_OPTIONS,
  type HandlerOptions,
  type Level,
  LoggingError,
  type OptionNames,
  show,
} from "@cordwood/core";
import { builtin, resolve } from "./builtin.js";
import { type FileSystem, nodeFileSystem } from "./file-system.js";
import { type EncodingErrors, type TextEncoding, textEncoding } from "./text-encoding.js";

/** When a buffer of lines is written out; whichever comes first. */
export interface Buffering {
  /** Most bytes held. Default 65 536. */
  readonly bytes?: number;
  /** Longest time a line is held, in milliseconds. Default 1 000. */
  readonly intervalMs?: number;
  /** A record of this level or above is written at once, with all that is held. Default `"ERROR"`. */
  readonly flushLevel?: Level;
}

/** What every file handler takes. */
export interface FileOptions extends HandlerOptions {
  /** `"a"`: append. `"w"`: start with an empty file. `"x"`: the file must not be there. Default `"a"`. */
  readonly mode?: "a" | "w" | "x";
  /** `"utf-8"`, `"utf16le"` (no byte order mark), `"latin1"` or `"ascii"`; Python's spellings are taken too. Default `"utf-8"`. */
  readonly encoding?: string;
  /** What becomes of a character that the encoding lacks. `"strict"` counts the record as `failed.encode`. Default `"backslashreplace"`. */
  readonly errors?: EncodingErrors;
  /** Opens the file at the first record instead of at construction. Default `false`. */
  readonly delay?: boolean;
  /** Permissions of a file from the moment it is created. Default `0o600`. */
  readonly fileMode?: number;
  /** Permissions of a folder that has to be created for the file. Default `0o700`. */
  readonly folderMode?: number;
  /** `"record"`: every record is with the operating system before the call returns. Otherwise lines are held within the given bounds. Default `"record"`. */
  readonly buffering?: "record" | Buffering;
  /** Has the disk keep every write before it counts as delivered, so that it outlives a power cut; each takes some 100 µs to 10 ms then. Default `false`. */
  readonly fsync?: boolean;
  /** Longest time between two looks whether the file was renamed or removed by somebody else, in milliseconds; 0 looks before every record, `Infinity` never. Default 1 000. */
  readonly checkIntervalMs?: number;
  /** First line of every new file, or what makes it from the file's name. A newline is added when it has none. Default none. */
  readonly header?: string | ((filename: string) => string);
  /** Opens the file although its name is a symbolic link. Default `false`: refused, but for the system's own names of this process's outputs (`/dev/stdout`). */
  readonly followSymlinks?: boolean;
  /** Several processes write to the file, and one of them at a time moves it away when it is to roll over. Default `false`. */
  readonly shared?: boolean;
  /** The time in milliseconds since the epoch; for tests. Default `Date.now`. */
  readonly clock?: () => number;
  /** The calls on the file system; for tests. Default those of `node:fs`. */
  readonly fileSystem?: FileSystem;
}

/** The names of the options of every file handler. */
export const FILE_OPTIONS: OptionNames<FileOptions> = {
  ...HANDLER_OPTIONS,
  mode: true,
  encoding: true,
  errors: true,
  delay: true,
  fileMode: true,
  folderMode: true,
  buffering: true,
  fsync: true,
  checkIntervalMs: true,
  header: true,
  followSymlinks: true,
  shared: true,
  clock: true,
  fileSystem: true,
};

const BUFFERING: OptionNames<Buffering> = { bytes: true, intervalMs: true, flushLevel: true };

/** The options of a file once they are checked and filled in. */
export interface FileSettings {
  readonly mode: "a" | "w" | "x";
  readonly encoding: TextEncoding;
  readonly delay: boolean;
  readonly fileMode: number;
  readonly folderMode: number;
  readonly buffering: "record" | { readonly bytes: number; readonly intervalMs: number; readonly flushLevel: number };
  readonly fsync: boolean;
  readonly checkIntervalMs: number;
  readonly header: string | ((filename: string) => string) | undefined;
  readonly followSymlinks: boolean;
  readonly shared: boolean;
  readonly clock: () => number;
  /** The clock was given; the times of records say nothing about it. */
  readonly hasOwnClock: boolean;
  readonly system: FileSystem;
}

/** Longest time that a process goes on writing to a file which another one has moved away. */
const SHARED_CHECK_MS = 20;

/** @throws LoggingError `OPTION_INVALID`. */
export function fileSettings(options: FileOptions): FileSettings {
  const mode = options.mode ?? "a";
  if (mode !== "a" && mode !== "w" && mode !== "x") throw invalid("mode", mode, '"a", "w" or "x"');
  const buffering = options.buffering ?? "record";
  const { header } = options;
  if (header !== undefined && typeof header !== "string" && typeof header !== "function")
    throw invalid("header", header, "a text, or a function that makes it from the file's name");
  const shared = options.shared ?? false;
  if (shared && mode !== "a") throw invalid("mode", mode, '"a" for a file that is shared');
  return {
    mode,
    encoding: textEncoding(options.encoding ?? "utf-8", options.errors ?? "backslashreplace"),
    delay: options.delay ?? false,
    fileMode: wholeNumber("fileMode", options.fileMode, 0o600, 0, 0o7777),
    folderMode: wholeNumber("folderMode", options.folderMode, 0o700, 0, 0o7777),
    buffering: buffering === "record" ? buffering : bufferingSettings(buffering),
    checkIntervalMs: Math.min(checkInterval(options.checkIntervalMs), shared ? SHARED_CHECK_MS : Number.POSITIVE_INFINITY),
    fsync: options.fsync ?? false,
    header,
    followSymlinks: options.followSymlinks ?? false,
    shared,
    clock: options.clock ?? now,
    hasOwnClock: options.clock !== undefined,
    system: options.fileSystem ?? nodeFileSystem,
  };
}

/**
 * The absolute path of a file, fixed at construction: a later change of the working directory moves nothing.
 * @throws LoggingError `FILENAME_INVALID`.
 */
export function absolutePath(filename: string | URL): string {
  const path = filename instanceof URL && filename.protocol === "file:" ? builtin("node:url").fileURLToPath(filename) : filename;
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return resolve(path);
  throw new LoggingError("FILENAME_INVALID", `the filename is ${JSON.stringify(String(filename))}; give the path of a file`);
}

/** @throws LoggingError `OPTION_INVALID` unless `value` is a whole number within the bounds. */
export function wholeNumber(
  name: string,
  value: number | undefined,
  fallback: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw invalid(
    name,
    value,
    most === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`,
  );
}

/** The error for an option that was given what it cannot be. */
export const invalid = (name: string, value: unknown, expected: string): LoggingError =>
  new LoggingError("OPTION_INVALID", `${name} is ${typeof value === "string" ? JSON.stringify(value) : show(value)}; give ${expected}`);

// Called through a function so that a clock replaced later, as tests do, is the one that is read.
const now = (): number => Date.now();

const checkInterval = (value: number | undefined): number =>
  value === Number.POSITIVE_INFINITY ? value : wholeNumber("checkIntervalMs", value, 1_000, 0);

function bufferingSettings(buffering: Buffering): { bytes: number; intervalMs: number; flushLevel: number } {
  if (typeof buffering !== "object" || buffering === null || Array.isArray(buffering))
    throw invalid("buffering", buffering, '"record" or { bytes, intervalMs, flushLevel }');
  checkOptions("buffering", buffering, BUFFERING);
  return {
    bytes: wholeNumber("buffering.bytes", buffering.bytes, 65_536, 1),
    intervalMs: wholeNumber("buffering.intervalMs", buffering.intervalMs, 1_000, 1, 0x7fffffff),
    flushLevel: checkLevel(buffering.flushLevel ?? "ERROR"),
  };
}
