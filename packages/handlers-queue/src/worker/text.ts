import { type LogRecord, plainData, show } from "@cordwood/core";
import { isFinished } from "../finished-lines.js";
import { isPlainRecord } from "../prepare.js";
import { flatJson } from "./flat-json.js";

// Between records and between the parts of one; texts that hold them travel inside the JSON part, where they are escaped.
const RECORD_END = "\x1e";
const PART_END = "\x1f";
const SEPARATORS = /[\x1d-\x1f]/;
/** Begins a line that says who the sender of the following records is. */
const SENDER = "\x1d";
const SENDER_CODE = 0x1d;

/** Who a record says it comes from. */
export interface SenderInfo {
  readonly process: number;
  readonly processName: string;
  readonly thread: number;
  readonly threadName: string;
  /** When its logging began, in epoch milliseconds. */
  readonly startedMs: number;
}

/** The parts of a record that most records have not. */
export interface RareParts {
  fields?: unknown;
  bound?: unknown;
  context?: unknown;
  error?: unknown;
  excText?: string;
  stackInfo?: string;
  msg?: string;
  name?: string;
  levelname?: string;
  /** Whether the message is a finished line. */
  line?: boolean;
  /** Attributes a record made elsewhere has of its own: call site, process, thread. */
  own?: Record<string, unknown>;
}

/** Attributes that are derived unless a record made elsewhere has its own. */
const DERIVED = "pathname filename module lineno funcName msecs relativeCreated thread threadName process processName taskName".split(" ");

/** JSON of fields: at once for scalars, by way of plain data for everything else. Never throws. */
function fieldsJson(fields: object): string {
  try {
    return flatJson(fields) ?? JSON.stringify(plainData(fields));
  } catch {
    return JSON.stringify(plainData(fields));
  }
}

/**
 * Makes the text of records for another thread or process: one chain of concatenation for what most records are, JSON for the rest.
 * Keeps what it made of the last logger, level and time.
 */
export class RecordEncoder {
  private name: string | undefined;
  private levelname = "";
  private levelno = 0;
  private prefix = "";
  private oddNames = false;
  private created = Number.NaN;
  private createdText = "";

  /** The text of one record, ended. Reads everything now: the record may change afterwards. */
  encode(record: LogRecord): string {
    const { name, levelno, levelname, created, fields, bound, context, error } = record;
    if (name !== this.name || levelno !== this.levelno || levelname !== this.levelname) this.notePrefix(name, levelno, levelname);
    if (created !== this.created) {
      this.created = created;
      this.createdText = PART_END + created + PART_END;
    }
    const message = record.message;
    const plain = isPlainRecord(record) && !this.oddNames && !isFinished(record);
    if (fields === undefined && bound === undefined && context === undefined && error === undefined && plain && !SEPARATORS.test(message)) {
      return this.prefix + this.createdText + message + RECORD_END;
    }
    const inJson = SEPARATORS.test(message);
    return this.prefix + this.createdText + (inJson ? "" : message) + PART_END + this.rareJson(record, plain, inJson) + RECORD_END;
  }

  private rareJson(record: LogRecord, plain: boolean, withMessage: boolean): string {
    const { fields, bound, context, error } = record;
    let text = "";
    if (fields !== undefined) text += `,"fields":${fieldsJson(fields)}`;
    if (bound !== undefined) text += `,"bound":${fieldsJson(bound)}`;
    if (context !== undefined) text += `,"context":${fieldsJson(context)}`;
    if (error !== undefined) text += `,"error":${JSON.stringify(plainData(error))}`;
    if (withMessage) text += `,"msg":${JSON.stringify(record.message)}`;
    if (this.oddNames) text += `,"name":${JSON.stringify(record.name)},"levelname":${JSON.stringify(record.levelname)}`;
    if (!plain) {
      const rare: RareParts = isFinished(record) ? { line: true } : {};
      addOwn(rare, record);
      for (const [key, value] of Object.entries(rare)) text += `,${JSON.stringify(key)}:${JSON.stringify(value)}`;
    }
    return `{${text.slice(1)}}`;
  }

