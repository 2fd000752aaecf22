import { Rate } from "./rate.js";

/** Addresses remembered; the one that was silent longest is forgotten first. */
const MOST_ADDRESSES = 10_000;

/** How fast records come from each address that has no connection of its own: over UDP and HTTP. */
export class Rates {
  readonly #perSecond: number;
  readonly #rates = new Map<string, Rate>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes so many records of an address and gives the milliseconds it has to wait for the next. */
  take(address: string, count: number): number {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return 0;
    const now = Date.now();
    const rate = this.#rates.get(address) ?? new Rate(this.#perSecond, now);
    this.#rates.delete(address);
    this.#rates.set(address, rate);
    if (this.#rates.size > MOST_ADDRESSES) this.#rates.delete(this.#rates.keys().next().value!);
    return rate.take(count, now);
  }
}
