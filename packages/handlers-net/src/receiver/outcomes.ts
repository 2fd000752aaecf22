import type { Socket } from "node:net";
import type { Numbered } from "./confirmations.js";
import type { Tally } from "./tally.js";
import type { Valve } from "./valve.js";

/** What became of handing a record on: a promise while `onRecord` is at work, what it has thrown, or a refused payload. */
export type Outcome = Promise<void> | Known;

type Known = { readonly error: unknown } | "done" | "refused";

/** A record that failed so often is counted as lost, so that one bad record does not stop its source for ever. */
const MOST_FAILURES = 5;
/** Records handed to an `onRecord` that promises, before the connection has to wait. */
const MOST_PENDING = 1_024;
const MOST_PENDING_BYTES = 1_048_576;

/** Counts what became of the records of one connection, each when that of all before it is known. */
export class Outcomes {
  readonly #socket: Socket;
  readonly #valve: Valve;
  readonly #tally: Tally;
  /** Called when a record that was waited for is through. */
  readonly #through: () => void;
  #pending = 0;
  #pendingBytes = 0;
  #tail: Promise<void> = Promise.resolve();
  /** A record has to come again, and with it all that follow. */
  #broken = false;

  constructor(socket: Socket, valve: Valve, tally: Tally, through: () => void) {
    this.#socket = socket;
    this.#valve = valve;
    this.#tally = tally;
    this.#through = through;
  }

  /** Records that are waited for. */
  get pending(): number {
    return this.#pending;
  }

  /** Bytes of their payloads. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Settles when nothing is waited for. */
  drained(): Promise<void> {
    return this.#tail;
  }

  /** @param place `undefined` where nothing is confirmed */
  add(outcome: Outcome, place: Numbered | undefined, bytes: number): void {
    if (this.#pending === 0 && !(outcome instanceof Promise)) this.#conclude(outcome, place);
    else this.#wait(outcome, place, bytes);
  }

  #wait(outcome: Outcome, place: Numbered | undefined, bytes: number): void {
    this.#pendingBytes += bytes;
    if (++this.#pending >= MOST_PENDING || this.#pendingBytes >= MOST_PENDING_BYTES) this.#valve.hold("pending");
    const settled: Promise<Known> =
      outcome instanceof Promise
        ? outcome.then(
            () => "done" as const,
            (error: unknown) => ({ error }),
          )
        : Promise.resolve(outcome);
    this.#tail = this.#tail.then(async () => {
      const known = await settled;
      this.#pendingBytes -= bytes;
      if (--this.#pending < MOST_PENDING / 2 && this.#pendingBytes < MOST_PENDING_BYTES) this.#valve.release("pending");
      this.#conclude(known, place);
      this.#through();
    });
  }

  #conclude(outcome: Known, place: Numbered | undefined): void {
    // Behind a record that has to come again, whatever became of this one does not count: it comes again too.
    if (this.#broken) return;
    if (outcome === "done") this.#tally.received++;
    else if (typeof outcome === "object" && this.#comesAgain(outcome.error, place)) return;
    if (place === undefined || place.sequence <= place.state.last) return;
    place.state.last = place.sequence;
    place.state.failures = 0;
  }

  /** With a place, the connection ends and the record comes again; after some failures, and without a place, it is lost. */
  #comesAgain(error: unknown, place: Numbered | undefined): boolean {
    const again = place !== undefined && place.state.last < place.sequence && ++place.state.failures < MOST_FAILURES;
    this.#tally.fail("onRecord", error, again ? 0 : 1);
    if (!again) return false;
    this.#broken = true;
    place.state.handed = place.state.last;
    this.#socket.destroy();
    return true;
  }
}