  private notePrefix(name: string, levelno: number, levelname: string): void {
    this.name = name;
    this.levelno = levelno;
    this.levelname = levelname;
    this.oddNames = SEPARATORS.test(name + levelname);
    this.prefix = this.oddNames ? PART_END + levelno + PART_END : name + PART_END + levelno + PART_END + levelname;
  }
}

/** Who the record comes from. */
export function senderOf(record: LogRecord): SenderInfo {
  const { process, processName, thread, threadName } = record;
  return { process, processName, thread, threadName, startedMs: record.created * 1_000 - record.relativeCreated };
}

/** A line that says whose the records after it are. */
export const senderLine = (sender: SenderInfo): string => SENDER + JSON.stringify(sender) + RECORD_END;

function addOwn(rare: RareParts, record: LogRecord): void {
  if (record.excText !== null) rare.excText = show(record.excText);
  if (record.stackInfo !== null) rare.stackInfo = show(record.stackInfo);
  if (isPlainRecord(record)) return;
  rare.own = Object.fromEntries(DERIVED.map((key) => [key, plainData(record[key as keyof LogRecord])]));
}

/** What one piece of a batch says: a record's parts, or who sends the next ones. */
export interface Decoded {
  readonly name: string;
  readonly levelno: number;
  readonly levelname: string;
  readonly created: number;
  readonly msg: string;
  readonly rare: RareParts | undefined;
}

/** Reads batches back. Keeps what it read of the last logger, level and time: records mostly come in runs. */
export class RecordDecoder {
  // Nothing begins with it.
  private prefix = RECORD_END;
  private name = "";
  private levelno = 0;
  private levelname = "";
  private createdText = RECORD_END;
  private created = 0;

  /** Calls `onSender` where the sender changes and `onRecord` for each record, in order. */
  decode(text: string, onSender: (sender: SenderInfo) => void, onRecord: (record: Decoded) => void): void {
    let start = 0;
    for (let end = text.indexOf(RECORD_END); end >= 0; end = text.indexOf(RECORD_END, start)) {
      if (text.charCodeAt(start) === SENDER_CODE) onSender(JSON.parse(text.slice(start + 1, end)) as SenderInfo);
      else onRecord(this.decodeOne(text, start, end));
      start = end + 1;
    }
  }

  private decodeOne(text: string, start: number, end: number): Decoded {
    if (!text.startsWith(this.prefix, start)) this.readPrefix(text, start);
    let at = start + this.prefix.length;
    if (!text.startsWith(this.createdText, at)) {
      const stop = text.indexOf(PART_END, at);
      this.createdText = text.slice(at, stop + 1);
      this.created = Number(text.slice(at, stop));
    }
    at += this.createdText.length;
    const msg = text.indexOf(PART_END, at);
    if (msg < 0 || msg >= end) {
      const { name, levelno, levelname, created } = this;
      return { name, levelno, levelname, created, msg: text.slice(at, end), rare: undefined };
    }
    const rare = JSON.parse(text.slice(msg + 1, end)) as RareParts;
    return {
      name: rare.name ?? this.name,
      levelno: this.levelno,
      levelname: rare.levelname ?? this.levelname,
      created: this.created,
      msg: rare.msg ?? text.slice(at, msg),
      rare,
    };
  }

  private readPrefix(text: string, start: number): void {
    const name = text.indexOf(PART_END, start);
    const levelno = text.indexOf(PART_END, name + 1);
    const levelname = text.indexOf(PART_END, levelno + 1);
    this.prefix = text.slice(start, levelname + 1);
    this.name = text.slice(start, name);
    this.levelno = Number(text.slice(name + 1, levelno));
    this.levelname = text.slice(levelno + 1, levelname);
  }
}
