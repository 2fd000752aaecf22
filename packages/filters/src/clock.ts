/** Milliseconds from any fixed point on, never going back. */
export type Clock = () => number;

/** The clock that setting the machine's time does not move. */
export const monotonic: Clock = () => performance.now();
