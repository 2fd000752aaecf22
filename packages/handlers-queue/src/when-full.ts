import { checkLevel, checkOptions, LoggingError, type OptionNames, show } from "@cordwood/core";

/**
 * What a full queue does with the next record:
 * - `"drop-newest"`: the arriving record is dropped;
 * - `"drop-oldest"`: the record that waits longest makes room;
 * - `{ dropBelow: level }`: an arriving record below the level is dropped; one at or above it takes the place of the oldest waiting record
 *   below the level, and is dropped when there is none;
 * - `"inline"`: the arriving record is handled here and now, before those that wait; for a `LogQueue` only, other queues refuse it;
 * - `"block"` or `{ block: { maxMs } }`: the caller waits until there is room, 1 000 ms at most by default; then the record is dropped.
 */
export type WhenFull =
  | "drop-newest"
  | "drop-oldest"
  | "inline"
  | "block"
  | { readonly dropBelow: number | string }
  | { readonly block: { readonly maxMs: number } };

/** How much a queue holds, and what happens beyond. */
export interface CapacityOptions {
  /**
   * Records held at most. Default 10 000. A tenth of it, rounded down, is kept for WARNING and above: for records below, the queue is full at
   * nine tenths.
   */
  readonly capacity?: number;
  /** Bytes held at most, estimated from the lengths of texts. Default 16 MiB. */
  readonly maxBytes?: number;
  /** What happens to a record that finds the queue full. Default `"drop-newest"`. */
  readonly whenFull?: WhenFull;
}

/** The names of these options. */
export const CAPACITY_OPTIONS: OptionNames<CapacityOptions> = { capacity: true, maxBytes: true, whenFull: true };

export const CAPACITY_DEFAULTS = { capacity: 10_000, maxBytes: 16 * 1024 * 1024, whenFull: "drop-newest" } as const;

/** `whenFull` in the form that is decided by. */
export interface Policy {
  readonly kind: "drop-newest" | "drop-oldest" | "drop-below" | "inline" | "block";
  /** For `drop-below`. */
  readonly level: number;
  /** For `block`. */
  readonly maxMs: number;
}

const NAMES = ["drop-newest", "drop-oldest", "inline", "block"] as const;

/** Those of the options that a queue inside has as well. */
export const capacityOf = ({ capacity, maxBytes, whenFull }: CapacityOptions): CapacityOptions => ({
  ...(capacity === undefined ? {} : { capacity }),
  ...(maxBytes === undefined ? {} : { maxBytes }),
  ...(whenFull === undefined ? {} : { whenFull }),
});

/** Checks the options of a queue; throws `OPTION_INVALID`, saying what was given and what would do. */
export function checkCapacity(owner: string, options: CapacityOptions): { capacity: number; maxBytes: number; policy: Policy } {
  const capacity = wholeNumber(owner, "capacity", options.capacity ?? CAPACITY_DEFAULTS.capacity, "records");
  const maxBytes = wholeNumber(owner, "maxBytes", options.maxBytes ?? CAPACITY_DEFAULTS.maxBytes, "bytes");
  return { capacity, maxBytes, policy: checkPolicy(owner, options.whenFull ?? CAPACITY_DEFAULTS.whenFull) };
}

/**
 * Refuses `whenFull: "inline"` where the handlers live elsewhere: the caller has none to give the record to.
 * @throws LoggingError `OPTION_INVALID`
 */
export function refuseInline(owner: string, options: CapacityOptions, where: string): void {
  if (options.whenFull !== "inline") return;
  throw new LoggingError(
    "OPTION_INVALID",
    `${owner}: whenFull "inline" is not possible here: the handlers are ${where}, so the caller cannot handle a record itself; ` +
      'give "block" to wait for room, or use a LogQueue',
  );
}

/** A whole number from `least`, or `OPTION_INVALID`. */
export function wholeNumber(owner: string, name: string, value: unknown, unit: string, least = 1): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new LoggingError("OPTION_INVALID", `${owner}: ${name} is ${show(value)}; give a whole number of ${unit}, ${least} or more`);
}

function checkPolicy(owner: string, value: WhenFull): Policy {
  const policy = { kind: "drop-newest", level: 0, maxMs: 1_000 } as const;
  const name = NAMES.find((known) => known === value);
  if (name !== undefined) return { ...policy, kind: name };
  if (typeof value === "object" && value !== null) {
    if ("dropBelow" in value) {
      checkOptions(`${owner}: whenFull with dropBelow`, value, { dropBelow: true });
      return { ...policy, kind: "drop-below", level: checkLevel(value.dropBelow) };
    }
    if ("block" in value) {
      checkOptions(`${owner}: whenFull with block`, value, { block: true });
      checkOptions(`${owner}: whenFull.block`, value.block, { maxMs: true });
      return { ...policy, kind: "block", maxMs: wholeNumber(owner, "whenFull.block.maxMs", value.block.maxMs, "milliseconds") };
    }
  }
  throw new LoggingError(
    "OPTION_INVALID",
    `${owner}: whenFull is ${show(value)}; give "drop-newest", "drop-oldest", "inline", "block", { dropBelow: level } or { block: { maxMs } }`,
  );
}
