import { Buffer } from "node:buffer";
import { checkOptions, LoggingError, type OptionNames } from "@cordwood/core";
import { checkWhole } from "./options.js";
import { SpoolFolder } from "./spool-folder.js";
import { RECORD_HEADER_BYTES, recordAt, recordSize, SpoolSegment } from "./spool-segment.js";
import type { Unconfirmed, UnconfirmedBatch } from "./unconfirmed.js";

export interface SpoolOptions {
  /** Folder of this handler's spool, made with mode 0700 if missing; its parent must exist. One handler, one folder. */
  readonly directory: string;
  /** Bytes kept on disk before new records are dropped and counted as `full`. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Bytes of one file before the next is begun. Default 8 MiB. */
  readonly segmentBytes?: number;
  /** Longest time what was written may be lost by a power cut, in milliseconds; a dead process loses nothing. Default 100. */
  readonly syncIntervalMs?: number;
}

const OPTIONS: OptionNames<SpoolOptions> = { directory: true, maxBytes: true, segmentBytes: true, syncIntervalMs: true };

const MAX_BYTES = 268_435_456;
const SEGMENT_BYTES = 8_388_608;
const SYNC_INTERVAL_MS = 100;

interface Cursor {
  /** Index into the segments. */
  segment: number;
  offset: number;
  /** Number of the record at `offset`. */
  sequence: number;
}

/**
 * Unconfirmed records on disk. Each is written with one call before `append` returns, so it survives the death of the process;
 * it is read back for sending from the same files. A damaged record is left out and counted, never a reason not to start.
 */
export class Spool implements Unconfirmed {
  readonly durable = true;
  onProblem: ((error: unknown) => void) | undefined;
  readonly #folder: SpoolFolder;
  readonly #maxBytes: number;
  readonly #segmentBytes: number;
  readonly #syncIntervalMs: number;
  readonly #segments: SpoolSegment[] = [];
  #confirmed: number;
  #next: number;
  #size = 0;
  #bytes = 0;
  #corrupt = 0;
  /** Next record to read, and the first that is not confirmed. */
  #cursor: Cursor = { segment: 0, offset: 0, sequence: 1 };
  #base: Cursor = { segment: 0, offset: 0, sequence: 1 };
  /** Numbers of damaged records that were passed. */
  readonly #leftOut = new Set<number>();
  /** Written to since they were last forced onto the disk: the newest, and those that were filled meanwhile. */
  readonly #dirty = new Set<SpoolSegment>();
  #timer: NodeJS.Timeout | undefined;

