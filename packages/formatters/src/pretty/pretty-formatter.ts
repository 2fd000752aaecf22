import { checkNumber, checkOneOf, checkOptions, type FormatterLike, isError, type LogRecord, type OptionNames, show } from "@cordwood/core";
import { checkTimeZone } from "../check-time-zone.js";
import { momentOf, RecordTime } from "../json/record-time.js";
import { strftime } from "../strftime.js";
import { browserArguments } from "./browser-console.js";
import { type ColorOption, type Look, type Paint, painter, type ThemeOption, terminalWidth } from "./color.js";
import { duration, durationName } from "./duration.js";
import { ErrorView } from "./error-view.js";
import { padColumns, textWidth } from "./text-width.js";
import { cut, ValueView, visible, visibleLine } from "./value-view.js";

export interface PrettyFormatterOptions {
  /** `"auto"`: as `FORCE_COLOR`, `NO_COLOR` and `TERM` say, else when the stream is a terminal. Default `"auto"`. */
  readonly color?: ColorOption;
  /** Which background the colours are for. `"auto"`: as `COLORFGBG` says, else dark. Default `"auto"`. */
  readonly theme?: ThemeOption;
  /** The stream whose colours and width are asked for. Default `"stdout"`. */
  readonly stream?: "stdout" | "stderr";
  /** Columns that a line may take before its fields go below it. Default: the terminal's, without limit when there is none. */
  readonly width?: number;
  /** What the line begins with: the time of day, date and time, ISO 8601 with zone, the time since the record before, or nothing. Default `"time"`. */
  readonly time?: "time" | "date-time" | "iso" | "since-last" | "none";
  /** Zone of the time: `"local"`, `"utc"` or an IANA name. Default `"local"`. */
  readonly timeZone?: string;
  /** Columns of the logger's name; a longer one has its first parts shortened. 0 leaves it out. Default 14. */
  readonly nameWidth?: number;
  /** Where fields go: after the message while they fit, always after it, always below it. Default `"auto"`. */
  readonly fields?: "auto" | "after" | "below";
  /** Stacks without the frames of Node and node_modules and with short paths, whole, or not at all. Default `"trimmed"`. */
  readonly stack?: "trimmed" | "full" | "none";
  /** Lines of source on each side of the line that threw; 0 shows none. Only files below the working folder are read. Default 1. */
  readonly sourceLines?: number;
  /** Levels of nesting shown. Default 4. */
  readonly maxDepth?: number;
  /** Keys or items shown of one object. Default 50. */
  readonly maxKeys?: number;
  /** Characters shown of one text. Default 2 000. */
  readonly maxStringLength?: number;
  /** Who shows the output: a terminal (ANSI colours) or a browser's console (`%c` and live objects). Default: as the runtime is. */
  readonly output?: "auto" | "terminal" | "browser";
}

const OPTIONS: OptionNames<PrettyFormatterOptions> = {
  color: true,
  theme: true,
  stream: true,
  width: true,
  time: true,
  timeZone: true,
  nameWidth: true,
  fields: true,
  stack: true,
  sourceLines: true,
  maxDepth: true,
  maxKeys: true,
  maxStringLength: true,
  output: true,
};

/** Standard levels by what the column shows and how. */
const LABELS: Readonly<Record<string, readonly [string, Look]>> = {
  TRACE: ["TRACE", "trace"],
  DEBUG: ["DEBUG", "debug"],
  INFO: ["INFO", "info"],
  WARNING: ["WARN", "warning"],
  ERROR: ["ERROR", "error"],
  CRITICAL: ["FATAL", "critical"],
};
const LEVEL_WIDTH = 5;
const DATE_FORMATS = { time: "%H:%M:%S", "date-time": "%Y-%m-%d %H:%M:%S" } as const;
const MOST_NAMES = 1_000;
/** Characters of a message; each may be shown by six. */
const LONGEST_MESSAGE = 40_000;
/** Messages are filled up to this many columns, so that the fields of neighbouring lines begin below each other. */
const MESSAGE_WIDTH = 24;
/** Below this many columns nothing is gained by breaking a line. */
const LEAST_ROOM = 20;

