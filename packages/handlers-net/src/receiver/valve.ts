import type { Socket } from "node:net";

/** Whether a connection is read: not while there is a reason to wait. */
export class Valve {
  readonly #socket: Socket;
  readonly #reasons = new Set<string>();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get shut(): boolean {
    return this.#reasons.size > 0;
  }

  hold(reason: string): void {
    this.#reasons.add(reason);
    this.#socket.pause();
  }

  /** Reading goes on once no other reason is left. */
  release(reason: string): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#socket.resume();
  }
}
