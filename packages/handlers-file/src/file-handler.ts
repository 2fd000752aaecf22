import { Handler, type LogRecord } from "@cordwood/core";
import { absolutePath, type FileOptions, fileSettings } from "./file-options.js";
import { LogFile } from "./log-file.js";

export interface FileHandlerOptions extends FileOptions {}

/**
 * Writes records to a file. By default each is with the operating system before the logging call returns; with `buffering` it is held for
 * a bounded time. A file that is renamed or removed by somebody else is opened again.
 */
export class FileHandler extends Handler {
  /** Absolute path of the file. */
  readonly baseFilename: string;
  readonly mode: "a" | "w" | "x";
  /** The encoding as given; `null`: UTF-8. */
  readonly encoding: string | null;
  readonly delay: boolean;
  /** Ends every record. */
  terminator = "\n";
  readonly #file: LogFile;

  /** @throws LoggingError for an option that cannot be, and `FILE_OPEN_FAILED` when the file cannot be opened. */
  constructor(filename: string | URL, options: FileHandlerOptions = {}) {
    const settings = fileSettings(options);
    const path = absolutePath(filename);
    super(options);
    this.baseFilename = path;
    this.mode = settings.mode;
    this.encoding = options.encoding ?? null;
    this.delay = settings.delay;
    this.#file = new LogFile(path, settings, this, this.counters);
    this.#file.start();
  }

  protected override emit(record: LogRecord): "queued" | "settled" | undefined {
    const line = this.#file.fit(this.format(record) + this.terminator, record);
    return line === undefined ? "settled" : this.#file.append(line, record);
  }

  /** Opens the file anew, as after a rename by another program. */
  reopen(): void {
    this.#file.reopen();
  }

  override flush(): void | Promise<void> {
    this.#file.flush();
    return super.flush();
  }

  override close(): void | Promise<void> {
    this.#file.close();
    return super.close();
  }
}
