import {
  checkOneOf,
  checkOptions,
  errorText,
  type FormatterLike,
  LoggingError,
  type LogRecord,
  type OptionNames,
  show,
} from "@cordwood/core";
import { validateBraces } from "./brace-style.js";
import { type Layout, layoutOf, mentionsTime, type Style } from "./layout.js";
import { validatePercent } from "./percent-style.js";
import { validateTemplate } from "./template-style.js";
import { timeZoneOf } from "./time-zone.js";

export interface FormatterOptions {
  /** Format of `asctime`, as for `strftime`; it has no fraction of a second. Default: `2003-07-08 16:49:45,896`. */
  readonly datefmt?: string | null | undefined;
  /** How the format names its fields: `%(name)s`, `{name}` or `$name`. Default `"%"`. */
  readonly style?: Style | undefined;
  /** Whether the constructor throws for a format that is broken or names no field. Default `true`; otherwise `format` throws. */
  readonly validate?: boolean | undefined;
  /** Values of fields that a record lacks. What a record has wins. Default none. */
  readonly defaults?: Readonly<Record<string, unknown>> | null | undefined;
  /** Zone of `asctime`: `"local"`, `"utc"` or an IANA name such as `"Europe/Berlin"`. Default `"local"`. */
  readonly timeZone?: string | undefined;
  /**
   * What becomes of terminal control characters in values (message, names, fields, error and stack text): `"escape"` shows them as `\x1b`,
   * `"raw"` leaves them. Tab and newline always stay, and so do the literals of the format. Default `"escape"`.
   */
  readonly controlCharacters?: "escape" | "raw" | undefined;
  /** `"escape"` shows line ends in values as `\n` and puts error and stack on the same line: one record, one line. Default `"keep"`. */
  readonly multiline?: "keep" | "escape" | undefined;
}

const DEFAULT_FORMATS: Readonly<Record<Style, string>> = { "%": "%(message)s", "{": "{message}", $: `\${message}` };
const VALIDATORS: Readonly<Record<Style, (fmt: string) => void>> = { "%": validatePercent, "{": validateBraces, $: validateTemplate };

const OPTIONS: OptionNames<FormatterOptions> = {
  datefmt: true,
  style: true,
  validate: true,
  defaults: true,
  timeZone: true,
  controlCharacters: true,
  multiline: true,
};

/**
 * Makes text of a record by a format string, byte for byte as Python's `logging.Formatter` does, but for control characters in values.
 * Every step can be overridden in a subclass or on an instance; a formatter with nothing overridden makes the text of a record only once for
 * all formatters with the same options.
 */
export class Formatter implements FormatterLike {
  /** The format in use. */
  readonly fmt: string;
  /** Format of `asctime`; empty or `null`: the two defaults below. */
  datefmt: string | null;
  /** Format of `asctime` when there is no `datefmt`. */
  defaultTimeFormat = "%Y-%m-%d %H:%M:%S";
  /** How milliseconds are put to it: `%s` takes the time, a number conversion the milliseconds; `null`: none. */
  defaultMsecFormat: string | null = "%s,%03d";
  readonly #style: Style;
  readonly #defaults: Readonly<Record<string, unknown>> | undefined;
  readonly #timeZone: string;
  readonly #controlCharacters: "escape" | "raw";
  readonly #multiline: "keep" | "escape";
  #layout: Layout | undefined;
  /** What the layout was made for: these may be assigned at any time. */
  #datefmt: string | null = "";
  #timeFormat = "";
  #msecFormat: string | null = "";

