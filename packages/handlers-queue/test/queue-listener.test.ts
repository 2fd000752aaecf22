import { getLogger, type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { LogQueue, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { beforeEach, describe, expect, test } from "vitest";
import { CaptureHandler } from "./support/capture.js";
import { LinesHandler } from "./support/lines.js";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("QueueHandler and QueueListener", () => {
  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
    getLogger().setLevel("DEBUG");
  });

  test("the handler returns before the listener's handlers run", async () => {
    const queue = new LogQueue();
    const target = new CaptureHandler("target");
    await using listener = new QueueListener(queue, target).start();
    getLogger().addHandler(new QueueHandler(queue));
    getLogger().warning("Look out!");
    expect(target.messages).toEqual([]);
    while (target.records.length === 0) await tick();
    expect(target.messages).toEqual(["Look out!"]);
    expect(listener.handlers).toEqual([target]);
  });

  test("the call site is that of the call, when a formatter at the far end uses it", async () => {
    const queue = new LogQueue();
    const sink: { text: string }[] = [];
    const formatter = new Formatter("%(filename)s %(funcName)s %(message)s");
    const listener = new QueueListener(queue, new LinesHandler("lines", sink as never, { formatter })).start();
    getLogger().addHandler(new QueueHandler(queue));
    function caller(): void {
      getLogger("a").info("here");
    }
    caller();
    await listener.stop();
    expect(sink.map(({ text }) => text)).toEqual(["queue-listener.test.ts caller here"]);
  });

  test("the call site is kept when the handler is told that it is used", () => {
    const queue = new LogQueue();
    getLogger().addHandler(new QueueHandler(queue, { uses: ["lineno", "pathname"] }));
    getLogger("a").info("here");
    const record = queue.take() as LogRecord;
    expect(record.filename).toBe("queue-listener.test.ts");
    expect(record.lineno).toBeGreaterThan(0);
  });

  test("a prepared record keeps error, fields and context as they were, as data", () => {
    const queue = new LogQueue();
    const handler = new QueueHandler(queue);
    getLogger().addHandler(handler);
    const error = new RangeError("too far", { cause: new Error("deeper") });
    const fields = { user: "alice", list: [1], when: new Date(0), big: 10n };
    getLogger("a").with({ request: "r1" }).error("n=%d", 7, fields, error);
    fields.user = "bob";
    fields.list.push(2);
    error.message = "changed";
    const record = queue.take() as LogRecord;
    expect(record.msg).toBe("n=7");
    expect(record.args).toEqual([]);
    expect(record.extra).toEqual({ request: "r1", user: "alice", list: [1], when: new Date(0), big: 10n });
    const kept = record.error as Error;
    expect([kept.name, kept.message, (kept.cause as Error).message]).toEqual(["RangeError", "too far", "deeper"]);
    expect(kept.stack).toBe(error.stack);
    expect(new Formatter("%(message)s").format(record)).toContain("Caused by: Error: deeper");
  });

  test("a hostile value is kept as far as it can be read, and nothing is thrown", () => {
    const queue = new LogQueue();
    getLogger().addHandler(new QueueHandler(queue));
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const throwing = {
      get bad(): never {
        throw new Error("no");
      },
    };
    getLogger("a").info("hostile", { proxy, circular, throwing, fine: 1 });
    const { fine, circular: kept } = (queue.take() as LogRecord).extra;
    expect(fine).toBe(1);
    expect(kept).toEqual({ self: "[circular]" });
  });

  test("copying stops at 8 levels and 1 000 keys", () => {
    const queue = new LogQueue();
    getLogger().addHandler(new QueueHandler(queue));
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 100; i++) deep = { deep };
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]));
    getLogger("a").info("big", { deep, wide });
    const { deep: keptDeep, wide: keptWide } = (queue.take() as LogRecord).extra as { deep: object; wide: object };
    expect(JSON.stringify(keptDeep)).toContain("[deeper]");
    expect(Object.keys(keptWide).length).toBe(1_001);
  });

  test("a handler's level counts only when asked to", async () => {
    for (const respectHandlerLevel of [false, true]) {
      const queue = new LogQueue();
      const target = new CaptureHandler("target", [], { level: "ERROR" });
      const listener = new QueueListener(queue, [target], { respectHandlerLevel }).start();
      queue.put(makeLogRecord({ name: "a", levelno: 20, msg: "info" }));
      queue.put(makeLogRecord({ name: "a", levelno: 40, msg: "error" }));
      await listener.stop();
      expect(target.messages).toEqual(respectHandlerLevel ? ["error"] : ["info", "error"]);
    }
  });

  test("a listener that is stopped twice has stopped, and may be started again", async () => {
    const queue = new LogQueue();
    const target = new CaptureHandler("target");
    const listener = new QueueListener(queue, target);
    await listener.stop();
    for (let round = 0; round < 3; round++) {
      listener.start();
      expect(() => listener.start()).toThrow(/start\(\) was called twice/);
      queue.put(makeLogRecord({ name: "a", levelno: 20, msg: `round ${round}` }));
      await Promise.all([listener.stop(), listener.stop()]);
    }
    expect(target.messages).toEqual(["round 0", "round 1", "round 2"]);
  });

  test("a slow stretch of handling lets other work of the event loop through", async () => {
    const queue = new LogQueue();
    const busy = {
      level: 0,
      handle: () => {
        const until = performance.now() + 0.2;
        while (performance.now() < until);
      },
      flush: () => {},
      close: () => {},
    };
    const listener = new QueueListener(queue, busy).start();
    for (let i = 0; i < 1_000; i++) queue.put(makeLogRecord({ name: "a", levelno: 20, msg: "m" }));
    let turns = 0;
    while (queue.size > 0) {
      await tick();
      turns++;
    }
    expect(turns).toBeGreaterThan(5);
    await listener.stop();
  });

  test("subclasses send and receive in their own way by overriding enqueue and dequeue", async () => {
    const wire: string[] = [];
    class Sender extends QueueHandler<string[]> {
      override enqueue(record: LogRecord): void {
        this.queue.push(JSON.stringify(record));
      }
    }
    class Receiver extends QueueListener<string[]> {
      override dequeue(): LogRecord | null {
        const text = this.queue.shift();
        return text === undefined ? null : makeLogRecord(JSON.parse(text) as Record<string, unknown>);
      }
    }
    const handler = new Sender(wire);
    getLogger().addHandler(handler);
    getLogger("a.b").info("user %s", "alice", { id: 7 });
    const target = new CaptureHandler("target");
    const listener = new Receiver(wire, target).start();
    await listener.stop();
    expect(target.records.map((record) => [record.name, record.message, record.extra["id"]])).toEqual([["a.b", "user alice", 7]]);
    expect(handler.stats()).toMatchObject({ accepted: 1, delivered: 1 });
  });

  test("an enqueue that promises is counted when it settles, and one that throws is counted as failed", async () => {
    class Promising extends QueueHandler<null> {
      override async enqueue(record: LogRecord): Promise<void> {
        await tick();
        if (record.message === "bad") throw new Error("the socket is closed");
      }
    }
    const handler = new Promising(null);
    for (const msg of ["good", "bad"]) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg }));
    expect(handler.stats()).toMatchObject({ accepted: 2, queued: 2 });
    await handler.flush();
    expect(handler.stats()).toMatchObject({ accepted: 2, queued: 0, delivered: 1, failed: { emit: 1 } });
  });

  test("a handler that logs into its own queue is put behind what waits, and nothing loops", async () => {
    const queue = new LogQueue({ capacity: 100, whenFull: "block" });
    let handled = 0;
    const chatty = {
      level: 0,
      handle: () => {
        if (++handled < 1_000) getLogger("chatty").info("more");
      },
      flush: () => {},
      close: () => {},
    };
    const listener = new QueueListener(queue, chatty).start();
    getLogger().addHandler(new QueueHandler(queue));
    for (let i = 0; i < 500; i++) getLogger("a").info("m");
    await listener.stop();
    expect(handled).toBeGreaterThanOrEqual(500);
  });

  test("closing one of two handlers of a queue leaves the queue to the other", async () => {
    const queue = new LogQueue();
    let closed = 0;
    Object.assign(queue, { closeSender: () => void closed++ });
    const [first, second] = [new QueueHandler(queue), new QueueHandler(queue)];
    first.close();
    expect(closed).toBe(0);
    second.close();
    expect(closed).toBe(1);
  });
});
