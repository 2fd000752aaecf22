import { getLogger, type HandlerStats, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { LogQueue, QueueHandler, QueueListener, type WhenFull } from "@cordwood/handlers-queue";
import { scaled } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CaptureHandler } from "./support/capture.js";

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

  test("keeps the last tenth for WARNING and above", () => {
    const queue = new LogQueue({ capacity: 10 });
    const put = (levelno: number): string => queue.put(makeLogRecord({ name: "a", levelno, msg: "m" }));
    const outcomes = [...Array.from({ length: 10 }, () => put(20)), put(30), put(50)];
    expect(outcomes).toEqual([...Array.from({ length: 9 }, () => "queued"), "full", "queued", "full"]);
  });

  test("drops what would take more bytes than it may hold, and names what no queue could take", () => {
    const queue = new LogQueue({ maxBytes: 10_000 });
    const put = (length: number): string => queue.put(makeLogRecord({ name: "a", levelno: 20, msg: "x".repeat(length) }));
    expect([put(4_000), put(4_000), put(10), put(6_000)]).toEqual(["queued", "full", "queued", "oversize"]);
    expect(queue.stats().dropped).toEqual({ full: 1, oversize: 1 });
  });

  test("tells what it dropped in one record every ten seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const queue = new LogQueue({ capacity: 1 });
    for (let i = 0; i < 5; i++) queue.put(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    vi.advanceTimersByTime(9_999);
    expect(queue.size).toBe(1);
    vi.advanceTimersByTime(1);
    expect(queue.size).toBe(2);
    const texts = [queue.take(), queue.take()].map((record) => (record as { message: string }).message);
    expect(texts).toEqual(["0", "LogQueue lost 4 records in 10 s: full 4"]);
  });

  test("reports its losses with their exact number", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const lost: number[] = [];
    setErrorReporter((report) => lost.push(report.lost ?? 0));
    const queue = new LogQueue({ capacity: 1 });
    for (let i = 0; i < 1_000; i++) queue.put(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    vi.advanceTimersByTime(70_000);
    for (let i = 0; i < 10; i++) queue.put(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    expect(lost.reduce((a, b) => a + b, 0)).toBe(1_000);
  });

  test("refuses a policy, a capacity or a size that cannot be, saying what would do", () => {
    expect(() => new LogQueue({ capacity: 0 })).toThrow(/capacity is 0; give a whole number of records, 1 or more/);
    expect(() => new LogQueue({ maxBytes: 1.5 })).toThrow(/maxBytes is 1.5/);
    expect(() => new LogQueue({ whenFull: "drop" as "inline" })).toThrow(/whenFull is drop; give "drop-newest"/);
    expect(() => new LogQueue({ whenFull: { dropBelow: "LOUD" } })).toThrow(/LOUD/);
  });

  test("refuses a second listener while one is started", async () => {
    const queue = new LogQueue();
    const first = new QueueListener(queue, []).start();
    expect(() => new QueueListener(queue, []).start()).toThrow(/already has a started listener/);
    await first.stop();
  });

  test("lets a blocked caller give up after its time, when a handler is slow", async () => {
    const queue = new LogQueue({ capacity: 1, whenFull: { block: { maxMs: 20 } } });
    let handled = 0;
    const slow = {
      level: 0,
      handle: () => {
        handled++;
        const until = Date.now() + 30;
        while (Date.now() < until);
      },
      flush: () => {},
      close: () => {},
    };
    const listener = new QueueListener(queue, [slow]).start();
    const handler = new QueueHandler(queue);
    for (let i = 0; i < 3; i++) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    expect(handled).toBe(2);
    await listener.stop();
    expectSum(handler.stats());
  });

  test("delivers everything when the process exits, also what was put last", async () => {
    const target = new CaptureHandler("target");
    const queue = new LogQueue();
    const handler = new QueueHandler(queue);
    const listener = new QueueListener(queue, [target]).start();
    getLogger().setLevel("INFO");
    getLogger().addHandler(handler);
    for (let i = 0; i < 100; i++) getLogger("a").info("record %d", i);
    expect(target.records.length).toBe(0);
    // What the exit hook does: nothing after this call would run.
    handler.flush();
    expect(target.records.length).toBe(100);
    await listener.stop();
  });
});
