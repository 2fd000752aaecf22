import type { LogRecord } from "@cordwood/core";
import type { FinishedLines } from "../finished-lines.js";
import type { Delivery } from "../queue.js";
import { type CommonNotes, NOTE_BYTES } from "./line-notes.js";
import { receivedRecord } from "./received-record.js";

/** Everything that is known of the lines, read out of shared memory. */
interface Opened extends CommonNotes {
  readonly lines: readonly string[];
  readonly created: Float64Array;
  readonly places: Uint32Array;
}

/** The lines of one frame where they are in shared memory. They are written from there; what is noted of them is read only when it is needed. */
export class LineFrame implements FinishedLines {
  readonly count: number;
  readonly bytes: Uint8Array;
  private readonly notes: Uint8Array;
  private readonly common: Uint8Array;
  private readonly deliveryOf: (index: number) => Delivery | undefined;
  private opened: Opened | undefined;

  /**
   * @param notes `NOTE_BYTES` for each line, as `LineNotes` puts them there.
   * @param common the text of what they have in common.
   */
  constructor(
    count: number,
    parts: { readonly bytes: Uint8Array; readonly notes: Uint8Array; readonly common: Uint8Array },
    deliveryOf: (index: number) => Delivery | undefined,
  ) {
    this.count = count;
    this.bytes = parts.bytes;
    this.notes = parts.notes;
    this.common = parts.common;
    this.deliveryOf = deliveryOf;
  }

  get lowestLevel(): number {
    return Math.min(...this.open().kinds.map(([, levelno]) => levelno));
  }

  text(index: number): string {
    return this.open().lines[index] as string;
  }

  record(index: number): LogRecord {
    const { lines, created, places, kinds, sender } = this.open();
    const [name, levelno, levelname] = kinds[places[index] as number] as CommonNotes["kinds"][number];
    const decoded = { name, levelno, levelname, created: created[index] as number, msg: lines[index] as string, rare: { line: true } };
    return receivedRecord(decoded, sender, this.deliveryOf(index));
  }

  private open(): Opened {
    if (this.opened !== undefined) return this.opened;
    const { count, notes, bytes, common } = this;
    // Copied: shared memory cannot be decoded where it is, nor read as numbers from any place.
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
    this.opened = {
      ...said,
      lines,
      created: new Float64Array(numbers, 0, count),
      places: new Uint32Array(numbers, count * 12, count),
    };
    return this.opened;
  }
}
