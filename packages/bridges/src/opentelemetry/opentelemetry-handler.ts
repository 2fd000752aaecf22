import { Handler, type HandlerOptions, LoggingError, type LogRecord, reportError, show } from "@cordwood/core";
import { type HrTime, type Logger, type LoggerProvider, logs } from "@opentelemetry/api";
import { attributesOf, codeAttributes } from "./attributes.js";
import { severityNumber } from "./severity-number.js";
import { contextOf } from "./trace-context.js";

export interface OpenTelemetryHandlerOptions extends HandlerOptions {
  /** Where the records go. Default: the provider registered with `@opentelemetry/api`, asked for again at each record until there is one. */
  readonly provider?: LoggerProvider;
  /** Version of the instrumentation scope. Default none. */
  readonly version?: string;
  /** Puts `code.file.path`, `code.line.number` and `code.function.name` on each record, which costs a stack capture. Default `false`. */
  readonly callSite?: boolean;
}

/** Loggers kept by name: records from elsewhere may bring any number of names. */
const MOST_LOGGERS = 1_000;

/**
 * Emits records to a LoggerProvider of OpenTelemetry: the logger's name is the instrumentation scope, the message the body, fields are
 * attributes, the error `exception.*`. Delivered means: given to the SDK, whose processors and exporters have queues and losses of their own.
 */
export class OpenTelemetryHandler extends Handler {
  readonly #provider: LoggerProvider | undefined;
  readonly #version: string | undefined;
  readonly #callSite: boolean;
  readonly #loggers = new Map<string, Logger>();
  #current: LoggerProvider | undefined;

  /** @throws LoggingError `OPTION_INVALID` for a provider without `getLogger`. */
  constructor(options: OpenTelemetryHandlerOptions = {}) {
    if (options.provider !== undefined && typeof options.provider?.getLogger !== "function") {
      throw new LoggingError(
        "OPTION_INVALID",
        `OpenTelemetryHandler: provider is ${show(options.provider)}; give a LoggerProvider, or none`,
      );
    }
    super(options);
    this.#provider = options.provider;
    this.#version = options.version;
    this.#callSite = options.callSite ?? false;
  }

  protected override emit(record: LogRecord): void | "settled" {
    const severity = severityNumber(record.levelno);
    const context = contextOf(record.extra);
    const traced = context ? { context } : {};
    const logger = this.#logger(record.name);
    if (!logger.enabled({ severityNumber: severity, ...traced })) return this.#refused(record);
    logger.emit({
      ...traced,
      timestamp: hrTime(record.created),
      severityNumber: severity,
      severityText: record.levelname,
      body: record.message,
      attributes: this.#callSite
        ? { ...attributesOf(record, context !== undefined), ...codeAttributes(record) }
        : attributesOf(record, context !== undefined),
    });
  }

  /** Asks the provider to export what it holds. A failure is reported; the SDK knows what was lost. */
  override async flush(): Promise<void> {
    // Called before anything is awaited: at the end of a process nothing is that comes after.
    const provider = (this.#provider ?? logs.getLoggerProvider()) as LoggerProvider & { forceFlush?(): Promise<void> };
    try {
      await provider.forceFlush?.();
    } catch (error) {
      this.handleError(error);
    }
  }

  /** Flushes. The provider is the application's: shutting it down is left to it. */
  override async close(): Promise<void> {
    if (this.closed) return;
    await super.close();
    await this.flush();
  }

  #logger(name: string): Logger {
    const provider = this.#provider ?? logs.getLoggerProvider();
    if (provider !== this.#current || this.#loggers.size >= MOST_LOGGERS) this.#loggers.clear();
    this.#current = provider;
    let logger = this.#loggers.get(name);
    if (logger === undefined) {
      logger = provider.getLogger(name, this.#version);
      this.#loggers.set(name, logger);
    }
    return logger;
  }

  /** The SDK wants no such record: its configuration says so, or there is no SDK. */
  #refused(record: LogRecord): "settled" {
    // Until a provider is registered the API stands in with one that cannot be flushed.
    const missing = this.#provider === undefined && !("forceFlush" in logs.getLoggerProvider());
    this.counters.drop(missing ? "no-provider" : "disabled");
    if (missing) {
      reportError({
        cause: "OpenTelemetryHandler has no provider",
        message: "OpenTelemetryHandler: no LoggerProvider is registered; call logs.setGlobalLoggerProvider(…) first, or give { provider }",
        record,
        handler: this,
        lost: 1,
      });
    }
    return "settled";
  }
}

/** Whole microseconds: what a number of seconds holds of today's dates. */
function hrTime(created: number): HrTime {
  const micros = Math.round(created * 1e6);
  const seconds = Math.floor(micros / 1e6);
  return [seconds, (micros - seconds * 1e6) * 1000];
}
