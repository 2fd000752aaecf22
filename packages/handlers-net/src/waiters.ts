/** Those who wait until nothing is held any more. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Settles at the next `release`, or after `timeoutMs`. Keeps the process alive that long: somebody asked for it. */
  wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }

  release(): void {
    for (const done of this.#waiting) done();
  }
}
