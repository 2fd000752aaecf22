import {
  checkNumber,
  checkOneOf,
  checkOptions,
  type FormatterLike,
  isError,
  isPlainObject,
  LoggingError,
  type LogRecord,
  type OptionNames,
  show,
} from "@cordwood/core";
import { checkTimeZone } from "./check-time-zone.js";
import { errorForm } from "./json/error-form.js";
import { DEFAULT_LIMITS } from "./json/limits.js";
import { readField, thrown } from "./json/placeholder.js";
import { escapeText, utf8Length } from "./json/quote.js";
import { type JsonTime, RecordTime } from "./json/record-time.js";
import { Serializer } from "./json/serialize.js";

export interface LogfmtFormatterOptions {
  /** How the time is written. Default `"iso"`. */
  readonly time?: JsonTime;
  /** The zone of `"iso"` times: `"utc"`, `"local"`, or an IANA name. Default `"utc"`. */
  readonly timeZone?: string;
  /** Other names for `time`, `level`, `name`, `msg` and `error`. Default none. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Attributes of the record to add, such as `["pathname", "lineno"]`. Default none. */
  readonly attributes?: readonly string[];
  /** Fields that every record carries. Default none. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Levels of nesting written as `a.b.c=…`; deeper ones are JSON in a value. Default 8. */
  readonly maxDepth?: number;
  /** Keys of one object. Default 1 000. */
  readonly maxKeys?: number;
  /** Characters of one value. Default 65 536. */
  readonly maxStringLength?: number;
  /** Bytes of the whole line. Default 262 144, at least 4 096. */
  readonly maxRecordBytes?: number;
}

