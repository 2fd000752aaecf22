import type { LogRecord } from "@cordwood/core";
import type { FinishedLines } from "../finished-lines.js";
import { type CommonNotes, NOTE_BYTES } from "./line-notes.js";
import { receivedRecord } from "./received-record.js";
import type { Decoded, SenderInfo } from "./text.js";

/** Everything that is known of the lines, read out of shared memory. */
interface Opened extends CommonNotes {
  readonly lines: readonly string[];
  readonly created: Float64Array;
  readonly places: Uint32Array;
}

/** The lines of one frame where they are in shared memory: written from there, and what is noted of them is read only when it is needed. */
export class LineFrame implements FinishedLines {
  readonly count: number;
  readonly inTexts = false;
  readonly bytes: Uint8Array;
  private readonly notes: Uint8Array;
  private readonly common: Uint8Array;
  private opened: Opened | undefined;

  /** @param parts the lines, `NOTE_BYTES` for each as `LineNotes` puts them there, and the text of what they have in common. */
  constructor(count: number, parts: { readonly bytes: Uint8Array; readonly notes: Uint8Array; readonly common: Uint8Array }) {
    this.count = count;
    this.bytes = parts.bytes;
    this.notes = parts.notes;
    this.common = parts.common;
  }

  get lowestLevel(): number {
    return Math.min(...this.open().kinds.map(([, levelno]) => levelno));
  }

  text(index: number): string {
    return this.open().lines[index] as string;
  }

  facts(index: number): LogRecord {
    return this.record(index);
  }

  record(index: number): LogRecord {
    return receivedRecord(this.decoded(index), this.open().sender, undefined);
  }

  /** Reads all of them as if they had come as records. */
  readTo(onSender: (sender: SenderInfo) => void, onRecord: (record: Decoded) => void): void {
    onSender(this.open().sender);
    for (let i = 0; i < this.count; i++) onRecord(this.decoded(i));
  }

  private decoded(index: number): Decoded {
    const { lines, created, places, kinds } = this.open();
    const [name, levelno, levelname] = kinds[places[index] as number] as CommonNotes["kinds"][number];
    return { name, levelno, levelname, created: created[index] as number, msg: lines[index] as string, rare: { line: true } };
  }

  private open(): Opened {
    if (this.opened !== undefined) return this.opened;
    const { count, notes, bytes, common } = this;
    // Copied: the numbers may stand at any place of the memory.
    const numbers = Uint8Array.from(notes.subarray(0, count * NOTE_BYTES)).buffer;
    const lengths = new Uint32Array(numbers, count * 8, count);
    const text = Buffer.from(bytes).toString("utf8");
    const lines: string[] = [];
    for (let i = 0, at = 0; i < count; i++) {
      const end = at + (lengths[i] as number);
      lines.push(text.slice(at, end));
      at = end + 1;
    }
    const said = JSON.parse(Buffer.from(common).toString("utf8")) as CommonNotes;
    const places = new Uint32Array(numbers, count * 12, count);
    this.opened = { ...said, lines, created: new Float64Array(numbers, 0, count), places };
    return this.opened;
  }
}
