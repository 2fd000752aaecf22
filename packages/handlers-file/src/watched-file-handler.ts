import { Handler, type LogRecord } from "@cordwood/core";
import { absolutePath, type FileOptions, fileSettings } from "./file-options.js";
import { LogFile } from "./log-file.js";

export interface WatchedFileHandlerOptions extends FileOptions {
  /** Longest time between two looks whether the file was renamed or removed by somebody else, in milliseconds. Default 0: before every record. */
  readonly checkIntervalMs?: number;
}

/** Writes records to a file that another program renames or removes, such as logrotate: it is looked at before every record. */
export class WatchedFileHandler extends Handler {
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
  constructor(filename: string | URL, options: WatchedFileHandlerOptions = {}) {
    const settings = fileSettings({ checkIntervalMs: 0, ...options });
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

  /** Looks whether the file was renamed or removed by somebody else, and opens it again if so. */
  reopenIfNeeded(): void {
    this.#file.check();
  }

  /** Opens the file anew. */
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
