import {
  attempt,
  checkOneOf,
  checkOptions,
  type FormatterLike,
  LoggingError,
  type LogRecord,
  type OptionNames,
  show,
} from "@cordwood/core";
import { checkTimeZone } from "./check-time-zone.js";
import { errorForm } from "./json/error-form.js";
import { DEFAULT_LIMITS } from "./json/limits.js";
import { utf8Length } from "./json/quote.js";
import { type JsonTime, RecordTime } from "./json/record-time.js";
import { Serializer } from "./json/serialize.js";
import { visible } from "./pretty/value-view.js";

/** A column: the name of an attribute or field, or a title with a function that gives its value. */
export type CsvColumn = string | { readonly title: string; readonly value: (record: LogRecord) => unknown };

export interface CsvFormatterOptions {
  /** The columns. `time`, `level`, `name`, `message`, `error` and `fields` (what has no column, as JSON) are known; another name is an attribute of the record, else a field. Default those six. */
  readonly columns?: readonly CsvColumn[];
  /** What stands between cells. Default `","`. */
  readonly delimiter?: "," | ";" | "\t" | "|";
  /** Whether a cell that a spreadsheet would take for a formula gets a `'` in front. Default `"escape"`. Numbers are left alone. */
  readonly formulas?: "escape" | "keep";
  /** How the time is written. Default `"iso"`. */
  readonly time?: JsonTime;
  /** The zone of `"iso"` times: `"utc"`, `"local"`, or an IANA name. Default `"utc"`. */
  readonly timeZone?: string;
}

const OPTIONS: OptionNames<CsvFormatterOptions> = { columns: true, delimiter: true, formulas: true, time: true, timeZone: true };
const COLUMNS: readonly CsvColumn[] = ["time", "level", "name", "message", "error", "fields"];

/**
 * What makes a cell a formula in Excel, LibreOffice or Google Sheets (OWASP, CSV injection): = + - @, also full-width, after blanks and what
 * does not show, and a tab or line end at the beginning.
 */
const FORMULA = /^[\s\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff'"]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]/;

/** One record, one line of CSV (RFC 4180) without its end; line ends inside a cell are shown as `\n`. `header()` is the first line of a file. */
export class CsvFormatter implements FormatterLike {
  /** Attributes of the record that are read; a handler that keeps records finds the call site first when it is among them. */
  readonly uses: readonly string[];
  readonly #columns: readonly CsvColumn[];
  readonly #named: ReadonlySet<string>;
  readonly #delimiter: string;
  readonly #guard: boolean;
  readonly #time: RecordTime;

  /** @throws LoggingError for an unknown option or a column that is none. */
  constructor(options: CsvFormatterOptions = {}) {
    const owner = "CsvFormatter";
    checkOptions(owner, options, OPTIONS);
    this.#columns = options.columns ?? COLUMNS;
    if (!Array.isArray(this.#columns) || this.#columns.length === 0)
      throw new LoggingError("OPTION_INVALID", `${owner}: columns is ${show(options.columns)}; give a list of at least one column`);
    for (const column of this.#columns) {
      const valid = typeof column === "string" ? column !== "" : typeof column?.title === "string" && typeof column.value === "function";
      if (!valid)
        throw new LoggingError(
          "OPTION_INVALID",
          `${owner}: columns holds ${show(column)}; give a name, or { title, value: (record) => … }`,
        );
      if (typeof column === "object") checkOptions(`${owner}: a column`, column, { title: true, value: true });
    }
    this.uses = this.#columns.filter((column) => typeof column === "string");
    this.#named = new Set(this.#columns.map((column) => (typeof column === "string" ? column : column.title)));
    this.#delimiter = checkOneOf(owner, "delimiter", options.delimiter ?? ",", [",", ";", "\t", "|"] as const);
    this.#guard = checkOneOf(owner, "formulas", options.formulas ?? "escape", ["escape", "keep"] as const) === "escape";
    const time = checkOneOf<JsonTime>(owner, "time", options.time ?? "iso", ["iso", "epoch-ms", "epoch-s", "nanoseconds"]);
    this.#time = new RecordTime(time, checkTimeZone(owner, options.timeZone ?? "utc"));
  }

  /** The titles of the columns as a line. */
  header(): string {
    return this.#columns.map((column) => this.#cell(typeof column === "string" ? column : column.title)).join(this.#delimiter);
  }

  format(record: LogRecord): string {
    const line = this.#row(record, DEFAULT_LIMITS.maxStringLength);
    // A character takes three bytes at most, and is shown by six.
    if (line.length * 3 <= DEFAULT_LIMITS.maxRecordBytes || utf8Length(line) <= DEFAULT_LIMITS.maxRecordBytes) return line;
    return this.#row(record, Math.floor(DEFAULT_LIMITS.maxRecordBytes / this.#columns.length / 8));
  }

  #row(record: LogRecord, longest: number): string {
    const values = this.#columns.map((column) => attempt(() => this.#value(column, record), "[Throws]"));
    return values.map((value) => this.#cell(value, longest)).join(this.#delimiter);
  }

  #value(column: CsvColumn, record: LogRecord): unknown {
    if (typeof column !== "string") return column.value(record);
    switch (column) {
      case "time":
        return this.#time.quoted ? this.#time.of(record.created) : Number(this.#time.of(record.created));
      case "level":
        return record.levelname;
      case "message":
        return record.message;
      case "error":
        return record.error === undefined ? record.excText : (errorForm(record.error)["stack"] ?? errorForm(record.error)["message"]);
      case "fields":
        return this.#rest(record.extra);
      default: {
        const attribute = column in record ? (record as unknown as Record<string, unknown>)[column] : undefined;
        return attribute === undefined && Object.hasOwn(record.extra, column) ? record.extra[column] : attribute;
      }
    }
  }

  #rest(extra: Readonly<Record<string, unknown>>): string {
    const rest: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(extra)) if (!this.#named.has(key)) rest[key] = extra[key];
    return Object.keys(rest).length === 0 ? "" : new Serializer().value(rest);
  }

  #cell(value: unknown, most: number = DEFAULT_LIMITS.maxStringLength): string {
    if (value === null || value === undefined) return "";
    if (typeof value === "number" || typeof value === "boolean") return `${value}`;
    const raw = typeof value === "string" ? value : new Serializer().value(value);
    const whole = raw.length > most ? `${raw.slice(0, most)}…[cut: ${raw.length} characters]` : raw;
    const guarded = this.#guard && FORMULA.test(whole) ? `'${whole}` : whole;
    const text = visible(
      guarded
        .replaceAll("\r", "\\r")
        .replaceAll("\n", "\\n")
        .replaceAll("\t", this.#delimiter === "\t" ? " " : "\t"),
    );
    return text.includes('"') || text.includes(this.#delimiter) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
}
