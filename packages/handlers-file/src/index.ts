/** File handlers: plain, size-rotated, time-rotated, watched. @packageDocumentation */
export type { Compress } from "./codec.js";
export { FileHandler, type FileHandlerOptions } from "./file-handler.js";
export type { Buffering, FileOptions } from "./file-options.js";
export type { FileSystem } from "./file-system.js";
export type { FinishedLines } from "./finished-lines.js";
export type { RetentionOptions } from "./retention.js";
export type { Namer, RolloverOptions, Rotator } from "./rollover-options.js";
export { RotatingFileHandler, type RotatingFileHandlerOptions } from "./rotating-file-handler.js";
export type { TimeOfDay } from "./schedule.js";
export type { EncodingErrors } from "./text-encoding.js";
export { TimedRotatingFileHandler, type TimedRotatingFileHandlerOptions } from "./timed-rotating-file-handler.js";
export { WatchedFileHandler, type WatchedFileHandlerOptions } from "./watched-file-handler.js";
export type { ZoneName } from "./zone-time.js";
