import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { acknowledgementFrame, isControl, parseGreeting } from "../acknowledgement.js";
import { FrameReader } from "../frame.js";
import type { Intake } from "./intake.js";
import { makeOrigin, type Origin } from "./origin.js";
import type { SourceState, Sources } from "./sources.js";
import { syslogAttributes } from "./syslog-attributes.js";
import { beginsSyslog, SyslogReader } from "./syslog-reader.js";
import { isRefusal, type Tally } from "./tally.js";

export interface PeerSettings {
  readonly maxFrameBytes: number;
  readonly intake: Intake;
  readonly tally: Tally;
  readonly sources: Sources;
  readonly budget: Budget;
  /** Called before records are confirmed; what it promises is waited for. */
  readonly beforeAcknowledge: (() => void | Promise<void>) | undefined;
}

/** Bytes that all connections and requests of a receiver hold together. */
export interface Budget {
  heldBytes: number;
  readonly maxBytes: number;
}

/** A record that failed so often is counted as lost, so that one bad record does not stop its source for ever. */
const MOST_FAILURES = 5;
/** Refused payloads in a row after which a peer is taken for an attacker. */
const MOST_REFUSALS = 1_000;
/** Records handed to an `onRecord` that promises, before the connection has to wait. */
const MOST_PENDING = 1_024;
const MOST_PENDING_BYTES = 1_048_576;
/** Confirmations that a peer may leave unread. */
const MOST_UNREAD_BYTES = 65_536;

/** What `onRecord` has thrown. */
type Problem = { readonly error: unknown } | undefined;

/** Stands for a payload that was refused: nothing to wait for, and nothing that comes again. */
const REFUSED: Promise<void> = Promise.resolve();

/** One connection of a receiver: frames in, and confirmations out where the sender asks for them. */
export class StreamPeer {
  readonly socket: Socket;
  readonly origin: Origin;
  readonly #settings: PeerSettings;
  /** Chosen by the first byte. */
  #reader: FrameReader | SyslogReader | undefined;
  /** Milliseconds, on the receiver's clock. */
  lastDataAt: number;
  /** When the unfinished frame began; 0 between frames. */
  frameSince = 0;
  /** Frames that were whole. */
  frames = 0;
  #refusals = 0;
  #source: { readonly name: string; readonly state: SourceState } | undefined;
  #next = 0;
  #pending = 0;
  #pendingBytes = 0;
  /** What this peer has added to the budget. */
  #budgeted = 0;
  /** Confirms in order what was handed on in order. */
  #tail: Promise<void> = Promise.resolve();
  #greeted = false;
  #acknowledging = false;
  /** Last number confirmed on this connection. */
  #acknowledged = -1;
  /** A record has to come again, and with it all that follow. */
  #broken = false;
  #finishing = false;

  constructor(socket: Socket, origin: Origin, now: number, settings: PeerSettings) {
    this.socket = socket;
    this.origin = origin;
    this.lastDataAt = now;
    this.#settings = settings;
  }

  /** Bytes held for this peer. */
  get heldBytes(): number {
    return (this.#reader?.pendingBytes ?? 0) + this.#pendingBytes;
  }

  /** Records whose `onRecord` has not settled. */
  get pending(): number {
    return this.#pending;
  }

  get label(): string {
    return this.origin.port === undefined ? this.origin.address : `${this.origin.address}:${this.origin.port}`;
  }

  /**
   * The receiver closes. What is still on its way is read; of a source nothing more is taken, since it comes again: what was handled is
   * confirmed first.
   */
  async finish(): Promise<void> {
    if (this.#source !== undefined) {
      this.#finishing = true;
      await this.#tail;
      await this.#acknowledge();
    }
    this.socket.end();
  }

  /** Takes what has arrived; `now` is the time it did. */
  push(chunk: Buffer, now: number): void {
    this.lastDataAt = now;
    if (this.#finishing) return;
    const before = this.frames;
    const { maxFrameBytes } = this.#settings;
    this.#reader ??= beginsSyslog(chunk[0]!) ? new SyslogReader(maxFrameBytes) : new FrameReader(maxFrameBytes);
    try {
      this.#reader.push(chunk, this.#take);
    } catch (error) {
      if (isRefusal(error)) this.#settings.tally.refuse("frame", this.label, error);
      this.socket.destroy();
      return;
    }
    if (this.#reader.pendingBytes === 0) this.frameSince = 0;
    else if (this.frameSince === 0 || this.frames !== before) this.frameSince = now;
    this.#account();
    if (this.#source !== undefined) this.#acknowledgeSoon();
  }

  /** Gives back what is held; the connection is gone. */
  release(): void {
    this.#settings.budget.heldBytes -= this.#budgeted;
    this.#budgeted = 0;
  }

  #account(): void {
    if (this.socket.destroyed) return;
    const { heldBytes } = this;
    this.#settings.budget.heldBytes += heldBytes - this.#budgeted;
    this.#budgeted = heldBytes;
  }

  /** One whole payload. Its limits hold, whatever it contains: a refusal costs this frame and no more. */
  readonly #take = (bytes: Buffer, start: number, end: number): void => {
    // What follows a record that has to come again must come again too.
    if (this.socket.destroyed) return;
    this.frames++;
    const source = this.#source;
    if ((source !== undefined || this.frames === 1) && isControl(bytes, start, end)) this.#greet(bytes, start, end);
    else if (source === undefined) this.#handle(bytes, start, end, this.origin, undefined, 0);
    else this.#numbered(bytes, start, end, source);
  };

  /** A record under acknowledged delivery: its number is its place. */
  #numbered(bytes: Buffer, start: number, end: number, source: { readonly name: string; readonly state: SourceState }): void {
    const sequence = this.#next++;
    if (sequence <= source.state.handed) {
      this.#settings.tally.duplicates++;
      return;
    }
    source.state.handed = sequence;
    const origin = makeOrigin({ ...this.origin, source: source.name, sequence }, 1);
    this.#handle(bytes, start, end, origin, source.state, sequence);
  }

  #greet(bytes: Buffer, start: number, end: number): void {
    const { source, next } = parseGreeting(bytes, start, end);
    const owner = this.origin.certificate ?? this.origin.address;
    const state = this.#settings.sources.state(owner, source);
    // A connection that carried the source before is half open at best.
    if (this.#source?.state !== state) {
      state.end?.();
      state.end = () => void this.socket.destroy();
      state.handed = state.last;
    }
    this.#source = { name: source, state };
    this.#next = next;
    this.#greeted = true;
  }

