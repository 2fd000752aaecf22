import type { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { OUTBOX_CAPACITY, OUTBOX_MAX_BYTES, type OutboxOptions } from "./outbox.js";
import { joined, Shelf } from "./shelf.js";

/** Frames read for sending. */
export interface UnconfirmedBatch {
  /** Number of the first of them. */
  readonly first: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** Records that the far side has not confirmed yet, numbered in order from 1 on. */
export interface Unconfirmed {
  /** Who numbers them; a far side recognises repetitions by source and number. */
  readonly source: string;
  /** Records held. */
  readonly size: number;
  /** Whether they outlive this process. */
  readonly durable: boolean;
  /** Number of the last confirmed record. */
  readonly confirmed: number;
  /** Number of the last record taken in. */
  readonly last: number;
  /** Keeps a frame; `false` when there is no room. @throws when it cannot be stored */
  append(frame: Buffer): boolean;
  /** The next frames to send, within the limits but one at least; `undefined` when all have been read. */
  read(maxBytes: number, maxCount: number): UnconfirmedBatch | undefined;
  /** Reading starts again behind the last confirmed record. */
  rewind(): void;
  /** Forgets all up to this number and gives how many records that were. */
  confirm(sequence: number): number;
  /** Records found unreadable since the last call. */
  takeCorrupt(): number;
  /** Called with what goes wrong on disk while records are given back or removed; nothing is lost by it. */
  onProblem: ((error: unknown) => void) | undefined;
  close(): void;
}

/** Unconfirmed records in memory: they end with the process. */
export class UnconfirmedInMemory implements Unconfirmed {
  readonly source: string = randomUUID();
  readonly durable = false;
  onProblem: ((error: unknown) => void) | undefined;
  readonly #capacity: number;
  readonly #maxBytes: number;
  readonly #shelf = new Shelf();
  #frames: Buffer[] = [];
  #bytes = 0;
  #confirmed = 0;
  /** Index of the next frame to read. */
  #cursor = 0;

  constructor(options: OutboxOptions) {
    this.#capacity = options.capacity ?? OUTBOX_CAPACITY;
    this.#maxBytes = options.maxBytes ?? OUTBOX_MAX_BYTES;
  }

  get size(): number {
    return this.#frames.length;
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  get last(): number {
    return this.#confirmed + this.#frames.length;
  }

  append(frame: Buffer): boolean {
    if (this.#frames.length >= this.#capacity || this.#bytes + frame.length > this.#maxBytes) return false;
    this.#frames.push(this.#shelf.keep(frame));
    this.#bytes += frame.length;
    return true;
  }

  read(maxBytes: number, maxCount: number): UnconfirmedBatch | undefined {
    const from = this.#cursor;
    let bytes = 0;
    while (this.#cursor < this.#frames.length && this.#cursor - from < maxCount) {
      const { length } = this.#frames[this.#cursor]!;
      if (this.#cursor > from && bytes + length > maxBytes) break;
      bytes += length;
      this.#cursor++;
    }
    if (this.#cursor === from) return undefined;
    return {
      first: this.#confirmed + 1 + from,
      count: this.#cursor - from,
      bytes: joined(this.#frames.slice(from, this.#cursor)),
    };
  }

  rewind(): void {
    this.#cursor = 0;
  }

  confirm(sequence: number): number {
    const count = Math.min(Math.max(0, sequence - this.#confirmed), this.#frames.length);
    for (let i = 0; i < count; i++) this.#bytes -= this.#frames[i]!.length;
    this.#frames = count === 0 ? this.#frames : this.#frames.slice(count);
    this.#cursor = Math.max(0, this.#cursor - count);
    this.#confirmed += count;
    return count;
  }

  takeCorrupt(): number {
    return 0;
  }

  close(): void {
    this.#frames = [];
    this.#bytes = this.#cursor = 0;
  }
}
