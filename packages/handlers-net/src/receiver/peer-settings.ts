import type { Addresses } from "./addresses.js";
import type { Intake } from "./intake.js";
import type { Rates } from "./rates.js";
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
  readonly addresses: Addresses;
  /** Records of one connection each second; `Infinity`: any number. */
  readonly maxRecordsPerSecond: number;
  /** The same for addresses that have no connection of their own. */
  readonly rates: Rates;
  /** Called before records are confirmed; what it promises is waited for. */
  readonly beforeAcknowledge: (() => void | Promise<void>) | undefined;
}
