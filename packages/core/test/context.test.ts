import { EventEmitter } from "node:events";
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";
import { getContext, getLogger, withContext } from "@cordwood/core";
import { beforeEach, describe, expect, test } from "vitest";
import { fresh, Lines } from "./support.js";

beforeEach(fresh);

const listen = (): Lines => {
  const handler = new Lines();
  getLogger().addHandler(handler);
  return handler;
};

describe("the context", () => {
  test("is on every record logged in it, whatever the logger, and gone after", () => {
    const handler = listen();
    const result = withContext({ request: 7 }, () => {
      getLogger("a").error("x");
      getLogger("b.c").with({ bound: 1 }).error("y", { own: 2 });
      return "result";
    });
    getLogger("a").error("z");
    expect([result, getContext()]).toEqual(["result", undefined]);
    expect(handler.records.map((record) => ({ ...record.extra }))).toEqual([{ request: 7 }, { request: 7, bound: 1, own: 2 }, {}]);
  });

  test("holds across await, timers, immediates, microtasks and what is started inside", async () => {
    const handler = listen();
    const emitter = new EventEmitter();
    await withContext({ request: 1 }, async () => {
      await sleep(1);
      getLogger("a").error("sleep");
      await immediate();
      getLogger("a").error("immediate");
      await Promise.all([1, 2].map(async () => getLogger("a").error("all")));
      queueMicrotask(() => getLogger("a").error("microtask"));
      process.nextTick(() => getLogger("a").error("tick"));
      await new Promise<void>((resolve) =>
        setTimeout(() => {
          getLogger("a").error("timer");
          resolve();
        }, 1),
      );
      emitter.on("event", () => getLogger("a").error("event"));
      emitter.emit("event");
    });
    expect(handler.records.length).toBe(8);
    expect(handler.records.every((record) => record.extra["request"] === 1)).toBe(true);
  });

  test("of concurrent tasks do not mix", async () => {
    const handler = listen();
    await Promise.all(
      Array.from({ length: 50 }, (_, task) =>
        withContext({ task }, async () => {
          for (let i = 0; i < 5; i++) {
            await (i % 2 ? immediate() : sleep(task % 3));
            getLogger("a").error("%d", task);
          }
        }),
      ),
    );
    expect(handler.records).toHaveLength(250);
    for (const record of handler.records) expect(record.message).toBe(String(record.extra["task"]));
  });

  test("of inner calls adds to the outer one, wins, and ends with the call", () => {
    const handler = listen();
    const outer = { a: 1, b: 1 };
    withContext(outer, () => {
      withContext({ b: 2, c: 2 }, () => {
        expect({ ...getContext() }).toEqual({ a: 1, b: 2, c: 2 });
        getLogger("a").error("inner");
      });
      expect(getContext()).toBe(outer);
    });
    expect(handler.records.map((record) => ({ ...record.extra }))).toEqual([{ a: 1, b: 2, c: 2 }]);
    expect(outer).toEqual({ a: 1, b: 1 });
  });

  test("ends when its function throws or rejects", async () => {
    const fail = (): never => {
      throw new Error("work");
    };
    expect(() => withContext({ a: 1 }, fail)).toThrow("work");
    await expect(withContext({ a: 1 }, async () => fail())).rejects.toThrow("work");
    expect(getContext()).toBeUndefined();
  });

  test("is that of the call, for a handler that reads it later", async () => {
    const handler = listen();
    withContext({ a: 1 }, () => getLogger("a").error("x"));
    await immediate();
    withContext({ a: 2 }, () => expect({ ...handler.records[0]?.extra }).toEqual({ a: 1 }));
  });
});
