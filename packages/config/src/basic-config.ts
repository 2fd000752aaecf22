import { attempt, checkLevel, getLogger, type HandlerLike, type Level, LoggingError, StreamHandler } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { applyDirectives, parseDirectives } from "./directives.js";
import { requirePackage } from "./packages.js";
import { suggestion } from "./suggest.js";

/** What {@link basicConfig} takes: the keywords of Python 3.13's, `formatter` of 3.15's, and `levels`. */
export interface BasicConfigOptions {
  /** A file to write to, instead of a stream. Needs `@cordwood/handlers-file`. Not with `stream` or `handlers`. */
  readonly filename?: string | URL;
  /** How the file is opened: `"a"` appends (default), `"w"` empties it, `"x"` wants it to be new. Only without `handlers`. */
  readonly filemode?: string;
  /** The file's encoding. Default UTF-8. */
  readonly encoding?: string | null;
  /** What happens to a character that the file's encoding lacks. Default `"backslashreplace"`. */
  readonly errors?: string | null;
  /** What is written to. Default standard error. Not with `filename` or `handlers`. */
  readonly stream?: { write(text: string): unknown } | null;
  /** Ready handlers; those without a formatter get the one made here. Not with `filename` or `stream`. */
  readonly handlers?: Iterable<HandlerLike> | null;
  /** The format. Default `levelname:name:message` in the given style. */
  readonly format?: string | null;
  /** How `asctime` is shown, in `strftime` codes. */
  readonly datefmt?: string | null;
  /** The style of `format`. Default `"%"`. */
  readonly style?: "%" | "{" | "$";
  /** A ready formatter. Not with `format`, `datefmt` or `style`. */
  readonly formatter?: { format(record: never): string } | null;
  /** The root's level. Default: it stays as it is, which is `WARNING` at first. */
  readonly level?: Level | null;
  /** Takes the root's handlers away and closes them first. Default `false`: a root that has handlers is left alone. */
  readonly force?: boolean;
  /** Levels of several loggers in one line: `"info,app.db=debug,http=off"`. Applied last. */
  readonly levels?: string | null;
}

const KEYS: readonly (keyof BasicConfigOptions)[] = [
  "filename",
  "filemode",
  "encoding",
  "errors",
  "stream",
  "handlers",
  "format",
  "datefmt",
  "style",
  "formatter",
  "level",
  "force",
  "levels",
];

/** The format without `format`, by style. */
const BASIC_FORMAT = {
  "%": "%(levelname)s:%(name)s:%(message)s",
  "{": "{levelname}:{name}:{message}",
  $: "$levelname:$name:$message",
} as const;

/**
 * Sets up the root logger in one call: a handler, its format, the level. Does nothing, not even look at its options, when the root has
 * handlers and `force` is not true. Everything is checked before anything changes.
 * @throws LoggingError `OPTION_INVALID` for what does not fit together, `LEVEL_UNKNOWN`, `PACKAGE_MISSING`, and what a formatter or a file throws.
 */
export const basicConfig = (options: BasicConfigOptions = {}): void => {
  const root = getLogger();
  if (root.handlers.length > 0 && options.force !== true) return;
  checkKeys(options);
  const level = options.level === undefined || options.level === null ? undefined : checkLevel(options.level);
  const directives = parseDirectives(options.levels ?? "");
  const formatter = formatterOf(options);
  const handlers = handlersOf(options);
  for (const handler of handlers) dress(handler, formatter);
  for (const old of root.handlers) {
    root.removeHandler(old);
    if (!handlers.includes(old)) void Promise.resolve(old.close()).catch(() => {});
  }
  for (const handler of handlers) root.addHandler(handler);
  if (level !== undefined) root.setLevel(level);
  applyDirectives(directives);
};

const given = (options: BasicConfigOptions, key: keyof BasicConfigOptions): boolean =>
  Object.hasOwn(options, key) && options[key] !== undefined;

const invalid = (message: string): LoggingError => new LoggingError("OPTION_INVALID", `basicConfig: ${message}`);

const checkKeys = (options: BasicConfigOptions): void => {
  const unknown = Object.keys(options).filter((key) => !(KEYS as readonly string[]).includes(key));
  if (unknown.length > 0)
    throw invalid(`unknown ${unknown.map((key) => JSON.stringify(key)).join(", ")}; ${suggestion(unknown[0] as string, KEYS)}`);
  const handlers = given(options, "handlers") && options.handlers !== null;
  if (!handlers && given(options, "stream") && given(options, "filename"))
    throw invalid("stream and filename are both given; give one of them");
  for (const key of ["stream", "filename", "filemode"] as const) {
    if (handlers && given(options, key)) throw invalid(`handlers and ${key} are both given; give ${key} to the handler itself`);
  }
  for (const key of ["format", "datefmt", "style"] as const) {
    if (given(options, "formatter") && options.formatter !== null && given(options, key))
      throw invalid(`formatter and ${key} are both given; give one of them`);
  }
};

const formatterOf = (options: BasicConfigOptions): { format(record: never): string } => {
  if (options.formatter !== undefined && options.formatter !== null) return options.formatter;
  const style = options.style ?? "%";
  if (!Object.hasOwn(BASIC_FORMAT, style)) throw invalid(`style is ${JSON.stringify(style)}; give one of %, {, $`);
  const format = options.format === undefined ? BASIC_FORMAT[style] : options.format;
  return new Formatter(format ?? undefined, { style, ...(typeof options.datefmt === "string" ? { datefmt: options.datefmt } : {}) });
};

const handlersOf = (options: BasicConfigOptions): readonly HandlerLike[] => {
  if (options.handlers !== undefined && options.handlers !== null) {
    const handlers = [...options.handlers];
    const wrong = handlers.findIndex((handler) => attempt(() => typeof handler.handle !== "function", true));
    if (wrong !== -1) throw invalid(`handlers[${wrong}] is no handler; give objects with handle(record)`);
    return handlers;
  }
  if (options.filename !== undefined && options.filename !== "") return [fileHandler(options.filename, options)];
  return [new StreamHandler(options.stream ?? undefined)];
};

type FileHandlerClass = new (filename: string | URL, options: Readonly<Record<string, unknown>>) => HandlerLike;

const fileHandler = (filename: string | URL, options: BasicConfigOptions): HandlerLike => {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = requirePackage("file", "FileHandler");
  } catch (error) {
    if (!(error instanceof LoggingError)) throw error;
    throw new LoggingError(
      error.code,
      `basicConfig({ filename }): ${error.message}; or give handlers: [new FileHandler(${JSON.stringify(String(filename))})]`,
      { cause: error.cause },
    );
  }
  const FileHandler = exported["FileHandler"] as FileHandlerClass;
  return new FileHandler(filename, {
    mode: options.filemode ?? "a",
    ...(options.encoding === undefined || options.encoding === null ? {} : { encoding: options.encoding }),
    ...(options.errors === undefined || options.errors === null ? {} : { errors: options.errors }),
  });
};

/** Gives a handler the formatter unless it has its own. */
const dress = (handler: HandlerLike, formatter: { format(record: never): string }): void => {
  const own = handler as HandlerLike & { formatter?: unknown; setFormatter?: (formatter: unknown) => void };
  if (own.formatter === undefined || own.formatter === null) own.setFormatter?.(formatter);
};
