import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { acknowledgementFrame, parseGreeting } from "../acknowledgement.js";
import { makeOrigin, type Origin } from "./origin.js";
import type { PeerSettings } from "./peer-settings.js";
import type { SourceState } from "./sources.js";

/** Confirmations that a peer may leave unread. */
const MOST_UNREAD_BYTES = 65_536;

/** A record by its place: of which source, and which number. */
export interface Numbered {
  readonly state: SourceState;
  readonly sequence: number;
}

/** Acknowledged delivery on one connection: numbers what comes by its place, and says to the far side how far it was handled. */
export class Confirmations {
  readonly #socket: Socket;
  readonly #origin: Origin;
  readonly #settings: PeerSettings;
  #name = "";
  #state: SourceState | undefined;
  #next = 0;
  /** A greeting is answered also when nothing new was handled. */
  #greeted = false;
  #due: "no" | "scheduled" = "no";
  /** Last number confirmed on this connection. */
  #confirmed = -1;

  constructor(socket: Socket, origin: Origin, settings: PeerSettings) {
    this.#socket = socket;
    this.#origin = origin;
    this.#settings = settings;
  }

  /** Whether the far side has greeted. */
  get wanted(): boolean {
    return this.#state !== undefined;
  }

  /** @throws LoggingError `FRAME_REFUSED` for a malformed greeting */
  greet(bytes: Buffer, start: number, end: number): void {
    const { source, next } = parseGreeting(bytes, start, end);
    const state = this.#settings.sources.state(this.#origin.certificate ?? this.#origin.address, source);
    // A connection that carried the source before is half open at best.
    if (this.#state !== state) {
      state.end?.();
      state.end = () => void this.#socket.destroy();
      state.handed = state.last;
    }
    this.#name = source;
    this.#state = state;
    this.#next = next;
    this.#greeted = true;
  }

  /** The place of the record that has come now; `undefined` when it was handed on before, and is counted as repeated. */
  number(): Numbered | undefined {
    const state = this.#state!;
    const sequence = this.#next++;
    if (sequence <= state.handed) {
      this.#settings.tally.duplicates++;
      return undefined;
    }
    state.handed = sequence;
    return { state, sequence };
  }

  originOf({ sequence }: Numbered): Origin {
    return makeOrigin({ ...this.#origin, source: this.#name, sequence }, 1);
  }

  /** Confirms what is handled once the present chunk is through. */
  soon(): void {
    if (this.#due === "scheduled") return;
    this.#due = "scheduled";
    setImmediate(() => void this.send());
  }

  /** Confirms what is handled, after `beforeAcknowledge`; when that fails the connection ends, and all of it comes again. */
  async send(): Promise<void> {
    const state = this.#state!;
    const { last } = state;
    try {
      if (last > state.saved) await this.#settings.beforeAcknowledge?.();
      this.#settings.sources.save(state, last);
    } catch (error) {
      this.#settings.tally.fail("beforeAcknowledge", error, 0);
      this.#socket.destroy();
      return;
    }
    this.#due = "no";
    if (this.#socket.destroyed || this.#socket.writableEnded || (last === this.#confirmed && !this.#greeted)) return;
    this.#greeted = false;
    this.#confirmed = last;
    this.#socket.write(acknowledgementFrame(last));
    if (this.#socket.writableLength > MOST_UNREAD_BYTES) this.#socket.destroy();
    else if (state.last > last) this.soon();
  }
}
