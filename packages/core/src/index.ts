/** Python's logging model: loggers in a tree, records, levels, filters, handlers. @packageDocumentation */

// For everybody who logs
export { getLogger, getLoggerClass, getLoggers, setLoggerClass, disable, resetLogging } from "./tree.js";
export { Logger, LogMethods, type WithOptions } from "./logger.js";
export { type AdapterCall, type AdapterTarget, LoggerAdapter, type LoggerAdapterOptions } from "./adapter.js";
export { getContext, withContext } from "./context.js";
export {
  addLevelName,
  checkLevel,
  CRITICAL,
  DEBUG,
  ERROR,
  FATAL,
  getLevelName,
  getLevelNamesMapping,
  INFO,
  type Level,
  NOTSET,
  TRACE,
  WARN,
  WARNING,
} from "./levels.js";

// For applications that set logging up
export { ConsoleHandler } from "./console-handler.js";
export { NullHandler } from "./null-handler.js";
export { StreamHandler, type StreamHandlerOptions, type WritableLike } from "./stream-handler.js";
export { Filter, type FilterFunction, type FilterLike } from "./filter.js";
export { getLevelDecider, type LevelDecider, setLevelDecider } from "./level-decider.js";
export { getLastResort, setLastResort } from "./last-resort.js";
export { captureConsole, type CaptureConsoleOptions, captureWarnings } from "./capture.js";
export { shutdown, shutdownOn } from "./shutdown.js";
export { setProcessName, setThreadName } from "./runtime.js";

// For authors of handlers and formatters
export { type FormatterLike, getHandlerByName, getHandlerNames, Handler, type HandlerLike, type HandlerOptions } from "./handler.js";
export { Counters, type HandlerStats } from "./counters.js";
export { defaultText } from "./default-text.js";
export {
  type Fields,
  getLogRecordFactory,
  LogRecord,
  type LogRecordInit,
  makeLogRecord,
  setLogRecordFactory,
} from "./record.js";
export { type ErrorReport, reportError, setErrorReporter } from "./error-reporter.js";
export { LoggingError } from "./errors.js";
export { printf } from "./printf.js";
export { errorText } from "./error-text.js";
export { escapeControlCharacters } from "./control-characters.js";
export { attempt, isError, isPlainObject, plainData, show } from "./values.js";
