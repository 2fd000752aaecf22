import { attempt, type LogRecord, show } from "@cordwood/core";

/** What tells records apart: those with the same key are taken together. */
export type RecordKey = (record: LogRecord) => unknown;

/** Logger, level and the message before its arguments are put in: one line of the program, whatever its values. */
export const byTemplate: RecordKey = (record) =>
  `${record.name}\n${record.levelno}\n${typeof record.msg === "string" ? record.msg : show(record.msg)}`;

/** Logger, level and the finished message: what a reader sees as the same line. */
export const byMessage: RecordKey = (record) => `${record.name}\n${record.levelno}\n${record.message}`;

/** The key of a record; what throws is one key of its own, so that a bad function of the user's limits all rather than nothing. */
export const keyOf = (key: RecordKey, record: LogRecord): unknown => attempt(() => key(record), undefined);

/** A Map that holds at most so many entries and gives up the one that was used longest ago. */
export class RecentMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #most: number;
  readonly #onEvict: (key: K, value: V) => void;

  constructor(most: number, onEvict: (key: K, value: V) => void = () => {}) {
    this.#most = most;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key, which is now the most recent one. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) {
      const [oldest, evicted] = this.#entries.entries().next().value as [K, V];
      this.#entries.delete(oldest);
      this.#onEvict(oldest, evicted);
    }
  }

  delete(key: K): V | undefined {
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    return value;
  }

  /** The oldest entry first. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }
}
