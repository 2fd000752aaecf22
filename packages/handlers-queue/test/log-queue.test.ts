import { getLogger, type HandlerStats, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { LogQueue, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CaptureHandler } from "./support/capture.js";

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);
const expectSum = ({ accepted, delivered, queued, dropped, failed }: HandlerStats): void =>
  expect(accepted).toBe(delivered + queued + sum(dropped) + sum(failed));

vi.setConfig({ testTimeout: 240_000 });

describe("LogQueue", () => {
  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
  });
  afterEach(() => vi.useRealTimers());

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
