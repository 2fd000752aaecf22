/** Python's logging model: loggers in a tree, records, levels, filters, handlers. @packageDocumentation */

export { type AdapterCall, type AdapterTarget, LoggerAdapter, type LoggerAdapterOptions } from "./adapter.js";
export { type CaptureConsoleOptions, captureConsole, captureWarnings } from "./capture.js";
export { checkNumber, checkOneOf, checkOptions, HANDLER_OPTIONS, type OptionNames } from "./check-options.js";
export { ConsoleHandler } from "./console-handler.js";
export { getContext, withContext } from "./context.js";
export { escapeControlCharacters } from "./control-characters.js";
export { Counters, type HandlerStats } from "./counters.js";
export { defaultText } from "./default-text.js";
export { type ErrorReport, reportError, setErrorReporter } from "./error-reporter.js";
export { errorText } from "./error-text.js";
export { LoggingError } from "./errors.js";
export { Filter, type FilterFunction, type FilterLike } from "./filter.js";
// For authors of handlers and formatters
export {
  type FormatterLike,
  getHandlerByName,
  getHandlerNames,
  getHandlers,
  Handler,
  type HandlerLike,
  type HandlerOptions,
} from "./handler.js";
export { getLastResort, setLastResort } from "./last-resort.js";
export { getLevelDecider, type LevelDecider, setLevelDecider } from "./level-decider.js";
export {
  addLevelName,
  CRITICAL,
  checkLevel,
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
export { LogMethods } from "./log-methods.js";
export { Logger, type WithOptions } from "./logger.js";
export { NullHandler } from "./null-handler.js";
export { printf } from "./printf.js";
export {
  type Fields,
  getLogRecordFactory,
  LogRecord,
  type LogRecordInit,
  makeLogRecord,
  setLogRecordFactory,
} from "./record.js";
export { setProcessName, setThreadName } from "./runtime.js";
export { shutdown, shutdownOn } from "./shutdown.js";
export { StreamHandler, type StreamHandlerOptions, type WritableLike } from "./stream-handler.js";
// For everybody who logs
export { disable, getLogger, getLoggerClass, getLoggers, resetLogging, setLoggerClass } from "./tree.js";
export { attempt, isError, isPlainObject, plainData, show } from "./values.js";
