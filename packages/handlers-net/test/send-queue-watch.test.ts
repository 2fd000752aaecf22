import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SendQueue } from "../src/send-queue.js";
import { SendQueueWatch } from "../src/send-queue-watch.js";

/** A connection whose send queue says what the test wants. */
class ToldQueue extends EventEmitter {
  bytesWritten = 0;
  writableLength = 0;
  acknowledged = 0;
  retransmits = 0;
  probing = false;
  /** What TLS has added to what was written. */
  added = 0;
  known = true;
  readMs = 4;
  reads = 0;
  beforeTold = (): void => {};
  afterTold = (): void => {};
  destroyedAt: number | undefined;
  why = "";
  readonly #begunAt = performance.now();

  get seconds(): number {
    return (performance.now() - this.#begunAt) / 1_000;
  }

  destroy(error: Error): void {
    this.destroyedAt = this.seconds;
    this.why = error.message;
    this.emit("close");
  }

  readonly read = async (): Promise<SendQueue | undefined> => {
    this.reads++;
    await new Promise((resolve) => setTimeout(resolve, this.readMs));
    this.beforeTold();
    const { retransmits, probing } = this;
    const told = this.known ? { bytes: this.bytesWritten + this.added - this.acknowledged, retransmits, probing } : undefined;
    this.afterTold();
    return told;
  };
}

let queue: ToldQueue;
let watch: SendQueueWatch;
beforeEach(() => {
  vi.useFakeTimers();
  queue = new ToldQueue();
  watch = new SendQueueWatch(queue as unknown as Socket, 40_000, queue.read);
});
afterEach(() => {
  watch.end();
  vi.useRealTimers();
});

const write = (bytes = 300): void => {
  queue.bytesWritten += bytes;
  watch.wrote();
};
const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1_000);
/** A record each second, and what else happens then. */
const light = async (seconds: number, each: (second: number) => void = () => {}): Promise<void> => {
  for (let second = 0; second < seconds && queue.destroyedAt === undefined; second++) {
    write();
    each(second);
    await pass(1);
  }
};
const acknowledge = (): void => {
  queue.acknowledged = queue.bytesWritten + queue.added;
  queue.retransmits = 0;
};

describe("a connection that is written to now and then", () => {
  test("is given up when nothing is acknowledged for three quarters of the time, though it is sent again and again", async () => {
    await light(60, (second) => (queue.retransmits = Math.min(7, 1 + second)));
    expect(queue.destroyedAt).toBeGreaterThanOrEqual(30);
    expect(queue.destroyedAt).toBeLessThan(31);
    expect(queue.why).toMatch(/^the far side has acknowledged nothing for 300\d\d ms, though it was sent 7 times again$/);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is given up sooner when it was idle before, so that all in all it is no later", async () => {
    await pass(24);
    queue.retransmits = 3;
    write();
    await pass(60);
    expect(queue.destroyedAt).toBeGreaterThanOrEqual(44);
    expect(queue.destroyedAt).toBeLessThan(45);
  });

  test("is given up over TLS too, and while records are written during each look", async () => {
    queue.beforeTold = () => (queue.bytesWritten += queue.reads % 2 === 0 ? 100 : 0);
    queue.afterTold = () => (queue.bytesWritten += queue.reads % 3 === 0 ? 100 : 0);
    await light(60, (second) => {
      queue.added += 22;
      queue.retransmits = Math.min(7, 1 + second);
    });
    expect(queue.destroyedAt).toBeLessThan(31);
  });

  test("is given up in time when it fills the system's room on the way", async () => {
    await light(60, (second) => {
      queue.retransmits = Math.min(7, 1 + second);
      // From here on nothing finds room: Node holds it, and the system's queue stays as it is.
      if (second === 20) {
        const taken = queue.bytesWritten;
        queue.afterTold = () => {
          queue.writableLength = queue.bytesWritten - taken;
          queue.added = -queue.writableLength;
        };
      }
    });
    expect(queue.destroyedAt).toBeLessThan(31);
  });

  const slowly = (second: number): void => {
    queue.acknowledged = second * 290;
    queue.retransmits = 2;
  };
  const lossy = (second: number): void => void (queue.retransmits = 3 - (second % 3));
  const far = (): void => void (queue.retransmits = 0);
  const full = (): void => {
    queue.retransmits = 5;
    queue.probing = true;
  };
  const patchy = (second: number): void => {
    if (second % 25 === 24) acknowledge();
    else queue.retransmits = 1 + (second % 25);
  };
  test.for([
    ["acknowledges slowly, with much sent again", slowly],
    ["loses each record once or twice", lossy],
    ["is merely far away", far],
    ["has no room and says so", full],
    ["is away for 24 seconds again and again", patchy],
  ] as const)("is kept when the far side %s", async ([, behave]) => {
    await light(300, behave);
    expect(queue.destroyedAt).toBeUndefined();
    expect(queue.reads).toBeGreaterThan(60);
  });

  test("is not looked at any more once all is acknowledged, until the next write", async () => {
    write();
    acknowledge();
    await pass(60);
    expect([queue.reads, vi.getTimerCount()]).toEqual([1, 0]);
    write();
    acknowledge();
    await pass(60);
    expect(queue.reads).toBe(2);
  });

  test("is still looked at when something was written while the last look said that nothing is left", async () => {
    write();
    acknowledge();
    queue.afterTold = () => {
      queue.afterTold = () => {};
      queue.retransmits = 1;
      write();
    };
    await pass(60);
    expect(queue.destroyedAt).toBeLessThan(35);
  });

  test("is looked at once for a write where the system tells nothing, and never given up", async () => {
    queue.known = false;
    queue.retransmits = 9;
    await light(300);
    expect(queue.destroyedAt).toBeUndefined();
    expect(queue.reads).toBeLessThanOrEqual(101);
    await pass(10);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is not given up by one look, after this process has stood still", async () => {
    write();
    queue.retransmits = 1;
    queue.readMs = 50_000;
    await pass(53);
    expect([queue.reads, queue.destroyedAt]).toEqual([1, undefined]);
    acknowledge();
    queue.readMs = 4;
    await pass(60);
    expect(queue.destroyedAt).toBeUndefined();
  });

  test("is looked at less often where a look takes long, and given up in time all the same", async () => {
    queue.readMs = 60;
    await light(60, (second) => (queue.retransmits = Math.min(7, 1 + second)));
    expect(queue.reads).toBeLessThanOrEqual(6);
    expect(queue.destroyedAt).toBeLessThan(31);
    const slow = new ToldQueue();
    slow.readMs = 1_000;
    queue = slow;
    watch = new SendQueueWatch(slow as unknown as Socket, 40_000, slow.read);
    await light(60, (second) => (slow.retransmits = Math.min(7, 1 + second)));
    expect(slow.destroyedAt).toBeLessThan(35);
  });

  test("is left alone when it is closed, also in the middle of a look", async () => {
    write();
    queue.retransmits = 3;
    await pass(29.999);
    watch.end();
    await pass(60);
    expect([queue.destroyedAt, vi.getTimerCount()]).toEqual([undefined, 0]);
  });
});
