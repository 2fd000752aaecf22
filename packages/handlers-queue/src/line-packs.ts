import type { LogRecord } from "@cordwood/core";
import type { BoundedBuffer } from "./bounded-buffer.js";
import { type FinishedLines, WaitingLine } from "./finished-lines.js";
import { PackedLines } from "./packed-lines.js";
import type { RecordOwner } from "./queue.js";
import { addToRuns, type KeptFrame } from "./sent-frame.js";

/** Lines of a pack. */
const PACK_LINES = 256;
/** Characters after which a pack has enough lines. */
const PACK_CHARACTERS = 262_144;

interface Pack {
  readonly lines: PackedLines;
  /** Whose they are, in order. */
  readonly runs: KeptFrame["runs"];
  /** What each of them weighs. */
  readonly weights: number[];
}

/**
 * Lines that wait in large numbers, packed. They are older than all that waits in the buffer, which goes on counting them as held: only where no
 * single one of them can be dropped in favour of another.
 */
export class LinePacks {
  private readonly buffer: BoundedBuffer<LogRecord | WaitingLine>;
  private readonly packs: Pack[] = [];
  private lines = 0;

  constructor(buffer: BoundedBuffer<LogRecord | WaitingLine>) {
    this.buffer = buffer;
  }

  /** Lines in packs. */
  get size(): number {
    return this.lines;
  }

  /** Packs the oldest in the buffer, as many as are lines, whenever so many have come that it is worth it. */
  packSome(): void {
    const { buffer } = this;
    if (buffer.waiting === 0 || buffer.waiting % PACK_LINES !== 0) return;
    const lines: WaitingLine[] = [];
    const runs: KeptFrame["runs"] = [];
    const weights: number[] = [];
    let characters = 0;
    while (lines.length < PACK_LINES && characters < PACK_CHARACTERS) {
      const entry = buffer.peek();
      if (!(entry?.item instanceof WaitingLine)) break;
      lines.push(entry.item);
      characters += entry.item.text.length;
      addToRuns(runs, entry.owner);
      weights.push(entry.bytes);
      buffer.moveOut();
    }
    if (lines.length === 0) return;
    this.packs.push({ lines: new PackedLines(lines), runs, weights });
    this.lines += lines.length;
  }

  /** The oldest pack, or what is left of it, when it has no more lines than these. */
  takeLines(most: number): FinishedLines | undefined {
    const pack = this.packs[0];
    if (pack === undefined || pack.lines.count > most) return undefined;
    this.packs.shift();
    this.lines -= pack.lines.count;
    let bytes = pack.weights.reduce((sum, weight) => sum + weight, 0);
    for (const { owner, count } of pack.runs) {
      this.buffer.release(owner, count, bytes, "delivered");
      bytes = 0;
    }
    return pack.lines;
  }

  /** The oldest line, as a record. */
  take(): LogRecord | undefined {
    const pack = this.packs[0];
    if (pack === undefined) return undefined;
    const record = pack.lines.record(0);
    pack.lines.shift();
    this.lines--;
    if (pack.lines.count === 0) this.packs.shift();
    this.buffer.release(ownerOfNext(pack.runs), 1, pack.weights.shift() as number, "delivered");
    return record;
  }
}

/** Whose the first record is; it is counted off. */
function ownerOfNext(runs: KeptFrame["runs"]): RecordOwner | undefined {
  const first = runs[0] as KeptFrame["runs"][number];
  if (--first.count === 0) runs.shift();
  return first.owner;
}
