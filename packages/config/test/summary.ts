import { relative } from "node:path";
import { Filter, getLogger, getLoggers, type HandlerLike, type Logger, type LogRecord, makeLogRecord, NullHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";

/** What the vectors record of a handler: the keys depend on its class. */
export type HandlerSummary = Readonly<Record<string, unknown>>;

export interface LoggerSummary {
  readonly level: number;
  readonly effectiveLevel: number;
  readonly propagate: boolean;
  readonly disabled: boolean;
  readonly filters: readonly string[];
  readonly handlers: readonly HandlerSummary[];
}

export interface Summary {
  readonly root: LoggerSummary;
  readonly loggers: Readonly<Record<string, LoggerSummary>>;
}

export interface Existing {
  readonly name: string;
  readonly level?: number;
  readonly propagate?: boolean;
  readonly nullHandler?: boolean;
  readonly disabled?: boolean;
}

/** Loggers made before the configuration under test. */
export const prepareExisting = (existing: readonly Existing[]): void => {
  for (const spec of existing) {
    const logger = getLogger(spec.name);
    if (spec.level !== undefined) logger.setLevel(spec.level);
    if (spec.propagate !== undefined) logger.propagate = spec.propagate;
    if (spec.nullHandler) logger.addHandler(new NullHandler());
    if (spec.disabled) logger.disabled = true;
  }
};

/** Our classes by Python's names. */
const CLASSES: Readonly<Record<string, string>> = { HttpHandler: "HTTPHandler", SmtpHandler: "SMTPHandler" };

const describeFilter = (filter: unknown): string =>
  filter instanceof Filter ? filter.name : typeof filter === "function" ? "function" : (filter as object).constructor.name;

/** What each recorded key is called here; `undefined` from it means that the handler does not show it. */
const READ: Readonly<Record<string, (handler: Record<string, unknown>, folder: string) => unknown>> = {
  name: (handler) => handler["name"] ?? null,
  class: (handler) => CLASSES[handler.constructor.name.replace(/^_/, "")] ?? handler.constructor.name.replace(/^_/, ""),
  level: (handler) => handler["level"],
  filters: (handler) => (handler["filters"] as unknown[]).map(describeFilter),
  stream: (handler) => (handler["stream"] === process.stdout ? "stdout" : handler["stream"] === process.stderr ? "stderr" : "other"),
  filename: (handler, folder) => (typeof handler["baseFilename"] === "string" ? relative(folder, handler["baseFilename"]) : undefined),
  respectHandlerLevel: (handler) => (handler["listener"] as { respectHandlerLevel?: boolean } | undefined)?.respectHandlerLevel,
  target: (handler) => (handler["target"] === null ? null : (handler["target"] as { name?: string } | undefined)?.name),
  intervalSeconds: (handler) => handler["interval"],
  timeout: (handler) => (handler["timeoutMs"] as number) / 1_000,
  // Python's default is the number of "user", ours its name.
  facility: (handler) => (handler["facility"] === "user" ? undefined : handler["facility"]),
};

const read = (handler: HandlerLike, key: string, folder: string): unknown => {
  const own = READ[key];
  return own === undefined
    ? (handler as unknown as Record<string, unknown>)[key]
    : own(handler as unknown as Record<string, unknown>, folder);
};

/** Compares a handler with what was recorded, and notes the keys that it does not show. */
const compareHandler = (handler: HandlerLike, wanted: HandlerSummary, folder: string, hidden: Set<string>): unknown => {
  const found: Record<string, unknown> = {};
  for (const key of Object.keys(wanted)) {
    if (key === "formatter")
      found[key] = describeFormatter((handler as { formatter?: unknown }).formatter, wanted[key] as Record<string, unknown> | null);
    else if (key === "listenerHandlers") {
      const listener = (handler as { listener?: { handlers: readonly HandlerLike[] } }).listener;
      found[key] = (wanted[key] as HandlerSummary[]).map((inner, index) => {
        const own = listener?.handlers[index];
        return own === undefined ? "missing" : compareHandler(own, inner, folder, hidden);
      });
    } else {
      const value = read(handler, key, folder);
      if (value === undefined) hidden.add(`${String(wanted["class"])}.${key}`);
      found[key] = value === undefined ? wanted[key] : value;
    }
  }
  return found;
};

const describeFormatter = (formatter: unknown, wanted: Record<string, unknown> | null): unknown => {
  if (formatter === null || formatter === undefined) return null;
  if (wanted === null) return "a formatter";
  const own = formatter as Formatter & Record<string, unknown>;
  const found: Record<string, unknown> = {};
  for (const key of Object.keys(wanted)) found[key] = own[key] === undefined ? wanted[key] : own[key];
  // A formatter shows neither its style nor its defaults, but what it makes of a record does.
  const { fmt, style, defaults, datefmt } = wanted as {
    fmt: string;
    style: "%" | "{" | "$";
    defaults: Record<string, unknown> | null;
    datefmt: string | null;
  };
  const like = new Formatter(fmt, { style, defaults, datefmt, validate: false });
  const record = makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: "hello", created: 1_700_000_000, lineno: 7 });
  found["text"] = textOf(own, record);
  wanted["text"] = textOf(like, record);
  // Python keeps an empty datefmt as given, and both then use the standard one.
  if (wanted["datefmt"] === "" && (own["datefmt"] === null || own["datefmt"] === "")) found["datefmt"] = "";
  return found;
};

const textOf = (formatter: Formatter, record: LogRecord): string => {
  try {
    return formatter.format(record);
  } catch (error) {
    return String(error);
  }
};

const describeLogger = (logger: Logger, wanted: LoggerSummary | undefined, folder: string, hidden: Set<string>): LoggerSummary => ({
  level: logger.level,
  effectiveLevel: logger.getEffectiveLevel(),
  propagate: logger.propagate,
  disabled: logger.disabled,
  filters: logger.filters.map(describeFilter),
  handlers: logger.handlers.map((handler, index) => {
    const other = wanted?.handlers[index];
    return (other === undefined ? { class: handler.constructor.name } : compareHandler(handler, other, folder, hidden)) as HandlerSummary;
  }),
});

/** The tree as it is, in the shape of the vectors; of handlers, the keys that were recorded. */
export const summaryLike = (wanted: Summary, folder: string, hidden: Set<string>): Summary => ({
  root: describeLogger(getLogger(), wanted.root, folder, hidden),
  loggers: Object.fromEntries(
    getLoggers()
      .filter((logger) => logger.parent !== null)
      .map((logger) => [logger.name, describeLogger(logger, wanted.loggers[logger.name], folder, hidden)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
});
