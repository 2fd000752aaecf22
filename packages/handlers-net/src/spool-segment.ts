import { Buffer } from "node:buffer";
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writevSync,
} from "node:fs";
import { crc32 } from "node:zlib";

/** In front of each record in a segment: its length and its CRC-32, four bytes each, big-endian. */
export const RECORD_HEADER_BYTES = 8;
/** A frame holds its length prefix and one byte at least. */
const LEAST_RECORD_BYTES = 5;
/** What a length may claim before the rest of a segment is taken for rubbish. */
const MOST_RECORD_BYTES = 16_777_220;
const SCAN_BYTES = 1_048_576;
/** Made with the rights of its owner alone, and never through a link that somebody planted. */
const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const OPEN = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);

/** One record as it was read back; `frame` is `undefined` when its checksum does not hold. */
export interface SpooledRecord {
  readonly frame: Buffer | undefined;
  /** Where the next record begins. */
  readonly end: number;
}

/** One file of the spool: consecutive records, the first of them numbered `first`. */
export class SpoolSegment {
  readonly path: string;
  readonly first: number;
  /** Records in it. */
  count = 0;
  /** Bytes that hold readable records. */
  bytes = 0;
  #fd: number;

  /** @throws the file system's error */
  constructor(path: string, first: number, mode: "create" | "open") {
    this.path = path;
    this.first = first;
    this.#fd = openSync(path, mode === "create" ? CREATE : OPEN, 0o600);
    if (mode === "open") this.#scan();
  }

  /** Number behind the last record. */
  get next(): number {
    return this.first + this.count;
  }

  /** Bytes at the end that hold no readable record: torn by a crash, or damaged. */
  get rubbish(): number {
    return fstatSync(this.#fd).size - this.bytes;
  }

  /** Writes one record in one call; a write cut short (disk full) is taken back. @throws the file system's error */
  append(frame: Buffer): void {
    const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
    header.writeUInt32BE(frame.length, 0);
    header.writeUInt32BE(crc32(frame), 4);
    const size = RECORD_HEADER_BYTES + frame.length;
    let written = 0;
    try {
      written = writevSync(this.#fd, [header, frame], this.bytes);
    } finally {
      if (written !== size) ftruncateSync(this.#fd, this.bytes);
    }
    if (written !== size) throw new Error(`${this.path}: ${written} of ${size} bytes were written; the disk is full`);
    this.bytes += size;
    this.count++;
  }

  /** Bytes from `offset` on, up to `limit`. */
  read(offset: number, limit: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(limit, this.bytes - offset)));
    return buffer.subarray(0, readSync(this.#fd, buffer, 0, buffer.length, offset));
  }

  /**
   * Forces what was written onto the disk, without waiting for it. A segment that is closed, or closed meanwhile, is done without an error:
   * its records are confirmed, or `syncNow` was called.
   */
  sync(done: (error: Error | null) => void): void {
    if (this.#fd < 0) done(null);
    else fdatasync(this.#fd, (error) => done(this.#fd < 0 ? null : error));
  }

  /** Forces what was written onto the disk in this call. @throws the file system's error */
  syncNow(): void {
    if (this.#fd >= 0) fdatasyncSync(this.#fd);
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeSync(fd);
  }

  remove(): void {
    this.close();
    unlinkSync(this.path);
  }

  /** Cuts off what lies behind the last readable record. */
  truncate(): void {
    ftruncateSync(this.#fd, this.bytes);
  }

  /** Walks from header to header. Checksums are looked at when a record is read for sending. */
  #scan(): void {
    const { size } = fstatSync(this.#fd);
    const header = Buffer.alloc(RECORD_HEADER_BYTES);
    let window = Buffer.alloc(0);
    let windowAt = 0;
    for (let at = 0; at + RECORD_HEADER_BYTES <= size; ) {
      if (at < windowAt || at + RECORD_HEADER_BYTES > windowAt + window.length) {
        window = Buffer.allocUnsafe(Math.min(SCAN_BYTES, size - at));
        window = window.subarray(0, readSync(this.#fd, window, 0, window.length, at));
        windowAt = at;
      }
      if (window.copy(header, 0, at - windowAt) < RECORD_HEADER_BYTES) return;
      const length = header.readUInt32BE(0);
      const end = at + RECORD_HEADER_BYTES + length;
      if (length < LEAST_RECORD_BYTES || length > MOST_RECORD_BYTES || end > size) return;
      this.count++;
      this.bytes = at = end;
    }
  }
}

/** The record at `offset` of a stretch of a segment; `undefined` when the stretch ends inside it. */
export const recordAt = (bytes: Buffer, offset: number): SpooledRecord | undefined => {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return undefined;
  const end = offset + RECORD_HEADER_BYTES + bytes.readUInt32BE(offset);
  if (end > bytes.length) return undefined;
  const frame = bytes.subarray(offset + RECORD_HEADER_BYTES, end);
  return { frame: crc32(frame) === bytes.readUInt32BE(offset + 4) ? frame : undefined, end };
};

/** Length of the record whose header begins at `offset`, header included. */
export const recordSize = (bytes: Buffer, offset: number): number =>
  offset + RECORD_HEADER_BYTES > bytes.length ? RECORD_HEADER_BYTES : RECORD_HEADER_BYTES + bytes.readUInt32BE(offset);
