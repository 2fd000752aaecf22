import type { Logger } from "./logger.js";
import { shared } from "./shared.js";

/** Decides, before a record is made, about calls that the levels alone would decide otherwise: "debug for this user only". */
export interface LevelDecider {
  /** The lowest level it may let through. Calls below it, and what `disable` has switched off, are never asked about. */
  readonly level: number;
  /** `true` lets the call through, `false` drops it, `undefined` leaves it to the logger's level. A throw counts as `undefined`. */
  decide(logger: Logger, level: number): boolean | undefined;
}

/** Sets the one decider of this process, or none (`null`). It is asked for each call at or above its level, so keep it quick. */
export function setLevelDecider(decider: LevelDecider | null): void {
  shared.decider = decider;
  shared.root?.levels();
}

/** The decider in force. */
export const getLevelDecider = (): LevelDecider | null => shared.decider ?? null;
