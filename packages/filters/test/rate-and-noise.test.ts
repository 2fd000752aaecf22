import { type LogRecord, resetLogging } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import { byMessage, RateLimitFilter, RepeatFilter, RepeatHandler, SamplingFilter } from "@cordwood/filters";
import { afterEach, describe, expect, test } from "vitest";
import { clockAt, Kept, record } from "./fixture.js";

afterEach(() => resetLogging());

describe("SamplingFilter", () => {
  test("keeps the fraction, all from WARNING on, and counts each", () => {
    let i = 0;
    const filter = new SamplingFilter(0.25, { random: () => (i++ % 4) / 4 });
    const kept = Array.from({ length: 100 }, (_, n) => filter.filter(record("INFO", `${n}`))).filter(Boolean);
    expect(kept.length).toBe(25);
    expect(filter.filter(record("WARNING", "w"))).toBeTruthy();
    expect(filter.stats()).toEqual({ seen: 101, kept: 25, always: 1, dropped: 75 });
  });

  test("keeps or drops all records of a key, the same keys in every process", () => {
    const decide = (): boolean[] => {
      const filter = new SamplingFilter(0.3, { by: (r) => (r.extra as { trace: string }).trace });
      return Array.from({ length: 20_000 }, (_, n) => filter.filter(record("INFO", "m", { trace: `t${n % 10_000}` })) !== false);
    };
    const first = decide();
    expect(first.slice(0, 10_000)).toEqual(first.slice(10_000));
    expect(decide()).toEqual(first);
    const share = first.filter(Boolean).length / first.length;
    expect(share).toBeGreaterThan(0.28);
    expect(share).toBeLessThan(0.32);
  });

  test("says of a kept record how many it stands for", () => {
    const filter = new SamplingFilter(0.5, { random: () => 0, field: "sampleRate" });
    const kept = filter.filter(record("INFO", "m", { a: 1 }));
    expect((kept as LogRecord).extra).toEqual({ a: 1, sampleRate: 2 });
  });

  test.each([1.5, -0.1, Number.NaN, "0.5"])("refuses the rate %s", (rate) => {
    expect(() => new SamplingFilter(rate as number)).toThrow(/rate is/);
  });

  test("keeps nothing below the level at rate 0 and everything at rate 1", () => {
    const none = new SamplingFilter(0);
    const all = new SamplingFilter(1);
    for (let n = 0; n < 100; n++) {
      expect(none.filter(record("INFO", "m"))).toBe(false);
      expect(all.filter(record("INFO", "m"))).toBeTruthy();
    }
  });
});

describe("RateLimitFilter", () => {
  test("lets so many of each message through in a window, and the next one says how many were held back", () => {
    const clock = clockAt();
    const filter = new RateLimitFilter(2, { windowMs: 1_000, now: clock.now });
    const log = (i: number) => filter.filter(record("INFO", "slow query %d", { args: [i] }));
    expect([1, 2, 3, 4, 5].map((i) => log(i) !== false)).toEqual([true, true, false, false, false]);
    expect(filter.filter(record("INFO", "another"))).toBeTruthy();
    clock.at = 999;
    expect(log(6)).toBe(false);
    clock.at = 1_000;
    const next = log(7);
    expect((next as LogRecord).extra).toEqual({ suppressed: 4 });
    const after = log(8);
    expect((after as LogRecord).extra).toEqual({});
    expect(filter.stats()).toEqual({ seen: 9, passed: 5, suppressed: 4, reported: 4, forgotten: 0 });
  });

  test("gives up the key seen longest ago and counts what nobody will be told of", () => {
    const clock = clockAt();
    const filter = new RateLimitFilter(1, { maxKeys: 2, now: clock.now });
    for (const msg of ["a", "a", "a", "b", "c"]) filter.filter(record("INFO", msg));
    expect(filter.stats()).toEqual({ seen: 5, passed: 3, suppressed: 2, reported: 0, forgotten: 2 });
  });

  test("never holds back from alwaysFrom on, and limits by a key of the user's", () => {
    const clock = clockAt();
    const filter = new RateLimitFilter(1, { alwaysFrom: "ERROR", by: byMessage, now: clock.now });
    expect([1, 2].map(() => filter.filter(record("ERROR", "e")) !== false)).toEqual([true, true]);
    expect([1, 2].map((i) => filter.filter(record("INFO", "m %d", { args: [i] })) !== false)).toEqual([true, true]);
  });

  test("counts exactly over 200 000 records of a thousand messages", () => {
    const clock = clockAt();
    const filter = new RateLimitFilter(3, { windowMs: 100, now: clock.now });
    const messages = Array.from({ length: 1_000 }, (_, n) => record("INFO", `m${n}`));
    let passed = 0;
    let told = 0;
    for (let i = 0; i < 200_000; i++) {
      clock.at = Math.floor(i / 50_000) * 100;
      const kept = filter.filter(messages[i % 1_000] as (typeof messages)[number]);
      if (kept === false) continue;
      passed++;
      told += (kept.extra as { suppressed?: number }).suppressed ?? 0;
    }
    // 50 of each message in each of four windows, 3 of which pass.
    expect(passed).toBe(4 * 3 * 1_000);
    expect(filter.stats()).toEqual({ seen: 200_000, passed, suppressed: 200_000 - passed, reported: told, forgotten: 0 });
    expect(told).toBe(3 * 47 * 1_000);
  });
});

