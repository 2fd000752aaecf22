/** How far one source of acknowledged records has come. */
export interface SourceState {
  /** Number up to which all records are handled. */
  last: number;
  /** Number up to which records were handed on; beyond `last` while `onRecord` is still at work. */
  handed: number;
  /** Number up to which `beforeAcknowledge` has been called. */
  flushed: number;
  /** Ends the connection that carries the source now. */
  end: (() => void) | undefined;
  /** How often the record behind `last` has failed. */
  failures: number;
}

const MOST_SOURCES = 10_000;

/** The sources a receiver has heard of, the longest silent ones forgotten first. */
export class Sources {
  readonly #states = new Map<string, SourceState>();

  /** @param owner who speaks: a source's number is worth nothing under another address or certificate */
  state(owner: string, source: string): SourceState {
    const key = `${owner} ${source}`;
    const state = this.#states.get(key) ?? { last: 0, handed: 0, flushed: 0, end: undefined, failures: 0 };
    this.#states.delete(key);
    this.#states.set(key, state);
    if (this.#states.size > MOST_SOURCES) this.#states.delete(this.#states.keys().next().value!);
    return state;
  }
}
