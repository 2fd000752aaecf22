import { checkOptions } from "@cordwood/core";
import { BaseFileHandler } from "./base-file-handler.js";
import { FILE_OPTIONS, type FileOptions } from "./file-options.js";

export interface WatchedFileHandlerOptions extends FileOptions {
  /** Longest time between two looks whether the file was renamed or removed by somebody else, in milliseconds. Default 0: before every record. */
  readonly checkIntervalMs?: number;
}

/** Writes records to a file that another program renames or removes, such as logrotate: it is looked at before every record. */
export class WatchedFileHandler extends BaseFileHandler {
  /** @throws LoggingError for an option that cannot be, and `FILE_OPEN_FAILED` when the file cannot be opened. */
  constructor(filename: string | URL, options: WatchedFileHandlerOptions = {}) {
    checkOptions("WatchedFileHandler", options, FILE_OPTIONS);
    super(filename, { checkIntervalMs: 0, ...options });
    this.file.start();
  }

  /** Looks whether the file was renamed or removed by somebody else, and opens it again if so. */
  reopenIfNeeded(): void {
    this.file.check();
  }
}
