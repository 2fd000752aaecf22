import { wholeNumber } from "./when-full.js";

/** How long a queue waits for its other end, in milliseconds. */
export interface WaitLimits {
  /** Silence after which the other end is held to hang. */
  readonly hungMs: number;
  /** Longest wait in `close` for an end that lives but is slow. */
  readonly closeMs: number;
}

const DEFAULTS: WaitLimits = { hungMs: 2_000, closeMs: 10_000 };

/** The limits among these options, or the defaults. @throws LoggingError `OPTION_INVALID` for what is no whole number from 1. */
export function waitLimits(owner: string, options: { readonly [K in keyof WaitLimits]?: WaitLimits[K] | undefined }): WaitLimits {
  return {
    hungMs: wholeNumber(owner, "hungMs", options.hungMs ?? DEFAULTS.hungMs, "milliseconds"),
    closeMs: wholeNumber(owner, "closeMs", options.closeMs ?? DEFAULTS.closeMs, "milliseconds"),
  };
}
