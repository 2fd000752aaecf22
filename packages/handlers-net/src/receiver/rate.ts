/** A bucket of tokens, filled evenly up to what one second brings. More may be taken than there are; they are owed then, and time pays for them. */
export class Rate {
  readonly #perSecond: number;
  #tokens: number;
  /** Milliseconds. */
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#at = now;
  }

  /** Takes so many and gives the milliseconds until nothing is owed any more. */
  take(count: number, now: number): number {
    // A clock that was set back brings nothing and costs nothing.
    const elapsed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (elapsed * this.#perSecond) / 1_000) - count;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1_000) / this.#perSecond);
  }
}
