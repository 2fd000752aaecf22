import type { SentFrame } from "../sent-frame.js";
import { NOTE_BYTES } from "./line-notes.js";

/** Places in the control words of a ring. Positions go up for ever and wrap at 2³². */
export const WRITTEN = 0;
/** Everything before it is handled and safe. Its changes are what the writer waits for. */
export const CONFIRMED_AT = 1;
export const TAKEN_AT = 2;
/** Records of the frame at `CONFIRMED_AT` that are safe already. */
export const FRAME_DONE = 3;
/** Records given up because they brought the worker down again and again. */
export const POISONED = 4;
/** 1 once the writer writes nothing more. */
export const ENDED = 5;
/** 1 while the writer sleeps until `WANTED` is confirmed. */
export const WAITING = 6;
export const WANTED = 7;
const CONTROL_WORDS = 8;

/** Places in the words that all rings of one worker share. */
export const WAKE = 0;
export const ASLEEP = 1;
/** 1 while all handlers of the worker take finished lines. */
export const LINES = 2;
/** Away from the others by a line of cache: it changes with each record, and the senders look at the others with each. */
export const HEARTBEAT = 32;
const SHARED_WORDS = 48;

// Bytes of the frame, records in it, sequence of the first.
const HEADER_BYTES = 16;
// In a frame of lines, before them: their bytes, the bytes of what they have in common.
const LINES_HEADER_BYTES = 8;
/** Beside the number of records: they are finished lines. */
const OF_LINES = 0x8000_0000;
/** Instead of a length: the rest of the ring is empty, go on at its beginning. */
const SKIP = 0xffff_ffff;

/** The memory of one ring: one thread writes, one reads. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
  readonly sender: string;
}

export const newRing = (bytes: number, sender: string): RingMemory => ({
  control: new SharedArrayBuffer(CONTROL_WORDS * 4),
  data: new SharedArrayBuffer(bytes),
  sender,
});

export const newSharedWords = (): SharedArrayBuffer => new SharedArrayBuffer(SHARED_WORDS * 4);

const padded = (bytes: number): number => (bytes + 3) & ~3;

/** The writing end of a ring of frames, each a text with a number of records, or finished lines and what is noted of them. */
export class RingWriter {
  readonly control: Int32Array;
  /** Most bytes of a frame. It fits whenever the ring is empty: what is skipped at the ring's end is less than the frame. */
  readonly largest: number;
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private readonly shared: Int32Array;
  /** Where the frame that was begun ends. */
  private next = 0;

  constructor(memory: RingMemory, shared: SharedArrayBuffer) {
    this.control = new Int32Array(memory.control);
    this.bytes = Buffer.from(memory.data);
    this.view = new DataView(memory.data);
    this.shared = new Int32Array(shared);
    this.largest = memory.data.byteLength / 2 - HEADER_BYTES;
  }

  /** Where the next frame will begin. */
  get written(): number {
    return Atomics.load(this.control, WRITTEN);
  }

  /** Writes one frame, or nothing when it does not fit now. */
  write({ text, records, sequence, lines }: SentFrame): boolean {
    const { bytes, view } = this;
    const textBytes = Buffer.byteLength(text);
    if (lines === undefined) {
      const at = this.begin(textBytes, records, sequence);
      if (at < 0) return false;
      bytes.write(text, at, textBytes, "utf8");
    } else {
      const common = lines.notes.common(lines.sender);
      const notesAt = LINES_HEADER_BYTES + textBytes;
      const commonAt = notesAt + records * NOTE_BYTES;
      const at = this.begin(commonAt + common.length, (records | OF_LINES) >>> 0, sequence);
      if (at < 0) return false;
      view.setUint32(at, textBytes, true);
      view.setUint32(at + 4, common.length, true);
      bytes.write(text, at + LINES_HEADER_BYTES, textBytes, "utf8");
      lines.notes.copyTo(bytes, at + notesAt);
      bytes.set(common, at + commonAt);
    }
    Atomics.store(this.control, WRITTEN, this.next);
    this.wake();
    return true;
  }

  /** Begins a frame of so many bytes and says where they go; −1 when there is no room. Nobody sees it before `WRITTEN` says so. */
  private begin(length: number, records: number, sequence: number): number {
    const { control, view } = this;
    const size = this.bytes.length;
    const written = Atomics.load(control, WRITTEN);
    const room = size - ((written - Atomics.load(control, CONFIRMED_AT)) >>> 0);
    let at = (written >>> 0) & (size - 1);
    const need = HEADER_BYTES + padded(length);
    const skipped = at + need > size ? size - at : 0;
    if (need + skipped > room) return -1;
    if (skipped > 0) {
      view.setUint32(at, SKIP, true);
      at = 0;
    }
    view.setUint32(at, length, true);
    view.setUint32(at + 4, records, true);
    view.setFloat64(at + 8, sequence, true);
    this.next = (written + need + skipped) | 0;
    return at + HEADER_BYTES;
  }

  /** Wakes the worker, when it sleeps: telling one that is awake would cost for nothing. */
  wake(): void {
    const { shared } = this;
    if (Atomics.load(shared, ASLEEP) === 0) return;
    Atomics.store(shared, ASLEEP, 0);
    Atomics.add(shared, WAKE, 1);
    Atomics.notify(shared, WAKE);
  }
}

/**
 * Gives up the record that a reader died of, time and again: the first one of the first frame that is not safe. For the time when nobody reads.
 * Returns whether a frame had been begun at all.
 */
