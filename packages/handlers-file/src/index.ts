/** File handlers: plain, size-rotated, time-rotated, watched. @packageDocumentation */
export { FileHandler, type FileHandlerOptions } from "./file-handler.js";
export type { Buffering, FileOptions } from "./file-options.js";
export type { FileSystem } from "./file-system.js";
export type { EncodingErrors } from "./text-encoding.js";
