import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { isControl } from "../acknowledgement.js";
import { FrameReader } from "../frame.js";
import { Confirmations } from "./confirmations.js";
import { corked } from "./corked.js";
import type { Origin } from "./origin.js";
import { type Outcome, Outcomes } from "./outcomes.js";
import type { PeerSettings } from "./peer-settings.js";
import { Rate } from "./rate.js";
import { syslogAttributes } from "./syslog-attributes.js";
import { beginsSyslog, SyslogReader } from "./syslog-reader.js";
import { isRefusal } from "./tally.js";
import { Valve } from "./valve.js";

/** Refused payloads in a row after which a peer is taken for an attacker. */
const MOST_REFUSALS = 1_000;
/** What is shorter holds too few records for writing them together to be worth anything. */
const CORKED_FROM_BYTES = 1_024;

/** One connection of a receiver: takes it apart into payloads and hands each on. */
export class StreamPeer {
  readonly socket: Socket;
  readonly origin: Origin;
  readonly #settings: PeerSettings;
  readonly #outcomes: Outcomes;
  readonly #confirmations: Confirmations;
  /** Chosen by the first byte. */
  #reader: FrameReader | SyslogReader | undefined;
  /** Milliseconds, on the receiver's clock. */
  lastDataAt: number;
  /** When the unfinished frame began; 0 between frames. */
  frameSince = 0;
  /** Frames that were whole. */
  frames = 0;
  #refusals = 0;
  /** What this peer has added to the budget. */
  #budgeted = 0;
  #finishing = false;
  readonly #valve: Valve;
  /** `undefined`: records may come as fast as they like. */
  #rate: Rate | undefined;
  #rateTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, origin: Origin, now: number, settings: PeerSettings) {
    this.socket = socket;
    this.origin = origin;
    this.lastDataAt = now;
    this.#settings = settings;
    this.#valve = new Valve(socket);
    const { maxRecordsPerSecond } = settings;
    this.#rate = maxRecordsPerSecond === Number.POSITIVE_INFINITY ? undefined : new Rate(maxRecordsPerSecond, now);
    this.#confirmations = new Confirmations(socket, origin, settings);
    this.#outcomes = new Outcomes(socket, this.#valve, settings.tally, () => {
      this.#account();
      if (this.#confirmations.wanted) this.#confirmations.soon();
    });
  }

  /** Bytes held for this peer. */
  get heldBytes(): number {
    return (this.#reader?.pendingBytes ?? 0) + this.#outcomes.pendingBytes;
  }

  /** Whether the receiver itself does not read the connection at present. */
  get waits(): boolean {
    return this.#valve.shut;
  }

  /** Records whose `onRecord` has not settled. */
  get pending(): number {
    return this.#outcomes.pending;
  }

  get label(): string {
    return this.origin.port === undefined ? this.origin.address : `${this.origin.address}:${this.origin.port}`;
  }

  /**
   * The receiver closes. What is still on its way is read; of a source nothing more is taken, since it comes again: what was handled is
   * confirmed first.
   */
  async finish(): Promise<void> {
    this.#rate = undefined;
    this.#unthrottle();
    if (this.#confirmations.wanted) {
      this.#finishing = true;
      await this.#outcomes.drained();
      await this.#confirmations.send();
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
      if (chunk.length >= CORKED_FROM_BYTES && this.#settings.intake.toLoggers) corked(() => this.#reader!.push(chunk, this.#take));
      else this.#reader.push(chunk, this.#take);
    } catch (error) {
      if (isRefusal(error)) this.#settings.tally.refuse("frame", this.label, error);
      this.socket.destroy();
      return;
    }
    if (this.#rate !== undefined) this.#throttle(this.#rate.take(this.frames - before, now));
    if (this.#reader.pendingBytes === 0) this.frameSince = 0;
    else if (this.frameSince === 0 || this.frames !== before) this.frameSince = now;
    this.#account();
    if (this.#confirmations.wanted) this.#confirmations.soon();
  }

  /** The receiver itself stood still for so long. */
  excuse(ms: number): void {
    this.lastDataAt += ms;
    if (this.frameSince > 0) this.frameSince += ms;
  }

  /** Gives back what is held; the connection is gone. */
  release(): void {
    this.#settings.budget.heldBytes -= this.#budgeted;
    this.#budgeted = 0;
    clearTimeout(this.#rateTimer);
  }

  /** Who sends too fast is read later, and has to wait then; nothing is lost by it. */
  #throttle(waitMs: number): void {
    if (waitMs === 0) return;
    this.#settings.tally.throttled++;
    this.#valve.hold("rate");
    clearTimeout(this.#rateTimer);
    this.#rateTimer = setTimeout(() => this.#unthrottle(), waitMs).unref();
  }

  #unthrottle(): void {
    clearTimeout(this.#rateTimer);
    if (!this.#valve.shut) return;
    // What came of an unfinished frame has waited for us.
    this.excuse(Date.now() - this.lastDataAt);
    this.#valve.release("rate");
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
    const { wanted } = this.#confirmations;
    if ((wanted || this.frames === 1) && isControl(bytes, start, end)) this.#confirmations.greet(bytes, start, end);
    else if (!wanted) this.#outcomes.add(this.#hand(bytes, start, end, this.origin), undefined, end - start);
    else {
      const place = this.#confirmations.number();
      if (place !== undefined) this.#outcomes.add(this.#hand(bytes, start, end, this.#confirmations.originOf(place)), place, end - start);
    }
  };

  #hand(bytes: Buffer, start: number, end: number, origin: Origin): Outcome {
    const { intake, tally } = this.#settings;
    try {
      const syslog = this.#reader instanceof SyslogReader;
      const outcome = syslog ? intake.attributes(syslogAttributes(bytes, start, end), origin) : intake.payload(bytes, start, end, origin);
      this.#refusals = 0;
      return outcome ?? "done";
    } catch (error) {
      if (!isRefusal(error)) return { error };
      tally.refuse("payload", this.label, error);
      if (++this.#refusals >= MOST_REFUSALS) this.socket.destroy();
      return "refused";
    }
  }
}
