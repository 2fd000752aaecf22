import type { Tally } from "./log-file.js";

/** How a buffer gets rid of its lines. */
export interface LineSink {
  /** Writes all or throws. */
  write(text: string): void;
  /** Told of each failure. */
  failed(error: unknown, lost: number): void;
}

/**
 * Lines on their way to the file, within bounds of bytes, time and level. Characters are counted, never the growing text measured, which
 * would make the engine copy it each time; as one may become three bytes, the bound in characters is a third of that in bytes.
 */
export class LineBuffer {
  readonly #sink: LineSink;
  readonly #tally: Tally;
  readonly #mostCharacters: number;
  readonly #intervalMs: number;
  readonly #flushLevel: number;
  #text = "";
  #characters = 0;
  #count = 0;
  /** `created` of the first line held, in seconds. */
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(sink: LineSink, tally: Tally, bounds: { bytes: number; intervalMs: number; flushLevel: number }, widest: number) {
    this.#sink = sink;
    this.#tally = tally;
    this.#mostCharacters = Math.floor(bounds.bytes / widest);
    this.#intervalMs = bounds.intervalMs;
    this.#flushLevel = bounds.flushLevel;
  }

  /** Characters held. */
  get characters(): number {
    return this.#characters;
  }

  /** Takes a line, and writes all out when a bound is reached. What it answers is what `emit` answers. */
  add(line: string, level: number, created: number): "queued" | "settled" | undefined {
    if (this.#characters + line.length > this.#mostCharacters && this.#count > 0 && !this.writeOut()) {
      // Nothing can be written and there is no room to wait in: the newest is lost, what is held keeps waiting.
      this.#tally.fail("write");
      this.#sink.failed(undefined, 1);
      return "settled";
    }
    this.#text += line;
    this.#characters += line.length;
    this.#count++;
    if (level >= this.#flushLevel || this.#characters >= this.#mostCharacters || this.#isOld(created)) return this.#writeOutWithNewest();
    return "queued";
  }

  /** Whether the first line held has waited long enough. Without a bound in time nobody looks at any clock. */
  #isOld(created: number): boolean {
    if (this.#intervalMs === Number.POSITIVE_INFINITY) return false;
    if (this.#count === 1) {
      this.#since = created;
      this.#timer ??= setTimeout(this.#onTime, this.#intervalMs).unref();
    }
    const age = (created - this.#since) * 1_000;
    return age >= this.#intervalMs || age < 0;
  }

  /** Writes out what is held; when that fails it stays, and `false` is the answer. */
  writeOut(): boolean {
    const count = this.#count;
    if (count === 0) return true;
    try {
      this.#sink.write(this.#text);
    } catch (error) {
      this.#sink.failed(error, 0);
      return false;
    }
    this.#clear();
    this.#tally.queued -= count;
    this.#tally.delivered += count;
    return true;
  }

  /** Writes out what is held or counts it as lost. */
  settle(): void {
    if (this.writeOut()) return;
    const count = this.#count;
    this.#clear();
    this.#tally.queued -= count;
    this.#tally.fail("write", count);
    this.#sink.failed(undefined, count);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The newest line is not yet counted as queued: whoever called counts it by the answer. */
  #writeOutWithNewest(): "queued" | "settled" | undefined {
    this.#tally.queued++;
    const written = this.writeOut();
    if (written) this.#tally.delivered--;
    else this.#tally.queued--;
    if (written) return undefined;
    // A line beyond the bound is not held, or memory would have none.
    if (this.#count > 1 || this.#characters <= this.#mostCharacters) return "queued";
    this.#clear();
    this.#tally.fail("write");
    this.#sink.failed(undefined, 1);
    return "settled";
  }

  #clear(): void {
    this.#text = "";
    this.#characters = 0;
    this.#count = 0;
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    if (!this.writeOut() || this.#count > 0) this.#timer = setTimeout(this.#onTime, this.#intervalMs).unref();
  };
}
