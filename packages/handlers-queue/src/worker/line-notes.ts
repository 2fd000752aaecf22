import type { LogRecord } from "@cordwood/core";
import type { SenderInfo } from "./text.js";

/** Name, level and name of the level: what the records of one logger at one level have in common. */
type Kind = readonly [name: string, levelno: number, levelname: string];

/** What the lines of a frame have in common. */
export interface CommonNotes {
  readonly sender: SenderInfo;
  readonly kinds: readonly Kind[];
}

/** Bytes of notes for each line: its time, its length, its place in the list of kinds. */
export const NOTE_BYTES = 16;

/** Kinds that are remembered from frame to frame. */
const MOST_KINDS = 100;

/** What is noted of the lines of one frame, beside their text: enough to make a record of each again. */
export class LineNotes {
  count = 0;
  private readonly created: Float64Array;
  private readonly lengths: Uint32Array;
  private readonly places: Uint32Array;
  private readonly kinds: Kind[] = [];
  private readonly known = new Map<string, number>();
  private kind: Kind | undefined;
  private place = 0;
  private said: { readonly sender: SenderInfo; readonly kinds: number; readonly bytes: Uint8Array } | undefined;

  constructor(most: number) {
    this.created = new Float64Array(most);
    this.lengths = new Uint32Array(most);
    this.places = new Uint32Array(most);
  }

  /** Begins the next frame. */
  clear(): void {
    this.count = 0;
    if (this.kinds.length < MOST_KINDS) return;
    this.kinds.length = 0;
    this.known.clear();
    this.kind = this.said = undefined;
  }

  /** @param length of the line in UTF-16 units, without its newline. */
  add(record: LogRecord, length: number): void {
    const { kind, count } = this;
    if (kind === undefined || kind[0] !== record.name || kind[1] !== record.levelno || kind[2] !== record.levelname) this.change(record);
    this.created[count] = record.created;
    this.lengths[count] = length;
    this.places[count] = this.place;
    this.count = count + 1;
  }

  /** The text of what the lines have in common: mostly the same as in the frame before. */
  common(sender: SenderInfo): Uint8Array {
    const { kinds } = this;
    if (this.said?.sender !== sender || this.said.kinds !== kinds.length) {
      const bytes = Buffer.from(JSON.stringify({ sender, kinds } satisfies CommonNotes));
      this.said = { sender, kinds: kinds.length, bytes };
    }
    return this.said.bytes;
  }

  /** Puts the notes of each line into memory: all times, then all lengths, then all places. */
  copyTo(bytes: Uint8Array, at: number): void {
    const { created, lengths, places, count } = this;
    bytes.set(new Uint8Array(created.buffer, 0, count * 8), at);
    bytes.set(new Uint8Array(lengths.buffer, 0, count * 4), at + count * 8);
    bytes.set(new Uint8Array(places.buffer, 0, count * 4), at + count * 12);
  }

  private change(record: LogRecord): void {
    const { name, levelno, levelname } = record;
    const key = `${levelname.length} ${levelno} ${levelname} ${name}`;
    let place = this.known.get(key);
    if (place === undefined) {
      place = this.kinds.length;
      this.kinds.push([name, levelno, levelname]);
      this.known.set(key, place);
    }
    this.kind = this.kinds[place];
    this.place = place;
  }
}
