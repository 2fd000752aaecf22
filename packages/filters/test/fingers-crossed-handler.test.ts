import { getLogger, type LogRecord, resetLogging, withContext } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import { FingersCrossedHandler } from "@cordwood/filters";
import { fullCounts, scaled } from "@cordwood/test-kit";
import { afterEach, describe, expect, test } from "vitest";
import { clockAt, Kept, record, sum } from "./fixture.js";

afterEach(() => resetLogging());

const inRequest = (requestId: string, level: string, msg: string) => record(level, msg, { context: { requestId } });

describe("FingersCrossedHandler", () => {
  test("writes all that a context has held, in order, once an error arrives, and nothing of the others", () => {
    const target = new Kept();
    const handler = new FingersCrossedHandler(target);
    for (const [id, level, msg] of [
      ["a", "DEBUG", "a1"],
      ["b", "DEBUG", "b1"],
      ["a", "INFO", "a2"],
      ["a", "ERROR", "a3"],
      ["b", "INFO", "b2"],
      ["a", "DEBUG", "a4"],
    ] as const)
      handler.handle(inRequest(id, level, msg));
    expect(target.messages).toEqual(["a1", "a2", "a3", "a4"]);
    expect(handler.stats()).toEqual({ accepted: 6, delivered: 4, queued: 2, dropped: {}, failed: {} });
    handler.close();
    expect(handler.stats()).toEqual({ accepted: 6, delivered: 4, queued: 0, dropped: { unneeded: 2 }, failed: {} });
    expect(target.closed).toBe(false);
  });

  test("writes at once what is between the two levels", () => {
    const target = new Kept();
    const handler = new FingersCrossedHandler(target, { holdBelow: "INFO" });
    handler.handle(inRequest("a", "DEBUG", "held"));
    handler.handle(inRequest("a", "INFO", "passed"));
    handler.handle(inRequest("a", "ERROR", "action"));
    expect(target.messages).toEqual(["passed", "held", "action"]);
  });

  test("holds again after an action when asked to", () => {
    const target = new Kept();
    const handler = new FingersCrossedHandler(target, { afterAction: "hold" });
    for (const [level, msg] of [
      ["DEBUG", "1"],
      ["ERROR", "2"],
      ["DEBUG", "3"],
    ] as const)
      handler.handle(inRequest("a", level, msg));
    expect(target.messages).toEqual(["1", "2"]);
    handler.handle(inRequest("a", "ERROR", "4"));
    expect(target.messages).toEqual(["1", "2", "3", "4"]);
  });

  test("drops the oldest records of a full context, and the context longest unheard of when there are too many, each counted", () => {
    const target = new Kept();
    const handler = new FingersCrossedHandler(target, { maxRecords: 2, maxContexts: 2 });
    for (const msg of ["a1", "a2", "a3"]) handler.handle(inRequest("a", "DEBUG", msg));
    handler.handle(inRequest("b", "DEBUG", "b1"));
    handler.handle(inRequest("c", "DEBUG", "c1"));
    handler.handle(inRequest("b", "ERROR", "b2"));
    expect(target.messages).toEqual(["b1", "b2"]);
    expect(handler.stats()).toEqual({ accepted: 6, delivered: 2, queued: 1, dropped: { overflow: 1, evicted: 2 }, failed: {} });
  });

  test("forgets contexts that are not heard of any more, by the clock it is given", () => {
    const clock = clockAt();
    const target = new Kept();
    const handler = new FingersCrossedHandler(target, { maxIdleMs: 100, now: clock.now });
    handler.handle(inRequest("a", "DEBUG", "a1"));
    clock.at = 99;
    handler.handle(inRequest("b", "DEBUG", "b1"));
    expect(handler.contexts).toBe(2);
    clock.at = 100;
    handler.handle(inRequest("b", "DEBUG", "b2"));
    expect(handler.contexts).toBe(1);
    expect(handler.stats()).toMatchObject({ queued: 2, dropped: { unneeded: 1 } });
  });

  test("drops what a context held when it is told that it is over", () => {
    const target = new Kept();
    const handler = new FingersCrossedHandler(target, { by: (r) => (r.extra as { job?: unknown }).job });
    handler.handle(record("DEBUG", "x", { job: 7 }));
    handler.end(7);
    handler.handle(record("ERROR", "y", { job: 7 }));
    expect(target.messages).toEqual(["y"]);
    expect(handler.stats()).toMatchObject({ accepted: 2, delivered: 1, dropped: { unneeded: 1 } });
  });

  test("writes the values of the moment of the call", () => {
    const target = new Kept();
    const handler = new FingersCrossedHandler(target);
    const user = { name: "anna", roles: ["admin"] };
    handler.handle(record("DEBUG", "held", { fields: { user } }));
    user.name = "bert";
    user.roles.push("root");
    handler.handle(record("ERROR", "now"));
    expect(target.records[0]?.extra).toEqual({ user: { name: "anna", roles: ["admin"] } });
  });

  test("finds the call site of held records when the target's format asks for it", () => {
    const target = new Kept({ formatter: { fmt: "%(lineno)d", format: (r: LogRecord) => `${r.lineno}` } as never });
    const handler = new FingersCrossedHandler(target);
    const logger = getLogger();
    logger.setLevel("DEBUG");
    logger.addHandler(handler);
    logger.debug("held");
    logger.error("now");
    expect(target.records.map((r) => r.filename)).toEqual(["fingers-crossed-handler.test.ts", "fingers-crossed-handler.test.ts"]);
    expect((target.records[1]?.lineno ?? 0) - (target.records[0]?.lineno ?? 0)).toBe(1);
  });

  test("writes what it holds at close when asked to, and counts what the target's level refuses", () => {
    const target = new Kept({ level: "INFO" });
    const handler = new FingersCrossedHandler(target, { whenClosed: "write" });
    handler.handle(inRequest("a", "DEBUG", "1"));
    handler.handle(inRequest("a", "INFO", "2"));
    handler.close();
    expect(target.messages).toEqual(["2"]);
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: { level: 1 }, failed: {} });
  });

  test(`keeps ${fullCounts ? "100 000" : "10 000"} concurrent contexts apart`, async () => {
    const count = scaled(100_000);
    const target = new Kept();
    const handler = new FingersCrossedHandler(target, { maxContexts: count });
    const logger = getLogger("app");
    logger.setLevel("DEBUG");
    logger.propagate = false;
    logger.addHandler(handler);
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        withContext({ requestId: `r${i}`, n: i }, async () => {
          logger.debug("begin %d", i);
          await null;
          logger.debug("middle");
          if (i % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
          if (i % 10 === 0) logger.error("failed %d", i);
        }),
      ),
    );
    const failed = Math.ceil(count / 10);
    console.log(`contexts: ${count}, records accepted ${handler.stats().accepted}, written ${target.records.length}`);
    expect(target.records.length).toBe(failed * 3);
    const seen = new Map<unknown, string[]>();
    for (const r of target.records) {
      const { requestId, n } = r.extra as { requestId: string; n: number };
      if (requestId !== `r${n}`) throw new Error(`context of ${requestId} has n ${n}`);
      seen.set(n, [...(seen.get(n) ?? []), r.message]);
    }
    for (const [n, messages] of seen) expect(messages).toEqual([`begin ${n}`, "middle", `failed ${n}`]);
    expect(seen.size).toBe(failed);
    handler.close();
    const { accepted, delivered, queued, dropped } = handler.stats();
    expect(accepted).toBe(count * 2 + failed);
    expect(delivered + queued + sum(dropped)).toBe(accepted);
  });

  test("refuses what is no handler, and options that are none", () => {
    expect(() => new FingersCrossedHandler({} as never)).toThrow(/give the handler that is to write/);
    expect(() => new FingersCrossedHandler(new Kept(), { maxRecords: 0 })).toThrow(/maxRecords is 0; give a whole number from 1/);
    expect(() => new FingersCrossedHandler(new Kept(), { actionlevel: "ERROR" } as never)).toThrow(/there is no option "actionlevel"/);
  });
});

describe("conformance: FingersCrossedHandler, holding nothing", () => {
  const targets = new WeakMap<object, Kept>();
  const cases = handlerConformance({
    create: () => {
      const target = new Kept();
      const handler = new FingersCrossedHandler(target, { actionLevel: "DEBUG" });
      targets.set(handler, target);
      return handler;
    },
    delivered: (handler) => (targets.get(handler) as Kept).messages,
  });
  for (const c of cases) test(c.name, c.run);
});
