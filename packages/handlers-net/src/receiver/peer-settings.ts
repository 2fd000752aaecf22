import type { Intake } from "./intake.js";
import type { Sources } from "./sources.js";
import type { Tally } from "./tally.js";

/** Bytes that all connections and requests of a receiver hold together. */
export interface Budget {
  heldBytes: number;
  readonly maxBytes: number;
}

/** What all listeners of a receiver share. */
export interface PeerSettings {
  readonly maxFrameBytes: number;
  readonly intake: Intake;
  readonly tally: Tally;
  readonly sources: Sources;
  readonly budget: Budget;
  /** Called before records are confirmed; what it promises is waited for. */
  readonly beforeAcknowledge: (() => void | Promise<void>) | undefined;
}