/** Lines for people: time, level, logger and message in columns, fields after the message or below it, errors with their own frames and source. */
export class PrettyFormatter implements FormatterLike {
  /** There only where a browser shows the output: a `ConsoleHandler` gives the console its result instead of one text. */
  readonly formatToConsole?: (record: LogRecord) => readonly unknown[];
  readonly #paint: Paint;
  readonly #view: ValueView;
  readonly #errors: ErrorView;
  readonly #width: number;
  readonly #nameWidth: number;
  readonly #fields: "auto" | "after" | "below";
  readonly #time: NonNullable<PrettyFormatterOptions["time"]>;
  readonly #timeZone: string;
  readonly #iso: RecordTime;
  readonly #names = new Map<string, string>();
  #second = Number.NaN;
  #secondText = "";
  #last = Number.NaN;

  /** @throws LoggingError for an unknown option or a value out of range. */
  constructor(options: PrettyFormatterOptions = {}) {
    const owner = "PrettyFormatter";
    checkOptions(owner, options, OPTIONS);
    const stream = checkOneOf(owner, "stream", options.stream ?? "stdout", ["stdout", "stderr"] as const);
    const color = checkOneOf<ColorOption>(owner, "color", options.color ?? "auto", ["auto", true, false]);
    const theme = checkOneOf<ThemeOption>(owner, "theme", options.theme ?? "auto", ["auto", "dark", "light"]);
    this.#paint = painter(color, theme, stream);
    this.#view = new ValueView(this.#paint, {
      maxDepth: checkNumber(owner, "maxDepth", options.maxDepth ?? 4, 1, 32),
      maxKeys: checkNumber(owner, "maxKeys", options.maxKeys ?? 50, 1, 1_000_000),
      maxStringLength: checkNumber(owner, "maxStringLength", options.maxStringLength ?? 2_000, 16, 16_777_216),
    });
    this.#errors = new ErrorView(this.#paint, this.#view, {
      stack: checkOneOf(owner, "stack", options.stack ?? "trimmed", ["trimmed", "full", "none"] as const),
      sourceLines: checkNumber(owner, "sourceLines", options.sourceLines ?? 1, 0, 20),
    });
    this.#width = options.width === undefined ? terminalWidth(stream) : checkNumber(owner, "width", options.width, LEAST_ROOM, 100_000);
    this.#nameWidth = checkNumber(owner, "nameWidth", options.nameWidth ?? 14, 0, 200);
    this.#fields = checkOneOf(owner, "fields", options.fields ?? "auto", ["auto", "after", "below"] as const);
    this.#time = checkOneOf(owner, "time", options.time ?? "time", ["time", "date-time", "iso", "since-last", "none"] as const);
    this.#timeZone = checkTimeZone(owner, options.timeZone ?? "local");
    this.#iso = new RecordTime("iso", this.#timeZone);
    const output = checkOneOf(owner, "output", options.output ?? "auto", ["auto", "terminal", "browser"] as const);
    if (output === "browser" || (output === "auto" && "document" in globalThis)) {
      this.formatToConsole = (record) => browserArguments(record, this.#timeText(momentOf(record.created)));
    }
  }

  format(record: LogRecord): string {
    const time = this.#timeText(momentOf(record.created));
    const levelno = typeof record.levelno === "number" ? record.levelno : 0;
    const [label, look] = labelOf(record.levelname, levelno);
    const name = this.#nameWidth === 0 ? "" : `${this.#name(record.name)}  `;
    const column = (time === "" ? 0 : time.length + 1) + Math.max(LEVEL_WIDTH, textWidth(label)) + 2;
    const messageColumn = column + (name === "" ? 0 : this.#nameWidth + 2);
    const head = `${time === "" ? "" : `${this.#paint("time", time)} `}${this.#paint(look, label.padEnd(LEVEL_WIDTH))}  ${name}`;
    const [first = "", ...rest] = visible(cut(record.message, LONGEST_MESSAGE)).split("\n");
    const messageLook: Look = levelno >= 40 ? "errorText" : levelno >= 30 ? "strongMessage" : "message";
    let text = `${head}${this.#paint(messageLook, first)}`;
    const guide = `${" ".repeat(column)}${this.#paint("guide", "│")} `;
    const room = this.#width - column - 2;
    const below = rest.map((line) => `${guide}${this.#paint(messageLook, line)}`);
    const errors: (readonly [string, unknown])[] = [];
    if (record.fields !== undefined || record.bound !== undefined || record.context !== undefined) {
      const fields = this.#fieldsOf(record.extra, errors);
      const after = this.#after(fields, messageColumn, textWidth(first), rest.length > 0);
      if (after !== undefined) text += after;
      else below.push(...this.#under(fields, guide, room));
    }
    if (record.error !== undefined) below.push(...this.#errors.lines(record.error, room).map((line) => `${guide}${line}`));
    else if (record.excText != null)
      below.push(
        ...visible(cut(show(record.excText), LONGEST_MESSAGE))
          .split("\n")
          .map((line) => `${guide}${this.#paint("dim", line)}`),
      );
    for (const [key, error] of errors) {
      if (error === record.error) continue;
      const [title, ...lines] = this.#errors.lines(error, room);
      below.push(`${guide}${this.#view.key(key)} ${title}`, ...lines.map((line) => `${guide}${line}`));
    }
    if (record.stackInfo != null)
      below.push(
        ...visible(cut(show(record.stackInfo), LONGEST_MESSAGE))
          .split("\n")
          .map((line) => `${guide}${this.#paint("dim", line)}`),
      );
    return below.length === 0 ? text : `${text}\n${below.join("\n")}`;
  }

  #timeText(created: number): string {
    if (this.#time === "none") return "";
    if (this.#time === "iso") return this.#iso.of(created);
    if (this.#time === "since-last") {
      const passed = created - this.#last;
      this.#last = created;
      return `+${duration(Number.isNaN(passed) ? 0 : Math.max(0, Math.round(passed * 1e6) / 1e3))}`.padStart(8);
    }
    const ms = Math.floor(created * 1000 + 0.0005);
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = strftime(DATE_FORMATS[this.#time], second, this.#timeZone);
    }
    return `${this.#secondText}.${`${ms - second * 1000}`.padStart(3, "0")}`;
  }

  #name(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const shown = this.#paint("name", padColumns(shortened(visibleLine(show(name)), this.#nameWidth), this.#nameWidth));
    if (this.#names.size >= MOST_NAMES) this.#names.clear();
    this.#names.set(name, shown);
    return shown;
  }

  /** Each field with its text; errors are put aside, to be shown below with their stacks. */
  #fieldsOf(extra: Readonly<Record<string, unknown>>, errors: (readonly [string, unknown])[]): ShownField[] {
    const fields: ShownField[] = [];
    for (const key of Object.keys(extra)) {
      const value = extra[key];
      if (value === undefined) continue;
      if (isError(value)) {
        errors.push([key, value]);
        continue;
      }
      const short = typeof value === "number" ? durationName(key) : undefined;
      if (short !== undefined && !(short !== key && Object.hasOwn(extra, short)))
        fields.push({ key: short, value, text: this.#paint("number", duration(value as number)) });
      else fields.push({ key, value, text: this.#valueText(key, value) });
    }
    return fields;
  }

  #valueText(key: string, value: unknown): string {
    if (typeof value === "number" && (key === "status" || key === "statusCode"))
      return this.#paint(value >= 500 ? "bad" : value >= 400 ? "warn" : "good", `${value}`);
    return this.#view.line(value);
  }

  /** The fields as the rest of the line, or `undefined` when they have to go below it. */
  #after(fields: readonly ShownField[], start: number, used: number, hasMore: boolean): string | undefined {
    if (fields.length === 0) return "";
    if (this.#fields === "below") return undefined;
    const room = this.#fields === "after" ? Number.POSITIVE_INFINITY : hasMore ? 0 : this.#width - start - used - 2;
    const width = lineWidth(fields);
    if (width > room) return undefined;
    const filling = Math.max(0, MESSAGE_WIDTH - used);
    return " ".repeat((filling + width > room ? 0 : filling) + 2) + this.#pairs(fields);
  }

  #pairs(fields: readonly ShownField[]): string {
    const equals = this.#paint("dim", "=");
    return fields.map(({ key, text }) => `${this.#view.key(key)}${equals}${text}`).join(" ");
  }

  /** The fields under the message: on one line while they fit, else below each other. */
  #under(fields: readonly ShownField[], guide: string, room: number): string[] {
    const simple = fields.every(({ value }) => typeof value !== "string" || !value.includes("\n"));
    return simple && lineWidth(fields) <= room ? [guide + this.#pairs(fields)] : this.#below(fields, guide, room);
  }

  #below(fields: readonly ShownField[], guide: string, room: number): string[] {
    const keyWidth = Math.min(24, Math.max(...fields.map(({ key }) => textWidth(key))));
    return fields.flatMap(({ key, value, text }) => {
      const name = this.#view.key(key);
      if (typeof value === "string" && value.includes("\n"))
        return [
          `${guide}${name}`,
          ...visible(value)
            .split("\n")
            .map((line) => `${guide}  ${this.#paint("string", line)}`),
        ];
      const parts = plainWidth(text) + keyWidth + 2 > room ? this.#view.parts(value) : undefined;
      if (parts === undefined) return [`${guide}${name}${" ".repeat(Math.max(0, keyWidth - textWidth(key)))}  ${text}`];
      const inner = parts.map(([name, item]) => ({ key: name, value: item, text: this.#valueText(name, item) }));
      return [`${guide}${name}`, ...this.#below(inner, `${guide}  `, Math.max(LEAST_ROOM, room - 2))];
    });
  }
}

interface ShownField {
  readonly key: string;
  readonly value: unknown;
  readonly text: string;
}

const COLORS = /\x1b\[[\d;]*m/g;

/** Columns of a text that we have painted. */
const plainWidth = (text: string): number => textWidth(text.includes("\x1b") ? text.replace(COLORS, "") : text);

/** Columns of fields on one line. */
const lineWidth = (fields: readonly ShownField[]): number =>
  fields.reduce((width, { key, text }) => width + textWidth(key) + plainWidth(text) + 2, -1);

/** `app.database.pool.connection` in fewer columns: `a.d.pool.connection`. */
function shortened(name: string, width: number): string {
  if (textWidth(name) <= width) return name;
  const parts = name.split(".");
  let shown = name;
  for (let i = 0; i < parts.length - 1; i++) {
    parts[i] = [...(parts[i] as string)][0] ?? "";
    shown = parts.join(".");
    if (textWidth(shown) <= width) return shown;
  }
  return `…${[...shown].slice(-(width - 1)).join("")}`;
}

/** What the level's column shows, and how. */
const labelOf = (levelname: unknown, levelno: number): readonly [string, Look] => {
  const standard = typeof levelname === "string" && Object.hasOwn(LABELS, levelname) ? LABELS[levelname] : undefined;
  return standard ?? [visibleLine(show(levelname)), lookOf(levelno)];
};

const lookOf = (levelno: number): Look =>
  levelno >= 50
    ? "critical"
    : levelno >= 40
      ? "error"
      : levelno >= 30
        ? "warning"
        : levelno >= 20
          ? "info"
          : levelno >= 10
            ? "debug"
            : "trace";