  #handle(bytes: Buffer, start: number, end: number, origin: Origin, state: SourceState | undefined, sequence: number): void {
    let outcome: void | Promise<void>;
    let problem: Problem;
    try {
      const { intake } = this.#settings;
      outcome =
        this.#reader instanceof SyslogReader
          ? intake.attributes(syslogAttributes(bytes, start, end), origin)
          : intake.payload(bytes, start, end, origin);
    } catch (error) {
      const refusal = isRefusal(error);
      if (refusal && this.#refused(error)) return;
      outcome = refusal ? REFUSED : undefined;
      problem = refusal ? undefined : { error };
    }
    if (outcome === undefined && this.#pending === 0) this.#conclude(problem, state, sequence);
    else if (outcome === REFUSED && this.#pending === 0) this.#handled(state, sequence);
    else this.#inOrder(outcome, problem, state, sequence, end - start);
  }

  /** Counts a payload that was refused; whether it was one too many. */
  #refused(error: unknown): boolean {
    this.#settings.tally.refuse("payload", this.label, error);
    if (++this.#refusals < MOST_REFUSALS) return false;
    this.socket.destroy();
    return true;
  }

  /** What came of a record is looked at when that of all before it has been. */
  #inOrder(outcome: void | Promise<void>, thrown: Problem, state: SourceState | undefined, sequence: number, bytes: number): void {
    this.#pendingBytes += bytes;
    if (++this.#pending >= MOST_PENDING || this.#pendingBytes >= MOST_PENDING_BYTES) this.socket.pause();
    const settled: Promise<Problem> = Promise.resolve(outcome).then(
      () => thrown,
      (error: unknown) => ({ error }),
    );
    this.#tail = this.#tail.then(async () => {
      const problem = await settled;
      this.#pendingBytes -= bytes;
      this.#account();
      if (--this.#pending < MOST_PENDING / 2 && this.#pendingBytes < MOST_PENDING_BYTES) this.socket.resume();
      if (outcome === REFUSED) this.#handled(state, sequence);
      else this.#conclude(problem, state, sequence);
      if (state !== undefined) this.#acknowledgeSoon();
    });
  }

  #conclude(problem: Problem, state: SourceState | undefined, sequence: number): void {
    // Behind a record that has to come again, whatever became of this one does not count: it comes again too.
    if (this.#broken) return;
    if (problem !== undefined) {
      this.#failed(problem.error, state, sequence);
      if (this.#broken) return;
    } else {
      this.#settings.tally.received++;
      this.#refusals = 0;
    }
    this.#handled(state, sequence);
  }

  #handled(state: SourceState | undefined, sequence: number): void {
    if (this.#broken || state === undefined || sequence <= state.last) return;
    state.last = sequence;
    state.failures = 0;
  }

  /** With a source, the connection ends and the record comes again; after some failures, and without a source, it is lost. */
  #failed(error: unknown, state: SourceState | undefined, sequence: number): void {
    const again = state !== undefined && state.last < sequence && ++state.failures < MOST_FAILURES;
    this.#settings.tally.fail("onRecord", error, again ? 0 : 1);
    if (!again) return;
    this.#broken = true;
    state.handed = state.last;
    this.socket.destroy();
  }

  #acknowledgeSoon(): void {
    if (this.#acknowledging) return;
    this.#acknowledging = true;
    setImmediate(() => void this.#acknowledge());
  }

  async #acknowledge(): Promise<void> {
    const { state } = this.#source!;
    const { last } = state;
    try {
      if (last > state.saved) await this.#settings.beforeAcknowledge?.();
      this.#settings.sources.save(state, last);
    } catch (error) {
      this.#settings.tally.fail("beforeAcknowledge", error, 0);
      this.socket.destroy();
      return;
    }
    this.#acknowledging = false;
    if (this.socket.destroyed || this.socket.writableEnded || (last === this.#acknowledged && !this.#greeted)) return;
    this.#greeted = false;
    this.#acknowledged = last;
    this.socket.write(acknowledgementFrame(last));
    if (this.socket.writableLength > MOST_UNREAD_BYTES) this.socket.destroy();
    else if (state.last > last) this.#acknowledgeSoon();
  }
}
