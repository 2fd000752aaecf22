import type { OptionNames } from "@cordwood/core";
import { type Compress, codecOf } from "./codec.js";
import { invalid, wholeNumber } from "./file-options.js";
import { type FileSystem, identify } from "./file-system.js";
import { ageLimit, type RetentionLimits, type RetentionOptions } from "./retention.js";

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

/** The names of the options that {@link RolloverOptions} adds. */
export const ROLLOVER_OPTIONS: OptionNames<RolloverOptions> = {
  backupCount: true,
  compress: true,
  namer: true,
  rotator: true,
  maxAge: true,
  maxTotalBytes: true,
};

/** What a handler does itself in a rollover; a subclass may do it differently. */
export interface RolloverHooks {
  readonly namer: Namer | null;
  readonly rotator: Rotator | null;
  rotationFilename(defaultName: string): string;
  rotate(source: string, destination: string): void;
}

/** The name by the namer, when there is one. */
export const nameBy = (namer: Namer | null, defaultName: string): string => (namer === null ? defaultName : namer(defaultName));

/** Moves the file by the rotator, or renames it when it is there. */
export function moveBy(rotator: Rotator | null, source: string, destination: string, system: FileSystem): void {
  if (rotator !== null) rotator(source, destination);
  else if (identify(system, source) !== undefined) system.renameSync(source, destination);
}

/**
 * Checks the options of rollovers.
 * @throws LoggingError `OPTION_INVALID`, `COMPRESSION_UNAVAILABLE`.
 */
export function rolloverLimits(options: RolloverOptions, maxBytes: number): RetentionLimits {
  const none = Number.POSITIVE_INFINITY;
  const count = wholeNumber("backupCount", options.backupCount, 0, 0);
  if (options.compress !== undefined) codecOf(options.compress);
  for (const name of ["namer", "rotator"] as const) {
    const hook: unknown = options[name];
    if (hook !== undefined && typeof hook !== "function") throw invalid(name, hook, "a function");
  }
  return {
    count: count === 0 ? none : count,
    ageMs: ageLimit(options.maxAge),
    totalBytes:
      options.maxTotalBytes === undefined ? none : wholeNumber("maxTotalBytes", options.maxTotalBytes, 0, maxBytes + 1) - maxBytes,
  };
}
