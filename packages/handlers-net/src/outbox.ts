/** What a full queue loses: the record that arrives or the one that waits longest. */
export type WhenFull = "drop-newest" | "drop-oldest";

export interface OutboxOptions {
  /** Records held while they cannot leave. Default 10 000. */
  readonly capacity?: number;
  /** Bytes held while they cannot leave. Default 16 MiB. */
  readonly maxBytes?: number;
  /** What is lost when either is reached. Default `"drop-newest"`. */
  readonly whenFull?: WhenFull;
}

/** Default of `OutboxOptions.capacity`. */
export const OUTBOX_CAPACITY = 10_000;
/** Default of `OutboxOptions.maxBytes`. */
export const OUTBOX_MAX_BYTES = 16_777_216;
/** Items already taken are cut off the front once they are so many. */
const COMPACT_AT = 1_024;

/** A bounded queue in order, measured in records and bytes. */
export class Outbox<T extends { readonly length: number }> {
  readonly #capacity: number;
  readonly #maxBytes: number;
  readonly #whenFull: WhenFull;
  readonly #keep: (item: T) => T;
  #items: T[] = [];
  #first = 0;
  #bytes = 0;

  /** @param keep what is to wait in place of an item that is taken in */
  constructor(options: OutboxOptions = {}, keep: (item: T) => T = (item) => item) {
    this.#keep = keep;
    this.#capacity = options.capacity ?? OUTBOX_CAPACITY;
    this.#maxBytes = options.maxBytes ?? OUTBOX_MAX_BYTES;
    this.#whenFull = options.whenFull ?? "drop-newest";
  }

  /** Records held. */
  get size(): number {
    return this.#items.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes an item in and gives the number of records lost for it, and whether the item itself is among them. */
  add(item: T): { readonly kept: boolean; readonly lost: number } {
    let lost = 0;
    while (this.size >= this.#capacity || this.#bytes + item.length > this.#maxBytes) {
      if (this.#whenFull === "drop-newest" || this.size === 0) return { kept: false, lost: lost + 1 };
      this.shift();
      lost++;
    }
    this.#items.push(this.#keep(item));
    this.#bytes += item.length;
    return lost === 0 ? KEPT : { kept: true, lost };
  }

  /** The items from the front that fit into `maxBytes` and `maxCount`, one at least. */
  take(maxBytes: number, maxCount: number): T[] {
    const taken: T[] = [];
    let bytes = 0;
    while (this.size > 0 && taken.length < maxCount) {
      const next = this.#items[this.#first]!;
      if (taken.length > 0 && bytes + next.length > maxBytes) break;
      bytes += next.length;
      taken.push(this.shift()!);
    }
    return taken;
  }

  shift(): T | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    this.#first++;
    this.#bytes -= item.length;
    if (this.#first === this.#items.length || this.#first >= COMPACT_AT) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Goes through what is held, the oldest first. */
  reduce(step: (sum: number, item: T) => number, start: number): number {
    return this.#items.slice(this.#first).reduce(step, start);
  }

  /** Empties it and gives the number of records that were in it. */
  clear(): number {
    const count = this.size;
    this.#items = [];
    this.#first = this.#bytes = 0;
    return count;
  }
}

const KEPT = { kept: true, lost: 0 } as const;
