import { errorText, LogRecord } from "@cordwood/core";
import { mayBeAssigned } from "./assigned.js";
import { compileBraces } from "./brace-style.js";
import { fit, type Side } from "./code-points.js";
import { asItIs, type Clean, cleaner, messageCleaner } from "./control-characters.js";
import { LineBytes } from "./line-bytes.js";
import { type Lookup, noLookup, type Pattern, type Piece, pieceText, textOf } from "./pattern.js";
import { compilePercent } from "./percent-style.js";
import { attributeReader, type Reader, recordField } from "./record-field.js";
import { compileTemplate } from "./template-style.js";
import { TimeText } from "./time-text.js";
import { localSignature, timeZoneOf } from "./time-zone.js";

/** How a format names its fields. */
export type Style = "%" | "{" | "$";

/** Everything that decides the text of a record. */
export interface LayoutOptions {
  readonly fmt: string;
  readonly style: Style;
  /** Empty: the two defaults below. */
  readonly datefmt: string;
  readonly defaultTimeFormat: string;
  /** Empty: no milliseconds. */
  readonly defaultMsecFormat: string;
  readonly timeZone: string;
  readonly controlCharacters: "escape" | "raw";
  readonly multiline: "keep" | "escape";
  readonly defaults: Readonly<Record<string, unknown>> | undefined;
}

const COMPILERS: Readonly<Record<Style, (fmt: string) => Pattern>> = { "%": compilePercent, "{": compileBraces, $: compileTemplate };

// Asked of the text of the format, as in Python.
const TIME_MARKS: Readonly<Record<Style, readonly string[]>> = { "%": ["%(asctime)"], "{": ["{asctime"], $: ["$asctime", `\${asctime}`] };

/** Whether a format mentions the time. */
export const mentionsTime = (fmt: string, style: Style): boolean => TIME_MARKS[style].some((mark) => fmt.includes(mark));

/** Fields with a short cut; all others are {@link FIELD}. */
const FIELD = 0;
const MESSAGE = 1;
const ASCTIME = 2;
const NAME = 3;
const LEVELNAME = 4;
const CODES: Readonly<Record<string, number>> = { message: MESSAGE, asctime: ASCTIME, name: NAME, levelname: LEVELNAME };

/** How many names a step remembers the text of. */
const MOST_REMEMBERED = 64;

/** One field of a compiled layout, and the literal after it. */
class Step {
  readonly code: number;
  readonly after: string;
  readonly width: number;
  readonly side: Side;
  readonly fill: string;
  readonly piece: Piece;
  readonly reader: Reader | undefined;
  /** The name last seen and its text with what follows: names change seldom. */
  seen = "";
  shown: string;
  readonly #remembered = new Map<string, string>();

  constructor(piece: Piece, after: string) {
    this.code = (piece.convert === undefined && CODES[piece.name]) || FIELD;
    this.after = after;
    this.width = piece.width;
    this.side = piece.side;
    this.fill = piece.fill;
    this.piece = piece;
    this.reader = attributeReader(piece.name);
    this.shown = fit("", piece.width, piece.side, piece.fill) + after;
  }

  /** The text of a name other than the last one, with what follows. */
  show(name: string, clean: Clean): string {
    let shown = this.#remembered.get(name);
    if (shown === undefined) {
      if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
      shown = fit(clean(textOf(name)), this.width, this.side, this.fill) + this.after;
      this.#remembered.set(name, shown);
    }
    this.seen = name;
    this.shown = shown;
    return shown;
  }
}

/** What the leading fields looked like for the last record. */
class Prefix {
  asctime: string | undefined = undefined;
  name = "";
  levelname = "";
  text = "";
}

/** A format compiled to one list of fields and literals, whatever its style. Formatters with the same options share one. */
export class Layout {
  readonly usesTime: boolean;
  readonly clean: Clean;
  readonly #cleanMessage: (record: LogRecord, message: string) => string;
  readonly #defaults: Readonly<Record<string, unknown>> | undefined;
  readonly #pattern: Pattern;
  readonly #head: string;
  /** The leading fields that seldom change: time and names. */
  readonly #stable: readonly Step[];
  readonly #steps: readonly Step[];
  /** The message, where it is all that comes after them. */
  readonly #last: Step | undefined;
  /** The text of the leading fields as last written, one for each tens of level numbers. */
  readonly #prefixes = Array.from({ length: 8 }, () => new Prefix());
  readonly #time: TimeText;
  /** Where lines are written as bytes; nothing where each has to be made as a text. */
  readonly #lines: LineBytes | undefined;
  #created = Number.NaN;
  #asctime = "";
  /** What ends a line before error and stack. */
  readonly #lineEnd: string;

  constructor(options: LayoutOptions) {
    this.#defaults = options.defaults;
    this.#pattern = COMPILERS[options.style](options.fmt);
    const { pieces, tail } = this.#pattern;
    this.#head = pieces[0]?.literal ?? tail;
    const steps = pieces.map((piece, i) => new Step(piece, pieces[i + 1]?.literal ?? tail));
    const changing = steps.findIndex((step) => step.code === MESSAGE || step.code === FIELD);
    this.#stable = steps.slice(0, changing < 0 ? steps.length : changing);
    this.#steps = steps.slice(this.#stable.length);
    const [first, second] = this.#steps;
    this.#last = first?.code === MESSAGE && first.width === 0 && second === undefined ? first : undefined;
    this.#time = new TimeText({ ...options, zone: timeZoneOf(options.timeZone) });
    this.usesTime = mentionsTime(options.fmt, options.style);
    this.clean = cleaner(options);
    this.#cleanMessage = messageCleaner(options);
    this.#lineEnd = options.multiline === "escape" ? "\\n" : "\n";
    const asUsual = options.controlCharacters === "escape" && options.multiline === "keep";
    this.#lines = this.#last !== undefined && asUsual && this.#pattern.error === undefined ? new LineBytes() : undefined;
  }

