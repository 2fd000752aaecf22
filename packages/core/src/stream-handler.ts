import { checkOptions, HANDLER_OPTIONS, type OptionNames } from "./check-options.js";
import { LoggingError } from "./errors.js";
import { Handler, type HandlerOptions } from "./handler.js";
import type { LogRecord } from "./record.js";
import { processLike, writeError } from "./runtime.js";
import { show } from "./values.js";

/** What a `StreamHandler` writes to: anything with `write`; a Node stream's errors and fill are minded too. */
export interface WritableLike {
  write(text: string, ...rest: never[]): unknown;
  readonly writableLength?: number;
  readonly destroyed?: boolean;
  on?(event: "error" | "close", listener: (error: Error) => void): unknown;
  off?(event: "error" | "close", listener: (error: Error) => void): unknown;
}

export interface StreamHandlerOptions extends HandlerOptions {
  /** What ends each record. Default a newline. */
  readonly terminator?: string;
  /** Bytes that may wait in a stream slower than the records; what comes then is dropped as `full`. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
}

/** Writes each record as one text to a stream, which it never closes. Standard error unless given another. */
export class StreamHandler extends Handler {
  /** What ends each record. */
  terminator: string;
  readonly #maxBufferedBytes: number;
  #stream: WritableLike;
  readonly #onError = (error: Error): void => this.handleError(error);

  /** @throws LoggingError `STREAM_INVALID` when the stream has no `write`. */
  constructor(stream: WritableLike | null = null, options: StreamHandlerOptions = {}) {
    const known: OptionNames<StreamHandlerOptions> = { ...HANDLER_OPTIONS, terminator: true, maxBufferedBytes: true };
    checkOptions(new.target.name, options, known);
    super(options);
    ({ terminator: this.terminator = "\n", maxBufferedBytes: this.#maxBufferedBytes = 16_777_216 } = options);
    this.#stream = this.#take(
      stream ?? processLike()?.stderr ?? { write: (text) => writeError(text.slice(0, -this.terminator.length || text.length)) },
    );
  }

  get stream(): WritableLike {
    return this.#stream;
  }

  /** Flushes, then writes to another stream. @returns the stream before, or `null` when it is the same. */
  setStream(stream: WritableLike): WritableLike | null {
    const before = this.#stream;
    if (before === stream) return null;
    this.flush();
    this.#stream = this.#take(stream);
    before.off?.("error", this.#onError);
    return before;
  }

  protected override emit(record: LogRecord): void | "settled" {
    const stream = this.#stream;
    if ((stream.writableLength ?? 0) > this.#maxBufferedBytes) {
      this.counters.drop("full");
      this.handleError(new LoggingError("STREAM_FULL", `more than ${this.#maxBufferedBytes} bytes wait; its reader is slow`), record);
      return "settled";
    }
    stream.write(this.format(record) + this.terminator);
  }

  override flush(): void | Promise<void> {
    const stream = this.#stream;
    if (!stream.writableLength || stream.destroyed) return super.flush();
    // An empty write is done when everything before it is; "drain" would come only after the buffer was full.
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off?.("close", done);
        resolve();
      };
      stream.on?.("close", done);
      stream.write("", ...([done] as never[]));
    });
  }

  override close(): void | Promise<void> {
    if (this.closed) return;
    const flushing = this.flush();
    const done = super.close();
    const release = (): void => void this.#stream.off?.("error", this.#onError);
    if (!flushing && !done) return release();
    return Promise.all([flushing, done]).then(release);
  }

  /** An error of the stream, such as a reader that went away, must not end the process. */
  #take(stream: WritableLike): WritableLike {
    if (typeof (stream as WritableLike | null)?.write !== "function") {
      throw new LoggingError("STREAM_INVALID", `${this.constructor.name}: ${show(stream)} has no write(text); give a stream`);
    }
    stream.on?.("error", this.#onError);
    return stream;
  }
}