const OPTIONS: OptionNames<LogfmtFormatterOptions> = {
  time: true,
  timeZone: true,
  rename: true,
  attributes: true,
  fields: true,
  maxDepth: true,
  maxKeys: true,
  maxStringLength: true,
  maxRecordBytes: true,
};
const NAMES = ["time", "level", "name", "msg", "error"] as const;
const MOST_KEYS = 4_096;
/** Characters kept for keys and marks, so that values cannot push them out. */
const HEAD_ROOM = 2_048;
/** Everything that a reader might take for the end of a value, and everything that JSON escapes. */
const NEEDS_QUOTES = /[\s"=\\\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/;
const NO_KEY = /[\s"=\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

type Taken = Pick<ReadonlySet<string>, "has">;

/** One record, one line of `key=value`; nested objects have their keys joined by dots. What it writes, `parseLogfmt` reads back. */
export class LogfmtFormatter implements FormatterLike {
  /** Attributes of the record that are read; a handler that keeps records finds the call site first when it is among them. */
  readonly uses: readonly string[];
  readonly #options: LogfmtFormatterOptions;
  readonly #time: RecordTime;
  readonly #names: Readonly<Record<(typeof NAMES)[number], string>>;
  readonly #taken: ReadonlySet<string>;
  readonly #takenWithoutError: ReadonlySet<string>;
  readonly #constants: string;
  readonly #maxDepth: number;
  readonly #maxKeys: number;
  readonly #maxRecord: number;
  readonly #serializer: Serializer;
  readonly #keys = new Map<string, string>();
  readonly #path: object[] = [];
  #busy = false;

  /** @throws LoggingError for an unknown option or a value out of range. */
  constructor(options: LogfmtFormatterOptions = {}) {
    const owner = "LogfmtFormatter";
    checkOptions(owner, options, OPTIONS);
    this.#options = options;
    this.uses = [...(options.attributes ?? [])];
    const time = checkOneOf<JsonTime>(owner, "time", options.time ?? "iso", ["iso", "epoch-ms", "epoch-s", "nanoseconds"]);
    this.#time = new RecordTime(time, checkTimeZone(owner, options.timeZone ?? "utc"));
    this.#maxDepth = checkNumber(owner, "maxDepth", options.maxDepth ?? DEFAULT_LIMITS.maxDepth, 1, 32);
    this.#maxKeys = checkNumber(owner, "maxKeys", options.maxKeys ?? DEFAULT_LIMITS.maxKeys, 1, 1_000_000);
    this.#maxRecord = checkNumber(owner, "maxRecordBytes", options.maxRecordBytes ?? DEFAULT_LIMITS.maxRecordBytes, 4_096, 67_108_864);
    const maxStringLength = checkNumber(
      owner,
      "maxStringLength",
      options.maxStringLength ?? DEFAULT_LIMITS.maxStringLength,
      16,
      16_777_216,
    );
    this.#serializer = new Serializer({
      maxDepth: this.#maxDepth,
      maxKeys: this.#maxKeys,
      maxStringLength,
      maxRecordBytes: this.#maxRecord,
    });
    for (const key of Object.keys(options.rename ?? {})) checkOneOf(owner, "a key of rename", key, NAMES);
    this.#names = { time: "time", level: "level", name: "name", msg: "msg", error: "error", ...options.rename };
    const fixed = [...Object.values(this.#names), ...(options.attributes ?? []), ...Object.keys(options.fields ?? {})];
    for (const name of fixed) {
      if (name === "" || name !== keyText(name))
        throw new LoggingError("OPTION_INVALID", `${owner}: ${show(name)} is no key of logfmt; leave out blanks, = and quotes`);
      if (fixed.indexOf(name) !== fixed.lastIndexOf(name))
        throw new LoggingError("OPTION_INVALID", `${owner}: two keys would be called "${name}"; rename one of them`);
    }
    this.#taken = new Set(fixed);
    this.#takenWithoutError = new Set(fixed.filter((name) => name !== this.#names.error));
    this.#serializer.begin(this.#maxRecord);
    this.#constants = options.fields === undefined ? "" : this.#members("", options.fields, "", 0, NONE);
  }

  format(record: LogRecord): string {
    if (record.layout === this) return record.text;
    // A getter that logs comes back here in the middle of a record.
    if (this.#busy) return another(this.#options).format(record);
    this.#busy = true;
    try {
      const text = this.#write(record);
      record.layout = this;
      record.text = text;
      return text;
    } finally {
      this.#busy = false;
    }
  }

  #write(record: LogRecord): string {
    const text = this.#line(record, this.#maxRecord);
    // A character takes three bytes at most, so a text this short needs no counting.
    if (text.length * 3 <= this.#maxRecord || utf8Length(text) <= this.#maxRecord) return text;
    return this.#line(record, Math.floor(this.#maxRecord / 3));
  }

  #line(record: LogRecord, room: number): string {
    const names = this.#names;
    this.#serializer.begin(room - Math.min(HEAD_ROOM, room >> 2));
    const message = this.#text(record.message);
    let text = `${names.time}=${this.#time.of(record.created)} ${names.level}=${this.#text(record.levelname)} ${names.name}=${this.#text(record.name)} ${names.msg}=${message}${this.#constants}`;
    for (const attribute of this.#options.attributes ?? []) {
      const value = readField(record, attribute);
      if (value != null) text += ` ${attribute}=${this.#value(value)}`;
    }
    const fields = fieldsOf(record);
    if (fields !== undefined) text = this.#members(text, fields, "", 0, this.#takenBy(record));
    if (record.error !== undefined) text = this.#error(text, names.error, record.error, 1);
    else if (record.excText != null) text += ` ${names.error}.stack=${this.#text(record.excText)}`;
    if (record.stackInfo != null) text += ` stackInfo=${this.#text(record.stackInfo)}`;
    return text;
  }

  /** Names that a field may not have, because a part of the record goes by them. */
  #takenBy(record: LogRecord): Taken {
    const { error } = this.#names;
    if (record.error === undefined && record.excText == null && record.stackInfo == null) return this.#takenWithoutError;
    const withError = record.error !== undefined || record.excText != null;
    const taken = withError ? this.#taken : this.#takenWithoutError;
    return {
      has: (name) => taken.has(name) || (withError && name.startsWith(`${error}.`)) || (record.stackInfo != null && name === "stackInfo"),
    };
  }

  #members(text: string, source: object, prefix: string, depth: number, taken: Taken): string {
    this.#path[depth] = source;
    let result = text;
    let count = 0;
    let keys: string[];
    try {
      keys = Object.keys(source);
    } catch (error) {
      return `${result} ${prefix}…=${this.#text(thrown(error))}`;
    }
    for (const name of keys) {
      if (count++ === this.#maxKeys) return `${result} ${prefix}…=${this.#text(`${keys.length - this.#maxKeys} more keys`)}`;
      if (this.#serializer.left < 0) return `${result} ${prefix}…=${this.#text(`cut: the record is over ${this.#maxRecord} bytes`)}`;
      const value = readField(source, name);
      if (value === undefined) continue;
      const key = prefix + (taken.has(name) ? `extra.${name}` : this.#key(name));
      if (typeof value === "string") result = `${result} ${key}=${this.#text(value)}`;
      else if (typeof value === "object" && value !== null) result = this.#object(result, key, value, depth + 1);
      else result = `${result} ${key}=${this.#value(value)}`;
      this.#serializer.left -= key.length + 2;
    }
    return result;
  }

  #object(text: string, key: string, value: object, depth: number): string {
    if (this.#path.indexOf(value) >= 0 && this.#path.indexOf(value) < depth) return `${text} ${key}=[Circular]`;
    if (isError(value)) return this.#error(text, key, value, depth);
    if (depth <= this.#maxDepth && isPlainObject(value) && typeof readField(value, "toJSON") !== "function") {
      const result = this.#members(text, value, `${key}.`, depth, NONE);
      return result === text ? `${text} ${key}={}` : result;
    }
    return `${text} ${key}=${this.#value(value)}`;
  }

  #error(text: string, key: string, error: unknown, depth: number): string {
    return depth > this.#maxDepth ? `${text} ${key}=${this.#value(error)}` : this.#members(text, errorForm(error), `${key}.`, depth, NONE);
  }

  /** Anything but a plain object: the text of a JSON text, or JSON. */
  #value(value: unknown): string {
    const json = this.#serializer.value(value, 1);
    if (!json.startsWith('"')) return quoted(json);
    const inner = json.slice(1, -1);
    return inner === "" || NEEDS_QUOTES.test(inner) ? json : inner;
  }

  #text(value: unknown): string {
    if (typeof value !== "string") return this.#value(value);
    const safe = this.#serializer.text(value);
    return safe === "" || safe !== value || NEEDS_QUOTES.test(safe) ? `"${safe}"` : safe;
  }

  #key(name: string): string {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = keyText(name);
    if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}

const NONE: ReadonlySet<string> = new Set();

// Outside of the class: a class that speaks of itself loses its name when it is built.
const another = (options: LogfmtFormatterOptions): LogfmtFormatter => new LogfmtFormatter(options);

/** The fields of a record, without merging what needs no merging. */
function fieldsOf(record: LogRecord): object | undefined {
  const { context, bound, fields } = record;
  if (context === undefined) {
    if (bound === undefined) return fields;
    if (fields === undefined) return bound;
  }
  return record.extra;
}

const quoted = (text: string): string => (text === "" || NEEDS_QUOTES.test(text) ? `"${escapeText(text)}"` : text);

/** A name as a key: what would end a key is `_`. */
const keyText = (name: string): string => (name === "" ? "_" : name.slice(0, 256).replace(NO_KEY, "_"));
