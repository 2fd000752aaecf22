import { attempt, errorText, type LogRecord } from "@cordwood/core";
import { JsonHead } from "./json-head.js";
import { compile, fieldMemory, guarded, type JsonPlan, type Piece } from "./json-plan.js";
import { AFTER_TEXT, AFTER_VALUE, FIRST, type KeyMemory, type KeyNode, keyForms } from "./key-memory.js";
import { EXTRA, MARK, type SerializeLimits } from "./limits.js";
import { thrown } from "./placeholder.js";
import type { Layout, Slot } from "./preset.js";
import { utf8Length } from "./quote.js";
import { Serializer } from "./serialize.js";
import { SteadyLayer } from "./steady-layer.js";

/** Characters kept for keys, time, level and marks, so that the fields cannot push them out. */
const HEAD_ROOM = 2_048;
const ERROR_ROOM = 65_536;
/** A longer message is not kept for the next record. */
const SHORT_MESSAGE = 256;
const SMALLEST_ROOM = 64;
/** Layers of fields a record may have, each with a rank of its own. */
const RANKS = 3;
const UNLIMITED: SerializeLimits = {
  maxDepth: 1_000,
  maxKeys: Number.POSITIVE_INFINITY,
  maxStringLength: Number.POSITIVE_INFINITY,
  maxRecordBytes: Number.POSITIVE_INFINITY,
};
/** Pieces of records with an error or a stack. */
const RARE: ReadonlySet<Piece["kind"]> = new Set(["error", "excText", "stackText", "stackInfo"]);
const EXTRA_FORMS = keyForms(EXTRA);

/** Writes records of one layout. It keeps state while it writes, so a record logged by a getter needs a writer of its own. */
export class JsonWriter {
  readonly #layout: Layout;
  readonly #limits: SerializeLimits;
  readonly #serializer: Serializer;
  readonly #pieces: readonly Piece[];
  /** Those of most records. */
  readonly #common: readonly Piece[];
  readonly #last: Piece | undefined;
  readonly #end: readonly string[];
  readonly #head: JsonHead;
  readonly #memory: KeyMemory;
  readonly #context: KeyNode;
  readonly #bound: KeyNode;
  readonly #fields: KeyNode;
  readonly #steadyContext = new SteadyLayer();
  readonly #steadyBound = new SteadyLayer();
  readonly #nestFields: boolean;
  readonly #rename: Readonly<Record<string, string>>;
  #record: LogRecord | undefined;
  #lastMessage: string | undefined;
  #lastMessageText = "";
  #isRepeated = false;
  #tailMessage: string | undefined;
  /** What ends a record with that message, by the state before it. */
  readonly #tails = new Array<string>(AFTER_TEXT + 1).fill("");
  /** Rank of the last layer of the record being written. */
  #rank = 0;

