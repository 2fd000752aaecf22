import type { HandlerStats } from "@cordwood/core";
import type { Outcome, RecordOwner } from "./queue.js";
import type { Policy } from "./when-full.js";

/** One waiting record, in whatever form the queue keeps it. */
export interface Entry<T> {
  /** `undefined` once it has been dropped from among the others. */
  item: T | undefined;
  readonly level: number;
  readonly bytes: number;
  readonly owner: RecordOwner | undefined;
  /** Counts up by one for each entry of this buffer, from 1. */
  readonly sequence: number;
}

const WARNING = 30;

/**
 * The bounded, counted store at the heart of every queue here: a ring of entries in three stretches, oldest first — handed over and not yet
 * confirmed, waiting, free. The policy is applied among those that wait; what was handed over can be handed over again (`rewind`), never dropped
 * in favour of another.
 */
export class BoundedBuffer<T> {
  /** Called for each loss: a queue tells of it in a summary record. */
  onLoss: ((reason: string, count: number) => void) | undefined;
  /** Every accepted record that came to a good end. */
  delivered = 0;
  accepted = 0;
  /** Records held: waiting, and handed over but not confirmed. */
  queued = 0;
  /** Estimated bytes of the records held. */
  bytes = 0;
  /** Records that wait to be handed over. */
  waiting = 0;
  readonly dropped = new Map<string, number>();
  readonly failed = new Map<string, number>();
  private ring: (Entry<T> | undefined)[] = new Array(64).fill(undefined);
  private mask = 63;
  private head = 0;
  private next = 0;
  private tail = 0;
  /** Everything waiting before it is known to be at or above the level of `drop-below`. */
  private looked = 0;
  private sequence = 0;
  private readonly capacity: number;
  private readonly lowCapacity: number;
  private readonly maxBytes: number;
  private readonly policy: Policy;

  constructor(limits: { readonly capacity: number; readonly maxBytes: number; readonly policy: Policy }) {
    this.capacity = limits.capacity;
    this.lowCapacity = limits.capacity - Math.floor(limits.capacity / 10);
    this.maxBytes = limits.maxBytes;
    this.policy = limits.policy;
  }

  /** Whether a record of this level and size would find the queue full. */
  isFull(level: number, bytes: number): boolean {
    return this.queued >= (level >= WARNING ? this.capacity : this.lowCapacity) || this.bytes + bytes > this.maxBytes;
  }

  /**
   * Takes a record in, making room as the policy says.
   * @returns `"queued"`, or the reason for which it was dropped and counted. `"inline"` and `"block"` are the caller's to carry out, before
   * it calls this.
   */
  offer(item: T, level: number, bytes: number, owner: RecordOwner | undefined): string {
    this.accepted++;
    if (this.queued >= (level >= WARNING ? this.capacity : this.lowCapacity) || this.bytes + bytes > this.maxBytes) {
      const reason = bytes > this.maxBytes ? "oversize" : this.makeRoom(level, bytes);
      if (reason !== undefined) {
        this.lose(this.dropped, reason, 1);
        return reason;
      }
    }
    this.push(item, level, bytes, owner);
    return "queued";
  }

  /** Takes an entry in whatever the limits say: a queue's own word about what it lost. It is accepted and counted like any other. */
  force(item: T, level: number, bytes: number): void {
    this.accepted++;
    this.push(item, level, bytes, undefined);
  }

  /**
   * Counts a record in that is kept elsewhere, where it can be found again: it is held like any other until `release`.
   * @returns its sequence.
   */
  admit(bytes: number): number {
    this.accepted++;
    this.queued++;
    this.bytes += bytes;
    return ++this.sequence;
  }

  /** Hands over the oldest waiting entry to somewhere where it is kept: it stays counted as held until `release`. Only where nothing is unconfirmed. */
  moveOut(): Entry<T> | undefined {
    const entry = this.shift();
    if (entry === undefined) return undefined;
    while (this.head !== this.next) this.ring[this.head++ & this.mask] = undefined;
    return entry;
  }

  /** Records of one owner that were kept elsewhere have come to this end. */
  release(owner: RecordOwner | undefined, count: number, bytes: number, outcome: Outcome, reason = ""): void {
    this.queued -= count;
    this.bytes -= bytes;
    this.count(outcome, reason, count);
    owner?.settled(outcome, reason, count);
  }

  /** Counts a record that was handled without waiting. */
  passed(): void {
    this.accepted++;
    this.delivered++;
  }

  /** Counts a record that was refused before it could wait. */
  refused(reason: string): string {
    this.accepted++;
    this.lose(this.dropped, reason, 1);
    return reason;
  }

  /** The oldest waiting entry, without handing it over. */
  peek(): Entry<T> | undefined {
    while (this.next !== this.tail) {
      const entry = this.ring[this.next & this.mask] as Entry<T>;
      if (entry.item !== undefined) return entry;
      this.next++;
    }
    return undefined;
  }

  /** Hands over the oldest waiting entry; it stays here until it is confirmed. */
  shift(): Entry<T> | undefined {
    const entry = this.peek();
    if (entry === undefined) return undefined;
    this.next++;
    this.waiting--;
    return entry;
  }