  /** @throws LoggingError for an option that is unknown or out of range, `SPOOL_UNUSABLE` or `SPOOL_IN_USE` */
  constructor(options: SpoolOptions) {
    checkOptions("spool", options, OPTIONS);
    checkWhole("spool", "maxBytes", options.maxBytes, 1);
    checkWhole("spool", "segmentBytes", options.segmentBytes, 1);
    checkWhole("spool", "syncIntervalMs", options.syncIntervalMs, 0, 2_147_483_647);
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.#syncIntervalMs = options.syncIntervalMs ?? SYNC_INTERVAL_MS;
    if (typeof options.directory !== "string" || options.directory === "") {
      throw new LoggingError("OPTION_INVALID", `spool.directory is ${JSON.stringify(options.directory)}; give the path of a folder`);
    }
    this.#folder = new SpoolFolder(options.directory);
    this.#confirmed = this.#folder.confirmed;
    this.#next = this.#confirmed + 1;
    for (const first of this.#folder.segments()) this.#recover(first);
    this.#base = this.#cursorAt(this.#confirmed + 1);
    this.#cursor = { ...this.#base };
  }

  get source(): string {
    return this.#folder.source;
  }

  get size(): number {
    return this.#size;
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  get last(): number {
    return this.#next - 1;
  }

  append(frame: Buffer): boolean {
    const size = RECORD_HEADER_BYTES + frame.length;
    if (this.#bytes + size > this.#maxBytes) return false;
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.next !== this.#next || (segment.count > 0 && segment.bytes + size > this.#segmentBytes)) {
      segment = new SpoolSegment(this.#folder.segmentPath(this.#next), this.#next, "create");
      this.#segments.push(segment);
    }
    segment.append(frame);
    this.#bytes += size;
    this.#size++;
    this.#next++;
    this.#syncSoon(segment);
    return true;
  }

  read(maxBytes: number, maxCount: number): UnconfirmedBatch | undefined {
    const cursor = this.#cursor;
    for (let segment = this.#segments[cursor.segment]; segment !== undefined; segment = this.#segments[cursor.segment]) {
      if (cursor.offset < segment.bytes) {
        const batch = this.#readFrom(segment, maxBytes, maxCount);
        if (batch !== undefined) return batch;
        continue;
      }
      if (cursor.segment === this.#segments.length - 1) return undefined;
      cursor.segment++;
      cursor.offset = 0;
      cursor.sequence = this.#segments[cursor.segment]!.first;
    }
    return undefined;
  }

  rewind(): void {
    this.#cursor = { ...this.#base };
  }

  confirm(sequence: number): number {
    const target = Math.min(sequence, this.#next - 1);
    if (target <= this.#confirmed) return 0;
    const before = this.#size;
    this.#advance(target);
    this.#confirmed = target;
    this.#guarded(() => this.#folder.mark(target));
    if (this.#cursor.sequence <= target) this.#cursor = { ...this.#base };
    this.#removeConfirmed();
    return before - this.#size;
  }

  takeCorrupt(): number {
    const count = this.#corrupt;
    this.#corrupt = 0;
    return count;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#dirty.clear();
    // Something is not on the disk yet, or just on its way there: the next process may find it only after a power cut.
    if (this.#timer !== undefined && this.#size > 0) for (const segment of this.#segments) this.#guarded(() => segment.syncNow());
    for (const segment of this.#segments) segment.close();
    this.#folder.close();
  }

  /** Reads one stretch of a segment; `undefined` when it held damaged records only. */
  #readFrom(segment: SpoolSegment, maxBytes: number, maxCount: number): UnconfirmedBatch | undefined {
    const cursor = this.#cursor;
    let bytes = this.#bytesOf(segment, cursor.offset, maxBytes);
    const wanted = recordSize(bytes, 0);
    if (wanted > bytes.length) bytes = this.#bytesOf(segment, cursor.offset, wanted);
    const frames: Buffer[] = [];
    let first = cursor.sequence;
    let at = 0;
    for (let record = recordAt(bytes, 0); record !== undefined && frames.length < maxCount; record = recordAt(bytes, at)) {
      if (record.frame === undefined) {
        if (frames.length > 0) break;
        this.#leaveOut();
        first++;
      } else frames.push(record.frame);
      at = record.end;
      cursor.sequence++;
    }
    cursor.offset += at;
    if (at === 0) this.#leaveRest(segment);
    return frames.length === 0 ? undefined : { first, count: frames.length, bytes: Buffer.concat(frames) };
  }

  /** The file of a segment is shorter than it was: what is missing counts as damaged. */
  #leaveRest(segment: SpoolSegment): void {
    for (const cursor = this.#cursor; cursor.sequence < segment.next; cursor.sequence++) this.#leaveOut();
    this.#cursor.offset = segment.bytes;
  }

  /** What the disk gives; nothing when it fails. */
  #bytesOf(segment: SpoolSegment, offset: number, limit: number): Buffer {
    let bytes: Buffer = Buffer.alloc(0);
    this.#guarded(() => {
      bytes = segment.read(offset, limit);
    });
    return bytes;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.onProblem?.(error);
    }
  }

  /** A damaged record counts once, however often it is passed. It is confirmed with the next whole one. */
  #leaveOut(): void {
    const { sequence } = this.#cursor;
    if (this.#leftOut.has(sequence)) return;
    this.#leftOut.add(sequence);
    this.#corrupt++;
    this.#size--;
  }

  /** Moves the first unconfirmed record behind `target`, from header to header on disk. */
  #advance(target: number): void {
    const base = this.#base;
    while (base.sequence <= target) {
      const segment = this.#segments[base.segment];
      if (segment !== undefined && base.offset < segment.bytes) this.#advanceIn(segment, target);
      else {
        const next = this.#segments[base.segment + 1];
        base.sequence = Math.max(base.sequence, next?.first ?? target + 1);
        if (next === undefined) return;
        base.segment++;
        base.offset = 0;
      }
    }
  }

  #advanceIn(segment: SpoolSegment, target: number): void {
    const base = this.#base;
    const bytes = this.#bytesOf(segment, base.offset, 65_536);
    let at = 0;
    for (; base.sequence <= target && at + RECORD_HEADER_BYTES <= bytes.length; base.sequence++) {
      at += recordSize(bytes, at);
      if (!this.#leftOut.delete(base.sequence)) this.#size--;
    }
    base.offset = at === 0 ? segment.bytes : base.offset + at;
    if (at > 0) return;
    // The file is shorter than it was: what was in it is passed over.
    for (const end = Math.min(target + 1, segment.next); base.sequence < end; base.sequence++)
      if (!this.#leftOut.delete(base.sequence)) this.#size--;
  }

  #removeConfirmed(): void {
    while (this.#segments.length > 0 && this.#segments[0]!.next <= this.#confirmed + 1) {
      const segment = this.#segments[0]!;
      // The last one is kept while it is small: a quiet handler would make a file for each record.
      if (this.#segments.length === 1 && segment.bytes < this.#segmentBytes / 8) return;
      this.#segments.shift();
      this.#bytes -= segment.bytes;
      this.#dirty.delete(segment);
      this.#guarded(() => segment.remove());
      for (const cursor of [this.#base, this.#cursor]) {
        if (cursor.segment > 0) cursor.segment--;
        else cursor.offset = 0;
      }
    }
  }

  #recover(first: number): void {
    const segment = new SpoolSegment(this.#folder.segmentPath(first), first, "open");
    // Bytes that are no record may have been records: their numbers are passed over, lest a new record gets one that was used.
    const lost = Math.ceil(segment.rubbish / (RECORD_HEADER_BYTES + 5));
    if (lost > 0) segment.truncate();
    this.#next = Math.max(this.#next, segment.next + lost);
    if (segment.next <= this.#confirmed + 1) segment.remove();
    else {
      this.#segments.push(segment);
      this.#bytes += segment.bytes;
      this.#size += segment.next - Math.max(segment.first, this.#confirmed + 1);
    }
  }

  /** Where a record lies. */
  #cursorAt(sequence: number): Cursor {
    const first = this.#segments[0];
    const cursor: Cursor = { segment: 0, offset: 0, sequence: first?.first ?? this.#next };
    while (first !== undefined && cursor.sequence < sequence && cursor.offset < first.bytes) {
      cursor.offset += recordSize(first.read(cursor.offset, RECORD_HEADER_BYTES), 0);
      cursor.sequence++;
    }
    return cursor;
  }

  #syncSoon(segment: SpoolSegment): void {
    this.#dirty.add(segment);
    this.#timer ??= setTimeout(() => this.#sync(), this.#syncIntervalMs).unref();
  }

  #sync(): void {
    const dirty = [...this.#dirty];
    let waiting = dirty.length;
    this.#dirty.clear();
    const done = (error: Error | null): void => {
      if (error !== null) this.onProblem?.(error);
      if (--waiting > 0) return;
      // The next interval begins when the disk is done, so that a slow disk is not asked twice at once.
      this.#timer = undefined;
      for (const segment of this.#dirty) this.#syncSoon(segment);
    };
    for (const segment of dirty) segment.sync(done);
  }
}
