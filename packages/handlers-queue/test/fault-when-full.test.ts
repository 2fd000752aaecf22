import { type HandlerStats, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { LogQueue, QueueHandler, QueueListener, type WhenFull } from "@cordwood/handlers-queue";
import { scaled } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);
const expectSum = ({ accepted, delivered, queued, dropped, failed }: HandlerStats): void =>
  expect(accepted).toBe(delivered + queued + sum(dropped) + sum(failed));

/** A model of the policies, written from their description: a list, and nothing clever. */
class Model {
  readonly waiting: { id: number; level: number }[] = [];
  readonly handled: number[] = [];
  dropped = 0;
  private readonly capacity: number;
  private readonly whenFull: WhenFull;

  constructor(capacity: number, whenFull: WhenFull) {
    this.capacity = capacity;
    this.whenFull = whenFull;
  }

  put(id: number, level: number): void {
    const limit = level >= 30 ? this.capacity : this.capacity - Math.floor(this.capacity / 10);
    if (this.waiting.length < limit) this.waiting.push({ id, level });
    else this.putFull(id, level, limit);
  }

  take(): void {
    const first = this.waiting.shift();
    if (first !== undefined) this.handled.push(first.id);
  }

  private putFull(id: number, level: number, limit: number): void {
    const { whenFull } = this;
    if (whenFull === "inline") this.handled.push(id);
    else if (whenFull === "block") {
      while (this.waiting.length >= limit) this.take();
      this.waiting.push({ id, level });
    } else if (whenFull === "drop-oldest") {
      while (this.waiting.length >= limit) {
        this.waiting.shift();
        this.dropped++;
      }
      this.waiting.push({ id, level });
    } else if (typeof whenFull === "object" && "dropBelow" in whenFull && level >= 30) {
      while (this.waiting.length >= limit) {
        const at = this.waiting.findIndex((entry) => entry.level < 30);
        if (at < 0) {
          this.dropped++;
          return;
        }
        this.waiting.splice(at, 1);
        this.dropped++;
      }
      this.waiting.push({ id, level });
    } else this.dropped++;
  }
}

vi.setConfig({ testTimeout: 240_000 });

describe("LogQueue", () => {
  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
  });
  afterEach(() => vi.useRealTimers());

  const policies: WhenFull[] = ["drop-newest", "drop-oldest", { dropBelow: "WARNING" }, "inline", "block"];
  for (const whenFull of policies) {
    const total = scaled(1_000_000);
    test(`retains exactly what the model retains with ${JSON.stringify(whenFull)} and a consumer at a tenth of the speed`, async () => {
      // No time passes: on a slow machine the summary of what was dropped, one record more, would be due before the end.
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const capacity = 1_000;
      const model = new Model(capacity, whenFull);
      const queue = new LogQueue({ capacity, maxBytes: 1e9, whenFull });
      const seen: number[] = [];
      const consumer = {
        level: 0,
        handle: (record: { args: unknown; message: string }) => void seen.push(Number(record.message)),
        flush: () => {},
        close: () => {},
      };
      const handler = new QueueHandler(queue);
      const needsListener = whenFull === "inline" || whenFull === "block";
      // Without a listener of its own the test decides when a record is taken: one for ten that are put.
      const listener = new QueueListener(queue, [consumer]);
      if (needsListener) {
        const take = listener.dequeue.bind(listener);
        let allowed = false;
        listener.dequeue = (signal) => (allowed ? take(signal) : new Promise(() => {}));
        listener.start();
        for (let i = 0; i < total; i++) {
          const level = i % 7 === 0 ? 40 : 20;
          handler.handle(makeLogRecord({ name: "a", levelno: level, msg: String(i) }));
          model.put(i, level);
        }
        allowed = true;
        queue.flush();
      } else {
        for (let i = 0; i < total; i++) {
          const level = i % 7 === 0 ? 40 : 20;
          handler.handle(makeLogRecord({ name: "a", levelno: level, msg: String(i) }));
          model.put(i, level);
          if (i % 10 === 9) {
            const record = queue.take();
            if (record !== null && !(record instanceof Promise)) consumer.handle(record);
            model.take();
          }
        }
        listener.start();
      }
      while (model.waiting.length > 0) model.take();
      await listener.stop();
      expect(seen).toEqual(model.handled);
      for (const stats of [queue.stats(), handler.stats()]) {
        expectSum(stats);
        expect(stats.accepted).toBe(total);
        expect(stats.delivered).toBe(model.handled.length);
        expect(stats.dropped["full"] ?? 0).toBe(model.dropped);
      }
      console.log(
        `${JSON.stringify(whenFull)}: ${total} put, ${model.handled.length} handled, ${model.dropped} dropped, as the model says`,
      );
    });
  }
});
