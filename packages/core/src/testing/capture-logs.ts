import { checkLevel, getLogger, type HandlerLike, type Level, type Logger, type LogRecord, NOTSET } from "../index.js";

export interface CaptureLogsOptions {
  /** Logger to listen at, by name or itself. Default the root. */
  readonly logger?: string | Logger;
  /** Level the logger is set to meanwhile. Default `NOTSET`: everything. */
  readonly level?: Level;
}

/** What was logged since `captureLogs`. */
export interface CapturedLogs {
  readonly records: readonly LogRecord[];
  /** `LEVEL:logger:message` for each record. */
  readonly output: readonly string[];
  /** Puts the logger back as it was. A second call is harmless. */
  stop(): void;
  [Symbol.dispose](): void;
}

/**
 * Catches what a logger and those below it log, in place of their handlers, until `stop()`: what `assertLogs` is to Python.
 * Records are kept as they were at the call; their call site is read at once.
 */
export function captureLogs(options: CaptureLogsOptions = {}): CapturedLogs {
  const logger = typeof options.logger === "object" ? options.logger : getLogger(options.logger);
  const records: LogRecord[] = [];
  const handler: HandlerLike = {
    level: NOTSET,
    uses: ["pathname", "lineno", "funcName"],
    handle(record) {
      void record.message;
      records.push(record);
    },
    flush() {},
    close() {},
  };
  const { handlers, level, propagate } = logger;
  logger.handlers = [handler];
  // Level 0 would ask the loggers above; 1 lets everything through.
  logger.level = checkLevel(options.level ?? NOTSET) || 1;
  logger.propagate = false;
  let open = true;
  const stop = (): void => {
    if (!open) return;
    open = false;
    Object.assign(logger, { handlers, level, propagate });
  };
  return {
    records,
    get output() {
      return records.map((record) => `${record.levelname}:${record.name}:${record.message}`);
    },
    stop,
    [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: stop,
  } as CapturedLogs;
}