  /**
   * @param fmt The format; `null` or empty: the message alone.
   * @throws LoggingError for an unknown option, style or time zone, and for a format that is broken or names no field, unless `validate` is off.
   */
  constructor(fmt?: string | null, options: FormatterOptions = {}) {
    checkFormatterOptions(fmt, options);
    const style = options.style ?? "%";
    this.fmt = fmt || DEFAULT_FORMATS[style];
    this.datefmt = options.datefmt ?? null;
    this.#style = style;
    this.#defaults = options.defaults ?? undefined;
    this.#timeZone = options.timeZone ?? "local";
    this.#controlCharacters = options.controlCharacters ?? "escape";
    this.#multiline = options.multiline ?? "keep";
    timeZoneOf(this.#timeZone);
    if (options.validate ?? true) VALIDATORS[style](this.fmt);
  }

  /** The whole text of a record: its line, then error and stack, each on a line of its own. */
  format(record: LogRecord): string {
    if (this.#overridden()) return this.#stepwise(record);
    const layout = this.#current(this.datefmt);
    if (record.layout === layout) return record.text;
    const text = layout.format(record);
    record.text = text;
    record.layout = layout;
    return text;
  }

  /** The line last written by `encode`; there is room for one byte behind it. */
  get encoded(): Uint8Array | undefined {
    return this.#layout?.encoded;
  }

  /**
   * The text of a record as UTF-8, at the start of `encoded` until the next call: for handlers that write bytes.
   * @returns its length in bytes, or −1 where `format` has to be asked: for errors, long or unusual values, and formats with something after the
   * message, among others.
   */
  encode(record: LogRecord): number {
    if (this.#overridden()) return -1;
    return this.#current(this.datefmt).encode(record);
  }

  /** The text of a record's time. Called with `datefmt` by `format`, if the format uses the time. */
  formatTime(record: LogRecord, datefmt?: string | null): string {
    return this.#current(datefmt ?? null).timeText(record);
  }

  /** The text of a thrown value: its stack, its causes, the members of an `AggregateError`. */
  formatException(error: unknown): string {
    return errorText(error);
  }

  /** The text of `stackInfo`. */
  formatStack(text: string): string {
    return text;
  }

  /** The line of a record, without error and stack. */
  formatMessage(record: LogRecord): string {
    return this.#current(this.datefmt).line(record);
  }

  /** Whether the format mentions the time. */
  usesTime(): boolean {
    return mentionsTime(this.fmt, this.#style);
  }

  /** Whether a subclass, an instance or someone's patch has its own way of doing any step. */
  #overridden(): boolean {
    return (
      this.format !== STANDARD.format ||
      this.formatTime !== STANDARD.formatTime ||
      this.formatMessage !== STANDARD.formatMessage ||
      this.formatException !== STANDARD.formatException ||
      this.formatStack !== STANDARD.formatStack ||
      this.usesTime !== STANDARD.usesTime
    );
  }

  /** The steps one by one, in Python's order. */
  #stepwise(record: LogRecord): string {
    if (this.usesTime()) {
      // The text remembered by another formatter had another time.
      record.layout = undefined;
      record.asctime = this.formatTime(record, this.datefmt);
    }
    const layout = this.#current(this.datefmt);
    const line = this.formatMessage(record);
    const error = record.excText || (record.error === undefined ? "" : this.formatException(record.error));
    const stack = record.stackInfo ? this.formatStack(record.stackInfo) : "";
    return layout.withParts(line, error, stack);
  }

  #current(datefmt: string | null): Layout {
    const { defaultTimeFormat, defaultMsecFormat } = this;
    if (
      this.#layout !== undefined &&
      datefmt === this.#datefmt &&
      defaultTimeFormat === this.#timeFormat &&
      defaultMsecFormat === this.#msecFormat
    ) {
      return this.#layout;
    }
    this.#datefmt = datefmt;
    this.#timeFormat = defaultTimeFormat;
    this.#msecFormat = defaultMsecFormat;
    this.#layout = layoutOf({
      fmt: this.fmt,
      style: this.#style,
      datefmt: datefmt ?? "",
      defaultTimeFormat,
      defaultMsecFormat: defaultMsecFormat ?? "",
      timeZone: this.#timeZone,
      controlCharacters: this.#controlCharacters,
      multiline: this.#multiline,
      defaults: this.#defaults,
    });
    return this.#layout;
  }
}

/** The methods as they are written here, whatever anybody does to the prototype later. */
const STANDARD = /* @__PURE__ */ (() => {
  const { format, formatTime, formatMessage, formatException, formatStack, usesTime } = Formatter.prototype;
  return { format, formatTime, formatMessage, formatException, formatStack, usesTime };
})();

function checkFormatterOptions(fmt: unknown, options: FormatterOptions): void {
  if (fmt !== undefined && fmt !== null && typeof fmt !== "string") refuse("the format", fmt, '"%(levelname)s %(message)s" or the like');
  checkOptions("Formatter", options, OPTIONS);
  const { datefmt, style = "%", defaults, controlCharacters = "escape", multiline = "keep" } = options;
  checkOneOf("Formatter", "style", style, ["%", "{", "$"]);
  checkOneOf("Formatter", "controlCharacters", controlCharacters, ["escape", "raw"]);
  checkOneOf("Formatter", "multiline", multiline, ["keep", "escape"]);
  if (typeof (datefmt ?? "") !== "string") refuse("datefmt", datefmt, '"%H:%M:%S" or the like');
  if (typeof (defaults ?? {}) !== "object") refuse("defaults", defaults, "an object of values by field name");
}

function refuse(what: string, given: unknown, expected: string): never {
  throw new LoggingError("OPTION_INVALID", `Formatter: ${what} is ${show(given)}; give ${expected}`);
}