  /** Hands over the oldest waiting entry and confirms it at once. Only where nothing is ever left unconfirmed. */
  take(): T | undefined {
    const entry = this.shift();
    if (entry === undefined) return undefined;
    const item = entry.item as T;
    this.confirm(1);
    return item;
  }

  /** As `take`, for so many at most of the oldest ones as are of this kind. */
  takeWhile<K extends T>(isKind: (item: T) => item is K, most: number): K[] {
    const items: K[] = [];
    for (let entry = this.peek(); entry !== undefined && items.length < most; entry = this.peek()) {
      const item = entry.item as T;
      if (!isKind(item)) break;
      items.push(item);
      this.next++;
      this.waiting--;
    }
    this.confirm(items.length);
    return items;
  }

  /** The sequence that the next entry will have. */
  get nextSequence(): number {
    return this.sequence + 1;
  }

  /** How many entries are handed over and not confirmed. */
  get unconfirmed(): number {
    return this.queued - this.waiting;
  }

  /** The oldest `count` entries handed over have come to this end. */
  confirm(count: number, outcome: Outcome = "delivered", reason = ""): void {
    let owner: RecordOwner | undefined;
    let run = 0;
    for (let left = Math.min(count, this.unconfirmed); left > 0; ) {
      const entry = this.ring[this.head & this.mask] as Entry<T>;
      this.ring[this.head++ & this.mask] = undefined;
      if (entry.item === undefined) continue;
      left--;
      this.queued--;
      this.bytes -= entry.bytes;
      this.count(outcome, reason, 1);
      if (entry.owner === owner) run++;
      else {
        owner?.settled(outcome, reason, run);
        owner = entry.owner;
        run = 1;
      }
    }
    owner?.settled(outcome, reason, run);
  }

  /** What was handed over and not confirmed is to be handed over again. */
  rewind(): void {
    this.waiting = this.queued;
    this.next = this.head;
    this.looked = this.head;
  }

  /** Gives up everything that is held: `dropped`, for one reason. Returns how many. */
  abandon(reason: string): number {
    const count = this.queued;
    while (this.shift() !== undefined);
    this.confirm(count, "dropped", reason);
    return count;
  }

  stats(): HandlerStats {
    const { accepted, delivered, queued } = this;
    return { accepted, delivered, queued, dropped: Object.fromEntries(this.dropped), failed: Object.fromEntries(this.failed) };
  }

  private push(item: T, level: number, bytes: number, owner: RecordOwner | undefined): void {
    if (this.tail - this.head > this.mask) this.grow();
    this.ring[this.tail++ & this.mask] = { item, level, bytes, owner, sequence: ++this.sequence };
    this.queued++;
    this.waiting++;
    this.bytes += bytes;
  }

  /** Makes room for one record, or says why it cannot. */
  private makeRoom(level: number, bytes: number): string | undefined {
    const { kind } = this.policy;
    if (kind === "drop-oldest") {
      do {
        const entry = this.peek();
        if (entry === undefined) return "full";
        this.next++;
        this.discard(entry);
      } while (this.isFull(level, bytes));
      return undefined;
    }
    if (kind === "drop-below" && level >= this.policy.level) {
      do {
        const entry = this.oldestBelow(this.policy.level);
        if (entry === undefined) return "full";
        this.discard(entry);
      } while (this.isFull(level, bytes));
      return undefined;
    }
    return "full";
  }

  private oldestBelow(level: number): Entry<T> | undefined {
    // What has been looked at once is dropped, handed over, or high enough for ever: the search never starts again.
    for (let at = Math.max(this.looked, this.next); at !== this.tail; at++) {
      const entry = this.ring[at & this.mask] as Entry<T>;
      this.looked = at;
      if (entry.item !== undefined && entry.level < level) return entry;
    }
    return undefined;
  }

  private discard(entry: Entry<T>): void {
    entry.item = undefined;
    this.queued--;
    this.waiting--;
    this.bytes -= entry.bytes;
    this.lose(this.dropped, "full", 1);
    entry.owner?.settled("dropped", "full", 1);
  }

  private count(outcome: Outcome, reason: string, count: number): void {
    if (outcome === "delivered") this.delivered += count;
    else this.lose(outcome === "dropped" ? this.dropped : this.failed, reason, count);
  }

  private lose(counters: Map<string, number>, reason: string, count: number): void {
    counters.set(reason, (counters.get(reason) ?? 0) + count);
    this.onLoss?.(reason, count);
  }

  /** Closes the gaps that dropped entries left, or doubles the ring when there are few. */
  private grow(): void {
    const gaps = this.tail - this.head - this.queued;
    const old = this.ring;
    const size = gaps > old.length / 2 ? old.length : old.length * 2;
    const ring: (Entry<T> | undefined)[] = new Array(size).fill(undefined);
    let at = 0;
    let next = 0;
    for (let i = this.head; i !== this.tail; i++) {
      if (i === this.next) next = at;
      const entry = old[i & this.mask] as Entry<T>;
      if (entry.item !== undefined) ring[at++] = entry;
    }
    this.next = this.next === this.tail ? at : next;
    this.ring = ring;
    this.mask = size - 1;
    this.head = 0;
    this.tail = at;
    this.looked = this.next;
  }
}