describe("RepeatFilter", () => {
  test("lets a message through once in a window and tells of the repeats when it comes again", () => {
    const clock = clockAt();
    const filter = new RepeatFilter({ windowMs: 100, now: clock.now });
    const log = (msg: string) => filter.filter(record("INFO", msg));
    expect(log("a")).toBeTruthy();
    expect(log("b")).toBeTruthy();
    expect(log("a")).toBe(false);
    expect(log("a")).toBe(false);
    clock.at = 100;
    const next = log("a");
    expect((next as LogRecord).extra).toEqual({ repeated: 2 });
    expect(filter.stats()).toEqual({ seen: 5, passed: 3, suppressed: 2, reported: 2, forgotten: 0 });
  });

  test("holds back only direct repeats when it tells one message apart at a time", () => {
    const filter = new RepeatFilter({ maxKeys: 1 });
    expect(["a", "a", "b", "a"].map((msg) => filter.filter(record("INFO", msg)) !== false)).toEqual([true, false, true, true]);
    expect(filter.stats().forgotten).toBe(1);
  });
});

describe("RepeatHandler", () => {
  test("writes how often a message was repeated when another one follows, and at close", () => {
    const target = new Kept();
    const handler = new RepeatHandler(target);
    for (const msg of ["a", "a", "a", "b", "b"]) handler.handle(record("INFO", msg));
    expect(target.messages).toEqual(["a", "repeated 2 times: a", "b"]);
    handler.close();
    expect(target.messages).toEqual(["a", "repeated 2 times: a", "b", "repeated 1 time: b"]);
    expect(target.records[1]?.extra).toEqual({ repeated: 2 });
    expect(handler.stats()).toEqual({ accepted: 5, delivered: 2, queued: 0, dropped: { repeated: 3 }, failed: {} });
    expect(handler.summaries).toBe(2);
    expect(target.closed).toBe(false);
  });

  test("begins anew after the window, by the clock it is given", () => {
    const clock = clockAt();
    const target = new Kept();
    const handler = new RepeatHandler(target, { windowMs: 100, now: clock.now });
    handler.handle(record("INFO", "a"));
    handler.handle(record("INFO", "a"));
    clock.at = 100;
    handler.handle(record("INFO", "a"));
    expect(target.messages).toEqual(["a", "repeated 1 time: a", "a"]);
    handler.close();
  });

  test("tells of repeats when the window ends, though nothing follows", async () => {
    const target = new Kept();
    const handler = new RepeatHandler(target, { windowMs: 5 });
    handler.handle(record("INFO", "100% of %s"));
    handler.handle(record("INFO", "100% of %s"));
    await expect.poll(() => target.messages).toEqual(["100% of %s", "repeated 1 time: 100% of %s"]);
    handler.close();
  });

  const targets = new WeakMap<object, Kept>();
  const cases = handlerConformance({
    create: () => {
      const target = new Kept();
      const handler = new RepeatHandler(target);
      targets.set(handler, target);
      return handler;
    },
    delivered: (handler) => (targets.get(handler) as Kept).messages,
  });
  for (const c of cases) test(`conformance: ${c.name}`, c.run);
});
