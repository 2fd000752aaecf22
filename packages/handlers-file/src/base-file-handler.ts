import { Handler, type LogRecord } from "@cordwood/core";
import { absolutePath, type FileOptions, fileSettings } from "./file-options.js";
import { LogFile } from "./log-file.js";

/**
 * What the file handlers have in common: they own one {@link LogFile}. A handler opens it with `this.file.start()` once the rest of it is
 * made, and says in `beforeWrite` what has to happen to the file before a line.
 */
export abstract class BaseFileHandler extends Handler {
  /** Absolute path of the file. */
  readonly baseFilename: string;
  /** `"a"` whenever the handler rolls over. */
  readonly mode: "a" | "w" | "x";
  /** The encoding as given; `null`: UTF-8. */
  readonly encoding: string | null;
  readonly delay: boolean;
  /** Ends every record. */
  terminator = "\n";
  /** @internal */
  protected readonly file: LogFile;

  constructor(filename: string | URL, options: FileOptions) {
    const settings = fileSettings(options);
    const path = absolutePath(filename);
    super(options);
    this.baseFilename = path;
    this.mode = settings.mode;
    this.encoding = options.encoding ?? null;
    this.delay = settings.delay;
    this.file = new LogFile(path, settings, this, this.counters);
  }

  protected override emit(record: LogRecord): "queued" | "settled" | undefined {
    const line = this.file.fit(this.format(record) + this.terminator, record);
    if (line === undefined) return "settled";
    this.beforeWrite(line, record);
    return this.file.append(line, record);
  }

  /** What has to happen before the line is written, such as a rollover. */
  protected beforeWrite(_line: string, _record: LogRecord): void {}

  /** Opens the file anew, as after a rename by another program. */
  reopen(): void {
    this.file.reopen();
  }

  /**
   * Holds what would be written one record at a time, until `uncork` writes it all at once: for a burst of records that nobody has been told
   * are safe yet. At most 64 KiB are held; a process that is killed meanwhile loses them. Calls may be nested.
   */
  cork(): void {
    this.file.cork();
  }

  /** Writes what was held since `cork`; what cannot be written is counted as lost. */
  uncork(): void {
    this.file.uncork();
  }

  override flush(): void | Promise<void> {
    this.file.flush();
    return super.flush();
  }

  override close(): void | Promise<void> {
    this.file.close();
    return super.close();
  }
}
