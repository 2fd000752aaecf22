import type { Attributes, By, Factory, LevelName, NamesOf, Options, Reference } from "./document.js";

type Flag = boolean | 0 | 1;
type Hook = Factory | Reference | null;
type ByName<T> = Readonly<Record<string, T>> | null;

interface TextKeys {
  readonly format?: string | null;
  readonly fmt?: string | null;
  readonly datefmt?: string | null;
  readonly style?: "%" | "{" | "$";
  readonly validate?: Flag;
  readonly defaults?: ByName<unknown>;
  readonly timeZone?: string;
  readonly controlCharacters?: "escape" | "raw";
  readonly multiline?: "keep" | "escape";
}

interface LimitKeys {
  readonly maxDepth?: number;
  readonly maxKeys?: number;
  readonly maxStringLength?: number;
}

interface TimeKeys {
  readonly time?: "iso" | "epoch-ms" | "epoch-s" | "nanoseconds";
  readonly timeZone?: string;
}

interface JsonKeys extends LimitKeys, TimeKeys {
  readonly preset?: "cordwood" | "pino" | "ecs" | "gcp" | "otel" | "bunyan" | "python";
  readonly rename?: ByName<string>;
  readonly omit?: readonly string[];
  readonly attributes?: readonly string[];
  readonly fields?: ByName<unknown>;
  readonly fieldsKey?: string;
  readonly serializers?: ByName<Factory | Reference>;
  readonly service?: ByName<string>;
  readonly projectId?: string;
  readonly maxRecordBytes?: number;
}

interface LogfmtKeys extends LimitKeys, TimeKeys {
  readonly rename?: Options<LogfmtNames> | null;
  readonly attributes?: readonly string[];
  readonly fields?: ByName<unknown>;
  readonly maxRecordBytes?: number;
}

interface LogfmtNames {
  readonly time?: string;
  readonly level?: string;
  readonly name?: string;
  readonly msg?: string;
  readonly error?: string;
}

interface PrettyKeys extends LimitKeys {
  readonly color?: "auto" | boolean;
  readonly theme?: "auto" | "dark" | "light";
  readonly stream?: "stdout" | "stderr";
  readonly width?: number;
  readonly time?: "time" | "date-time" | "iso" | "since-last" | "none";
  readonly timeZone?: string;
  readonly nameWidth?: number;
  readonly fields?: "auto" | "after" | "below";
  readonly stack?: "trimmed" | "full" | "none";
  readonly sourceLines?: number;
  readonly output?: "auto" | "terminal" | "browser";
}

interface CsvKeys extends TimeKeys {
  readonly columns?: readonly (string | Options<ColumnKeys>)[];
  readonly delimiter?: "," | ";" | "\t" | "|";
  readonly formulas?: "escape" | "keep";
}

interface ColumnKeys {
  readonly title: string;
  readonly value: Factory;
}

type Entry<Keys, Names> = Options<Keys> & Attributes & Names;
type Unnamed = { readonly class?: never; readonly "()"?: never };

/** A formatter of one of the official classes; the one that names none is Python's. */
export type OfficialFormatter =
  | Entry<TextKeys, By<NamesOf<"Formatter", "formatters", "logging.Formatter">> | Unnamed>
  | Entry<JsonKeys, By<NamesOf<"JsonFormatter", "formatters">>>
  | Entry<LogfmtKeys, By<NamesOf<"LogfmtFormatter", "formatters">>>
  | Entry<PrettyKeys, By<NamesOf<"PrettyFormatter", "formatters">>>
  | Entry<CsvKeys, By<NamesOf<"CsvFormatter", "formatters">>>;

interface RedactKeys {
  readonly keys?: readonly (string | RegExp)[];
  readonly paths?: readonly string[];
  readonly patterns?: readonly (Pattern | RegExp | Reference)[];
  readonly mode?: "remove" | "mask" | Options<{ readonly hmac: string | Uint8Array }>;
  readonly mask?: string;
}

type Pattern = "authorization" | "jwt" | "tokens" | "cards" | "pem" | "url-credentials" | "assignments" | "emails";

interface LimitingKeys {
  readonly alwaysFrom?: LevelName | number;
  readonly by?: Hook;
  readonly field?: string;
}

interface RateLimitKeys extends LimitingKeys {
  readonly limit: number;
  readonly windowMs?: number;
  readonly maxKeys?: number;
}

interface SamplingKeys extends LimitingKeys {
  readonly rate: number;
}

interface RepeatKeys {
  readonly by?: Hook;
  readonly field?: string;
  readonly windowMs?: number;
  readonly maxKeys?: number;
}

/** A filter of one of the official classes; the one that names none is Python's. */
export type OfficialFilter =
  | Entry<{ readonly name?: string }, By<NamesOf<"Filter", "core", "logging.Filter">> | Unnamed>
  | Entry<RedactKeys, By<NamesOf<"RedactFilter", "formatters">>>
  | Entry<RateLimitKeys, By<NamesOf<"RateLimitFilter", "filters">>>
  | Entry<SamplingKeys, By<NamesOf<"SamplingFilter", "filters">>>
  | Entry<RepeatKeys, By<NamesOf<"RepeatFilter", "filters">>>;