  /** The line last written by `encode`. */
  get encoded(): Uint8Array | undefined {
    return this.#lines?.bytes;
  }

  /** The text of a record as UTF-8 at the start of `encoded`. @returns its length; −1 where it has to be made as a text. */
  encode(record: LogRecord): number {
    const lines = this.#lines;
    if (lines === undefined || record.error !== undefined || record.excText || record.stackInfo) return -1;
    const { msg, args } = record;
    // A text or a message that is there already is not made again, and who has a message of its own is asked for it.
    if (typeof msg !== "string" || !Array.isArray(args) || record.layout === this || record.made !== undefined) return -1;
    if (mayBeAssigned(record) || record.getMessage !== LogRecord.prototype.getMessage) return -1;
    const start = this.#start(record, "", this.usesTime ? (record.asctime = this.timeText(record)) : "");
    return lines.write(start, msg, args, (this.#last as Step).after);
  }

  /** The text of a record's time. */
  timeText(record: LogRecord): string {
    const { created } = record;
    // The milliseconds are those of `created`, and asking for them costs more than all the rest of a line's time.
    if (mayBeAssigned(record)) return this.#time.text(created, record.msecs);
    if (created !== this.#created) {
      this.#asctime = this.#time.text(created, record.msecs);
      this.#created = created;
    }
    return this.#asctime;
  }

  /** The whole text of a record: its line, then error and stack. */
  format(record: LogRecord): string {
    const text = this.#line(
      record,
      this.#cleanMessage(record, record.getMessage()),
      this.usesTime ? (record.asctime = this.timeText(record)) : "",
    );
    if (record.error === undefined && !record.excText && !record.stackInfo) return text;
    const error = record.excText || (record.error === undefined ? "" : errorText(record.error));
    return this.withParts(text, error, record.stackInfo);
  }

  /** The line of a record whose `asctime` may have been set by someone else. */
  line(record: LogRecord): string {
    return this.#line(
      record,
      this.#cleanMessage(record, record.getMessage()),
      this.usesTime ? (record.asctime ?? this.timeText(record)) : "",
    );
  }

  /** A line with error and stack after it, each on a line of its own; what is empty is left out. */
  withParts(line: string, error: string, stack: string | null): string {
    return this.#append(this.#append(line, error), stack);
  }

  #append(text: string, part: string | null): string {
    if (!part) return text;
    const end = text.endsWith(this.#lineEnd) || text.endsWith("\n") ? "" : this.#lineEnd;
    return text + end + this.clean(textOf(part));
  }

  #line(record: LogRecord, message: string, asctime: string): string {
    if (this.#pattern.error !== undefined) throw this.#pattern.error;
    const text = this.#start(record, message, asctime);
    const last = this.#last;
    return last === undefined ? this.#fill(text, this.#steps, record, message, asctime) : text + message + last.after;
  }

  /** The leading fields that seldom change, as a text. */
  #start(record: LogRecord, message: string, asctime: string): string {
    const { name, levelname } = record;
    const slot = this.#prefixes[(record.levelno / 10) & 7]!;
    if (asctime !== slot.asctime || name !== slot.name || levelname !== slot.levelname) {
      slot.text = this.#fill(this.#head, this.#stable, record, message, asctime);
      slot.asctime = asctime;
      slot.name = name;
      slot.levelname = levelname;
    }
    return slot.text;
  }

  #fill(start: string, steps: readonly Step[], record: LogRecord, message: string, asctime: string): string {
    const clean = this.clean;
    let text = start;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      switch (step.code) {
        case MESSAGE:
          text += (step.width === 0 ? message : fit(message, step.width, step.side, step.fill)) + step.after;
          break;
        case ASCTIME:
          text += (step.width === 0 ? asctime : fit(asctime, step.width, step.side, step.fill)) + step.after;
          break;
        case NAME:
          text += record.name === step.seen ? step.shown : step.show(record.name, clean);
          break;
        case LEVELNAME:
          text += record.levelname === step.seen ? step.shown : step.show(record.levelname, clean);
          break;
        default:
          text += this.#field(step, record, asctime) + step.after;
      }
    }
    return text;
  }

  /** Any other field, and any specification beyond a width. */
  #field({ piece, reader }: Step, record: LogRecord, asctime: string): string {
    const lookup: Lookup = piece.nested
      ? (name) => (name === "asctime" ? asctime : this.#value(attributeReader(name), record, name))
      : noLookup;
    // The time is the programmer's own text: colours in a date format are left as they are.
    if (piece.name === "asctime") return pieceText(piece, asctime, lookup, asItIs);
    return pieceText(piece, this.#value(reader, record, piece.name), lookup, this.clean);
  }

  #value(reader: Reader | undefined, record: LogRecord, name: string): unknown {
    const value = reader?.(record);
    return value === undefined ? recordField(record, name, this.#defaults) : value;
  }
}

const shared = /* @__PURE__ */ new Map<string, Layout>();
const MOST_SHARED = 100;

/** The layout of these options, one for all formatters that have the same: a record is then put into words once for all of them. */
export function layoutOf(options: LayoutOptions): Layout {
  if (options.defaults !== undefined) return new Layout(options);
  const key = JSON.stringify(options) + (options.timeZone === "local" ? localSignature() : "");
  let layout = shared.get(key);
  if (layout === undefined) {
    if (shared.size >= MOST_SHARED) shared.clear();
    shared.set(key, (layout = new Layout(options)));
  }
  return layout;
}
