import type { Server, Socket } from "node:net";
import type { Tally } from "./tally.js";

/** Connections of one address outside this machine, unless an option says otherwise. */
const MOST_FROM_OUTSIDE = 64;

/** How many connections each address has, over all listeners of a receiver. */
export class Addresses {
  readonly #most: number | undefined;
  readonly #tally: Tally;
  readonly #counts = new Map<string, number>();

  /** @param most `undefined`: 64 of an address outside this machine, any number of this machine's own */
  constructor(most: number | undefined, tally: Tally) {
    this.#most = most;
    this.#tally = tally;
  }

  /** Ends connections of an address that has enough, before anybody else sees them. */
  guard(server: Server): void {
    server.prependListener("connection", (socket: Socket) => {
      const address = socket.remoteAddress ?? "unknown";
      const count = this.#counts.get(address) ?? 0;
      if (count >= (this.#most ?? (isLoopback(address) ? Number.POSITIVE_INFINITY : MOST_FROM_OUTSIDE))) {
        this.#tally.refuse("address", address);
        socket.destroy();
        return;
      }
      this.#counts.set(address, count + 1);
      socket.once("close", () => this.#left(address));
    });
  }

  #left(address: string): void {
    const count = this.#counts.get(address)! - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}

const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\.|^::1$/.test(address);
