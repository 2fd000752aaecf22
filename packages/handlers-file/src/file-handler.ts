import { checkOptions } from "@cordwood/core";
import { BaseFileHandler } from "./base-file-handler.js";
import { FILE_OPTIONS, type FileOptions } from "./file-options.js";

export interface FileHandlerOptions extends FileOptions {}

/**
 * Writes records to a file. By default each is with the operating system before the logging call returns; with `buffering` it is held for
 * a bounded time. A file that is renamed or removed by somebody else is opened again.
 */
export class FileHandler extends BaseFileHandler {
  /** @throws LoggingError for an option that cannot be, and `FILE_OPEN_FAILED` when the file cannot be opened. */
  constructor(filename: string | URL, options: FileHandlerOptions = {}) {
    checkOptions("FileHandler", options, FILE_OPTIONS);
    super(filename, options);
    this.file.start();
  }
}