export function skipRecord(memory: RingMemory): boolean {
  const control = new Int32Array(memory.control);
  const view = new DataView(memory.data);
  const confirmed = Atomics.load(control, CONFIRMED_AT);
  if (((Atomics.load(control, TAKEN_AT) - confirmed) | 0) <= 0) return false;
  let at = (confirmed >>> 0) & (view.byteLength - 1);
  let end = confirmed;
  if (view.getUint32(at, true) === SKIP) {
    end += view.byteLength - at;
    at = 0;
  }
  const done = Atomics.add(control, FRAME_DONE, 1) + 1;
  Atomics.add(control, POISONED, 1);
  if (done < (view.getUint32(at + 4, true) & ~OF_LINES)) return true;
  Atomics.store(control, FRAME_DONE, 0);
  const next = (end + HEADER_BYTES + padded(view.getUint32(at, true))) | 0;
  Atomics.store(control, CONFIRMED_AT, next);
  tellWriter(control, next);
  return true;
}

/** How far a reader has come: two states that are equal mean that nothing was made safe in between. */
export function progressOf(memory: RingMemory): string {
  const control = new Int32Array(memory.control);
  return `${Atomics.load(control, CONFIRMED_AT)} ${Atomics.load(control, FRAME_DONE)}`;
}

/** Whether a frame has been taken and is not safe yet. */
export function isBegun(memory: RingMemory): boolean {
  const control = new Int32Array(memory.control);
  return ((Atomics.load(control, TAKEN_AT) - Atomics.load(control, CONFIRMED_AT)) | 0) > 0;
}

/** One frame as it was read. */
export interface Frame {
  /** The records' text; empty where they are lines. */
  readonly text: string;
  readonly lines: { readonly bytes: Uint8Array; readonly notes: Uint8Array; readonly common: Uint8Array } | undefined;
  readonly records: number;
  /** Sequence of its first record. */
  readonly sequence: number;
  /** Whether another worker had begun it before. */
  readonly again: boolean;
  /** Where the next frame begins. */
  readonly end: number;
}

/** The reading end. What it has read stays in the ring until it is confirmed. */
export class RingReader {
  readonly sender: string;
  private readonly control: Int32Array;
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private at: number;
  private readonly takenBefore: number;

  constructor(memory: RingMemory) {
    this.sender = memory.sender;
    this.control = new Int32Array(memory.control);
    this.bytes = Buffer.from(memory.data);
    this.view = new DataView(memory.data);
    this.at = Atomics.load(this.control, CONFIRMED_AT);
    this.takenBefore = Atomics.load(this.control, TAKEN_AT);
  }

  /** Records at the beginning of the first frame that need not be handled again. */
  get done(): number {
    return Atomics.load(this.control, FRAME_DONE);
  }

  get isEmpty(): boolean {
    return this.at === Atomics.load(this.control, WRITTEN);
  }

  /** Whether nothing will come any more. */
  get isEnded(): boolean {
    return Atomics.load(this.control, ENDED) === 1 && this.isEmpty;
  }

  /** The next frame, or nothing when all is read. */
  read(): Frame | undefined {
    const written = Atomics.load(this.control, WRITTEN);
    if (this.at === written) return undefined;
    const mask = this.bytes.length - 1;
    let at = (this.at >>> 0) & mask;
    if (this.view.getUint32(at, true) === SKIP) {
      this.at = (this.at + this.bytes.length - at) | 0;
      at = 0;
    }
    const length = this.view.getUint32(at, true);
    const start = at + HEADER_BYTES;
    const again = (this.takenBefore - this.at) | 0;
    this.at = (this.at + HEADER_BYTES + padded(length)) | 0;
    if (((this.at - Atomics.load(this.control, TAKEN_AT)) | 0) > 0) Atomics.store(this.control, TAKEN_AT, this.at);
    const given = this.view.getUint32(at + 4, true);
    const records = given & ~OF_LINES;
    const lines = records === given ? undefined : this.linesAt(start, records);
    return {
      text: lines === undefined ? this.bytes.toString("utf8", start, start + length) : "",
      lines,
      records,
      sequence: this.view.getFloat64(at + 8, true),
      again: again > 0,
      end: this.at,
    };
  }

  private linesAt(start: number, records: number): Frame["lines"] {
    const bytes = start + LINES_HEADER_BYTES;
    const notes = bytes + this.view.getUint32(start, true);
    const common = notes + records * NOTE_BYTES;
    const end = common + this.view.getUint32(start + 4, true);
    return {
      bytes: this.bytes.subarray(bytes, notes),
      notes: this.bytes.subarray(notes, common),
      common: this.bytes.subarray(common, end),
    };
  }

  /** Notes that so many records of the first unconfirmed frame are safe: a crash now does not bring them back. */
  confirmPart(records: number): void {
    Atomics.store(this.control, FRAME_DONE, records);
  }

  /** All frames before this position are safe: their space is free again. */
  confirm(end: number): void {
    // In this order: a crash in between brings records back, the other one would leave some out.
    Atomics.store(this.control, FRAME_DONE, 0);
    Atomics.store(this.control, CONFIRMED_AT, end);
    tellWriter(this.control, end);
  }
}

/** Wakes the writer when what it waits for is confirmed: waking it for each frame would cost both more than the frame. */
function tellWriter(control: Int32Array, end: number): void {
  if (Atomics.load(control, WAITING) === 0 || ((end - Atomics.load(control, WANTED)) | 0) < 0) return;
  Atomics.store(control, WAITING, 0);
  Atomics.notify(control, WAITING);
}
