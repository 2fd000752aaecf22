/** How long to wait between tries to reach something. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Waits that double from try to try up to the longest, each shortened at random by up to a half, so that many do not come at once. */
export function backoff(options: BackoffOptions): { next(): number; reset(): void } {
  let ms = options.firstMs;
  return {
    next: () => {
      const wait = ms * (0.5 + Math.random() / 2);
      ms = Math.min(ms * 2, options.longestMs);
      return wait;
    },
    reset: () => {
      ms = options.firstMs;
    },
  };
}
