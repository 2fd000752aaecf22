import { attempt, type LogRecord, show } from "@cordwood/core";
import { mayBeAssigned } from "../assigned.js";
import type { JsonPlan, Piece } from "./json-plan.js";
import { AFTER_TEXT, AFTER_VALUE, FIRST } from "./key-memory.js";
import type { Layout } from "./preset.js";
import { escapeText } from "./quote.js";
import { RecordTime } from "./record-time.js";

/** What is the same for all records of one logger, level and millisecond. */
const FIXED: ReadonlySet<Piece["kind"]> = new Set(["time", "level", "name", "process", "literal"]);
const MOST_NAMES = 1_000;
/** Characters of a logger's or level's name that are written. */
const LONGEST_NAME = 256;

interface LevelText {
  readonly name: unknown;
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * The beginning of a record up to its message or fields, kept while logger, level and time are the same: in a burst, where speed counts,
 * that is a thousand records a time.
 */
export class JsonHead {
  /** How many pieces the head covers. */
  readonly length: number;
  /** What the next key has before it after the head, and after a piece that was added. */
  state: number = FIRST;
  added: number = FIRST;
  readonly #layout: Layout;
  readonly #pieces: readonly Piece[];
  readonly #time: RecordTime;
  readonly #levels = new Map<number, LevelText>();
  readonly #names = new Map<unknown, string>();
  readonly #asksProcess: boolean;
  #text = "";
  #created = Number.NaN;
  #levelno = Number.NaN;
  #levelname = "";
  #name = "";

  constructor(plan: JsonPlan, pieces: readonly Piece[]) {
    this.#layout = plan.layout;
    this.#time = new RecordTime(plan.layout.time, plan.timeZone);
    const end = pieces.findIndex((piece) => !FIXED.has(piece.kind));
    this.length = end === -1 ? pieces.length : end;
    this.#pieces = pieces.slice(0, this.length);
    this.#asksProcess = this.#pieces.some((piece) => piece.kind === "process");
  }

  of(record: LogRecord): string {
    if (
      record.created === this.#created &&
      record.levelno === this.#levelno &&
      record.name === this.#name &&
      record.levelname === this.#levelname &&
      // A record from elsewhere has a process number of its own.
      !(this.#asksProcess && mayBeAssigned(record))
    )
      return this.#text;
    return this.#make(record);
  }

  /** Adds a piece that stands after the message or the fields; `added` says how to go on. */
  add(text: string, piece: Piece, record: LogRecord, state: number): string {
    const { forms } = piece;
    this.added = AFTER_TEXT;
    switch (piece.kind) {
      case "time":
        if (!this.#time.quoted) this.added = AFTER_VALUE;
        return text + forms[state + (this.#time.quoted ? 1 : 0)] + this.#time.of(record.created);
      case "level": {
        const level = this.#level(record.levelno, record.levelname);
        if (!level.quoted) this.added = AFTER_VALUE;
        return text + forms[state + (level.quoted ? 1 : 0)] + level.text;
      }
      case "name":
        return text + forms[state + 1] + this.#nameText(record.name);
      case "process":
        this.added = AFTER_VALUE;
        return text + forms[state] + (Number.isFinite(record.process) ? record.process : 0);
      default:
        this.added = AFTER_VALUE;
        return text + forms[state];
    }
  }

  #make(record: LogRecord): string {
    let text = "";
    let state = FIRST as number;
    for (const piece of this.#pieces) {
      text = this.add(text, piece, record, state);
      state = this.added;
    }
    this.state = state;
    this.#created = this.#asksProcess && mayBeAssigned(record) ? Number.NaN : record.created;
    this.#levelno = record.levelno;
    this.#levelname = record.levelname;
    this.#name = record.name;
    // Asking for a character joins the parts once, instead of once for every record that begins with them.
    text.charCodeAt(0);
    return (this.#text = text);
  }

  #level(levelno: number, levelname: unknown): LevelText {
    const known = this.#levels.get(levelno);
    if (known !== undefined && known.name === levelname) return known;
    const shown = attempt(() => this.#layout.level(levelno, levelname as string), show(levelname));
    const quoted = typeof shown !== "number" || !Number.isFinite(shown);
    const entry = { name: levelname, text: quoted ? escapeText(show(shown).slice(0, LONGEST_NAME)) : `${shown}`, quoted };
    if (this.#levels.size >= MOST_NAMES) this.#levels.clear();
    this.#levels.set(levelno, entry);
    return entry;
  }

  #nameText(name: unknown): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const text = escapeText((typeof name === "string" ? name : show(name)).slice(0, LONGEST_NAME));
    if (this.#names.size >= MOST_NAMES) this.#names.clear();
    this.#names.set(name, text);
    return text;
  }
}