  constructor(plan: JsonPlan) {
    this.#layout = plan.layout;
    this.#limits = plan.limits;
    this.#serializer = new Serializer(plan.limits, plan.layout.nonFinite, plan.layout.nestedKey);
    this.#nestFields = plan.fieldsKey !== null;
    this.#rename = plan.rename;
    this.#memory = fieldMemory(
      plan,
      (kind, attribute) => this.#fills(kind, attribute),
      (key) => this.#has(key),
    );
    this.#context = this.#memory.start();
    this.#bound = this.#memory.start();
    this.#fields = this.#memory.start();
    const [pieces, end] = compile(plan);
    this.#head = new JsonHead(plan, pieces);
    this.#pieces = pieces.slice(this.#head.length);
    this.#common = this.#pieces.filter((piece) => !RARE.has(piece.kind));
    this.#last = this.#pieces.at(-1);
    this.#end = end;
  }

  /** The record as one line of JSON, without its end. */
  write(record: LogRecord): string {
    const { maxRecordBytes } = this.#limits;
    const text = this.#write(record, maxRecordBytes);
    // A character takes three bytes at most, so a text this short needs no counting.
    if (text.length * 3 <= maxRecordBytes || utf8Length(text) <= maxRecordBytes) return text;
    let room = Math.floor(maxRecordBytes / 3);
    let shorter = this.#write(record, room);
    // A shape may need many characters around one of a value.
    while (utf8Length(shorter) > maxRecordBytes && room > SMALLEST_ROOM) shorter = this.#write(record, (room = Math.floor(room / 3)));
    return shorter;
  }

  #write(record: LogRecord, room: number): string {
    const serializer = this.#serializer;
    serializer.begin(room - Math.min(HEAD_ROOM, room >> 2));
    if (this.#layout.build !== undefined) return this.#build(record, room);
    if (this.#memory.isFull) this.#startAfresh();
    const message = this.#message(record.getMessage());
    let text = this.#head.of(record);
    serializer.state = this.#head.state;
    const common = record.error === undefined && record.excText === null && record.stackInfo === null;
    const pieces = common ? this.#common : this.#pieces;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] as Piece;
      switch (piece.kind) {
        case "message":
          if (piece === this.#last) return text + this.#tail(piece, message);
          text = text + piece.forms[serializer.state + 1] + message;
          serializer.state = AFTER_TEXT;
          break;
        case "fields": {
          const { context, bound, fields } = record;
          // The two usual cases begin right here: each function less on this path is one less to be compiled in a short run.
          if (common && context === undefined && fields !== undefined && !this.#nestFields) {
            const rank = (this.#rank += RANKS);
            this.#record = record;
            const quick =
              bound === undefined
                ? serializer.layer(text, fields, this.#fields, rank)
                : serializer.twoLayers(text, bound, this.#steadyBound, fields, this.#fields, rank);
            if (quick !== undefined) {
              text = serializer.aside === undefined ? quick : this.#addAside(quick, serializer.aside);
              this.#record = undefined;
              if (serializer.left < 0) serializer.left = 0;
              break;
            }
          }
          if (fields !== undefined || bound !== undefined || context !== undefined) text = this.#allFields(text, record, piece.forms);
          break;
        }
        case "error":
          if (record.error !== undefined) text = this.#add(text, piece, record.error);
          break;
        case "excText":
          // The error itself says more than the text that was made of it elsewhere.
          if (record.excText !== null && record.error === undefined) text = this.#add(text, piece, record.excText);
          break;
        case "stackText":
          if (record.error !== undefined) text = this.#add(text, piece, errorText(record.error));
          else if (record.excText !== null) text = this.#add(text, piece, record.excText);
          break;
        case "stackInfo":
          if (record.stackInfo !== null) text = this.#add(text, piece, record.stackInfo);
          break;
        case "attribute": {
          const value = attributeOf(record, piece.attribute);
          if (value != null) text = this.#add(text, piece, value);
          break;
        }
        default:
          text = this.#head.add(text, piece, record, serializer.state);
          serializer.state = this.#head.added;
      }
    }
    return text + this.#end[serializer.state];
  }

  /** No layer may go on with a node of a key that others do not know any more. */
  #startAfresh(): void {
    this.#memory.clear();
    for (const start of [this.#context, this.#bound, this.#fields]) start.next = undefined;
    this.#steadyContext.forget();
    this.#steadyBound.forget();
  }

  #allFields(text: string, record: LogRecord, forms: readonly string[]): string {
    const serializer = this.#serializer;
    this.#record = record;
    const kept = record.error === undefined ? 0 : Math.min(ERROR_ROOM, serializer.left >> 1);
    serializer.left -= kept;
    if (this.#nestFields) {
      text += forms[serializer.state];
      serializer.state = FIRST;
    }
    text = this.#layers(text, record, (this.#rank += RANKS));
    if (serializer.aside !== undefined) text = this.#addAside(text, serializer.aside);
    if (this.#nestFields) {
      text = serializer.state === FIRST ? `${text}{}` : serializer.close(text);
      serializer.state = AFTER_VALUE;
    }
    serializer.left = Math.max(serializer.left, 0) + kept;
    this.#record = undefined;
    return text;
  }

  #layers(text: string, { context, bound, fields }: LogRecord, rank: number): string {
    const serializer = this.#serializer;
    if (bound !== undefined && context !== undefined) serializer.claim(bound, this.#bound, rank - 1);
    if (fields !== undefined && (bound !== undefined || context !== undefined)) serializer.claim(fields, this.#fields, rank);
    let all = text;
    if (context !== undefined) all = serializer.steadyLayer(all, context, this.#context, rank - 2, this.#steadyContext);
    if (bound !== undefined) all = serializer.steadyLayer(all, bound, this.#bound, rank - 1, this.#steadyBound);
    return fields === undefined ? all : serializer.layer(all, fields, this.#fields, rank);
  }

  /** The message that ends a record, with all around it; kept when it comes again. */
  #tail(piece: Piece, message: string): string {
    const { state } = this.#serializer;
    if (message === this.#tailMessage && this.#tails[state] !== "") return this.#tails[state] as string;
    const text = piece.forms[state + 1] + message + this.#end[AFTER_TEXT];
    if (this.#isRepeated) {
      // Asking for a character joins the parts once, instead of once for every line they are part of.
      text.charCodeAt(0);
      if (message !== this.#tailMessage) this.#tails.fill("");
      this.#tailMessage = message;
      this.#tails[state] = text;
    }
    return text;
  }

  #message(message: string): string {
    const serializer = this.#serializer;
    // Messages without arguments are few, and come again and again.
    this.#isRepeated = message === this.#lastMessage;
    if (this.#isRepeated) {
      serializer.left -= this.#lastMessageText.length;
      return this.#lastMessageText;
    }
    const text = serializer.text(message);
    if (message.length <= SHORT_MESSAGE) {
      this.#lastMessage = message;
      this.#lastMessageText = text;
    }
    return text;
  }

  #fills(kind: Slot["kind"], attribute: string): boolean {
    const record = this.#record;
    if (record === undefined) return false;
    if (kind === "error") return record.error !== undefined;
    if (kind === "stackText") return record.error !== undefined || record.excText != null;
    if (kind === "excText") return record.excText != null && record.error === undefined;
    return kind === "stackInfo" ? record.stackInfo != null : attributeOf(record, attribute) != null;
  }

  #has(key: string): boolean {
    const { fields, bound, context } = this.#record ?? {};
    return [fields, bound, context].some((layer) => layer !== undefined && attempt(() => Object.hasOwn(layer, key), false));
  }

  #addAside(text: string, aside: Record<string, unknown>): string {
    const names = Object.keys(aside);
    // A field called "extra" waits only to see whether its name is needed.
    const value = names.length === 1 && names[0] === EXTRA ? aside[EXTRA] : aside;
    return this.#addValue(text, EXTRA_FORMS, value);
  }

  #add(text: string, piece: Piece, value: unknown): string {
    const { serializer } = piece;
    const shown = serializer !== undefined ? guarded(serializer)(value) : piece.kind === "error" ? this.#layout.error(value) : value;
    return shown === undefined ? text : this.#addValue(text, piece.forms, shown);
  }

  #addValue(text: string, forms: readonly string[], value: unknown): string {
    const serializer = this.#serializer;
    const before = forms[serializer.state];
    text = text + before + serializer.value(value, 1);
    serializer.state = AFTER_VALUE;
    return text;
  }

  #build(record: LogRecord, room: number): string {
    const serializer = this.#serializer;
    const data = (value: unknown): unknown => JSON.parse(serializer.value(value));
    let built: Record<string, unknown>;
    try {
      built = (this.#layout.build as NonNullable<Layout["build"]>)(record, data);
    } catch (error) {
      // Attributes that no record of this process has.
      built = { name: record.name, levelno: record.levelno, msg: record.message, [MARK]: thrown(error) };
    }
    if (Object.keys(this.#rename).length > 0) built = renamed(built, this.#rename);
    // What came through `data` is cut already.
    if (this.#layout.bounded) return new Serializer(UNLIMITED, this.#layout.nonFinite).value(built);
    const whole = new Serializer({ ...this.#limits, maxDepth: this.#limits.maxDepth + 1 }, this.#layout.nonFinite);
    whole.begin(room - Math.min(HEAD_ROOM, room >> 2));
    return whole.value(built);
  }
}

const attributeOf = (record: LogRecord, name: string): unknown =>
  attempt(() => (record as unknown as Record<string, unknown>)[name], undefined);

function renamed(object: Record<string, unknown>, rename: Readonly<Record<string, string>>): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(object)) {
    const to = Object.hasOwn(rename, key) ? (rename[key] as string) : key;
    // A name that is taken would take the other's value away.
    result[Object.hasOwn(object, to) || to in result ? key : to] = object[key];
  }
  return result;
}
