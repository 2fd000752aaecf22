import type { FilterLike, FormatterLike } from "@cordwood/core";
import type { OfficialFilter, OfficialFormatter } from "./document-formatters.js";
import type { OfficialHandler } from "./document-handlers.js";

/** A value that is looked up: in the document, among what was handed in, or in the environment (files only). */
export type Reference = `cfg://${string}` | `ext://${string}` | `${string}\${${string}`;

/** A level's number or name. Names that `addLevelName` made are taken as well; write them as `name as LevelName`. */
export type LevelName = "CRITICAL" | "FATAL" | "ERROR" | "WARNING" | "WARN" | "INFO" | "DEBUG" | "TRACE" | "NOTSET";

type Snake<Key extends string> = Key extends `${infer Head}${infer Rest}`
  ? `${Head extends Uppercase<Head> ? (Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`) : Head}${Snake<Rest>}`
  : Key;

/**
 * Options by our names and by Python's; each may be a reference. Two mistakes that the loader and the schema notice a type cannot: an option
 * given in both spellings, and an unknown key of a formatter or filter that names no class.
 */
export type Options<T> = { readonly [K in keyof T]: T[K] | Reference } & {
  readonly [K in keyof T as K extends string ? Snake<K> : never]?: T[K] | Reference;
};

/** Attributes that are set after construction, as they stand. */
export interface Attributes {
  readonly "."?: Readonly<Record<string, unknown>> | null;
}

/** What makes something: a class of the program's own, or a function. */
export type Factory = (new (...args: never[]) => unknown) | ((...args: never[]) => unknown);

type Bare<Name extends string> = Name extends `${string}.${infer Rest}` ? Bare<Rest> : Name;

/** All names of a class: ours, with and without its package, and Python's in full, bare, and as INI files have them. */
export type NamesOf<Name extends string, Package extends string, Python extends string = never> =
  | Name
  | `@cordwood/${Package}.${Name}`
  | Python
  | Bare<Python>
  | (Python extends `logging.${infer Rest}` ? Rest : never);

/** Named by `class`, or by `()` as a factory. */
export type By<Names> = { readonly class: Names; readonly "()"?: never } | { readonly "()": Names; readonly class?: never };

/** What every handler may have. */
export interface HandlerCommon extends Attributes {
  readonly level?: LevelName | number | Reference | null;
  /** Name of a formatter of the document. */
  readonly formatter?: string | null;
  /** Names of filters of the document, or filters. */
  readonly filters?: readonly (string | FilterLike)[] | Reference | null;
}

/** Something of the program's own, named by `class`: every other key is for its constructor. */
export interface OwnClass<Names> {
  readonly [option: string]: unknown;
  readonly class: Names;
  readonly "()"?: never;
}

/** Something of the program's own, named by `()`. */
export interface OwnFactory<Names> {
  readonly [option: string]: unknown;
  readonly "()": Names;
  readonly class?: never;
}

type Own<Names> = OwnClass<Names> | OwnFactory<Names>;

/** One entry of `handlers`. */
export type HandlerDocument<Custom extends string = never> = OfficialHandler<Custom> | Own<Custom | Factory>;

/** One entry of `formatters`. */
export type FormatterDocument<Custom extends string = never> = OfficialFormatter | Own<Custom | Factory | FormatterLike>;

/** One entry of `filters`. */
export type FilterDocument<Custom extends string = never> = OfficialFilter | Own<Custom | Factory | FilterLike>;

/** One entry of `loggers`. */
export interface LoggerDocument {
  readonly level?: LevelName | number | Reference | null;
  readonly propagate?: boolean | 0 | 1 | Reference | null;
  readonly handlers?: readonly string[] | Reference | null;
  readonly filters?: readonly (string | FilterLike)[] | Reference | null;
  /** The logger's name once more, as Gunicorn has it. */
  readonly qualname?: string;
}

/** What every document may have. */
interface DocumentCommon {
  /** For editors: `"./node_modules/@cordwood/config/dist/schema.json"`. */
  readonly $schema?: string;
  readonly version: 1;
  /** Files whose documents this one is laid over; only in files. */
  readonly extends?: string | readonly string[];
  /** Whether loggers that exist and are not named are switched off. Default `true`, as in Python. */
  readonly disable_existing_loggers?: boolean | 0 | 1 | Reference;
  readonly disableExistingLoggers?: boolean | 0 | 1 | Reference;
  readonly loggers?: Readonly<Record<string, LoggerDocument>>;
  readonly root?: Omit<LoggerDocument, "qualname"> | null;
  /** Anything that `cfg://` refers to goes under keys that begin with `x-`. */
  readonly [own: `x-${string}`]: unknown;
}

/** A document that says all there is. */
export interface FullDocument<Custom extends string = never> extends DocumentCommon {
  readonly incremental?: false | 0 | Reference;
  readonly formatters?: Readonly<Record<string, FormatterDocument<Custom>>>;
  readonly filters?: Readonly<Record<string, FilterDocument<Custom>>>;
  readonly handlers?: Readonly<Record<string, HandlerDocument<Custom>>>;
}

/**
 * A document that changes levels and `propagate` of what exists, and nothing else. Formatters and filters that it has all the same are not
 * looked at when it is applied; here they are written as in a full one.
 */
export interface IncrementalDocument<Custom extends string = never> extends DocumentCommon {
  readonly incremental: true | 1;
  readonly formatters?: Readonly<Record<string, FormatterDocument<Custom>>>;
  readonly filters?: Readonly<Record<string, FilterDocument<Custom>>>;
  readonly handlers?: Readonly<Record<string, { readonly level?: HandlerCommon["level"]; readonly class?: string }>>;
}

/**
 * A logging configuration: Python's dictConfig schema, version 1. Keys may be spelt in Python's way or in camelCase, at every depth.
 * @typeParam Custom names of the program's own classes that the document uses.
 */
export type LoggingConfig<Custom extends string = never> = FullDocument<Custom> | IncrementalDocument<Custom>;
