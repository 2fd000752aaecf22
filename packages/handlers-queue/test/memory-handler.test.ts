import { getLogger, resetLogging, setErrorReporter, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { BufferingHandler, MemoryHandler } from "@cordwood/handlers-queue";
import { beforeEach, describe, expect, test } from "vitest";
import { CaptureHandler } from "./support/capture.js";
import { LinesHandler } from "./support/lines.js";

beforeEach(() => {
  resetLogging();
  setErrorReporter(() => {});
  getLogger().setLevel("DEBUG");
});

describe("MemoryHandler", () => {
  test("tells the story before an error, as it was, and nothing otherwise", () => {
    const target = new CaptureHandler("target");
    getLogger().addHandler(new MemoryHandler(100, { target }));
    const fields = { step: 1 };
    getLogger("a").debug("step %d", 1, fields);
    fields.step = 2;
    expect(target.records).toEqual([]);
    getLogger("a").error("it failed");
    expect(target.messages).toEqual(["step 1", "it failed"]);
    expect(target.records[0]?.extra).toEqual({ step: 1 });
  });

  test("takes flushLevel by name, and keeps the call site for a target that shows it", () => {
    const sink: { text: string }[] = [];
    const target = new LinesHandler("lines", sink as never, { formatter: new Formatter("%(filename)s %(message)s") });
    const memory = new MemoryHandler(100, { target, flushLevel: "WARNING" });
    getLogger().addHandler(memory);
    getLogger("a").info("kept");
    getLogger("a").warning("flushed");
    expect(sink.map(({ text }) => text)).toEqual(["memory-handler.test.ts kept", "memory-handler.test.ts flushed"]);
    expect(memory.stats()).toMatchObject({ accepted: 2, delivered: 2, queued: 0 });
  });

  test("is flushed by shutdown, unless it is told not to flush when closed", async () => {
    for (const flushOnClose of [true, false]) {
      const target = new CaptureHandler("target");
      const memory = new MemoryHandler(100, { target, flushOnClose });
      getLogger().addHandler(memory);
      getLogger("a").info("kept");
      await shutdown();
      getLogger().removeHandler(memory);
      expect(target.messages).toEqual(flushOnClose ? ["kept"] : []);
      expect(memory.stats().queued).toBe(flushOnClose ? 0 : 1);
    }
  });

  test("reports a target that throws, counts the record, and hands it the others", () => {
    const seen: string[] = [];
    const target = {
      level: 0,
      flush: () => {},
      close: () => {},
      handle: (record: { message: string }) => {
        if (record.message === "bad") throw new Error("on purpose");
        seen.push(record.message);
      },
    };
    const memory = new MemoryHandler(3, { target });
    getLogger().addHandler(memory);
    for (const text of ["good", "bad", "good"]) getLogger("a").info(text);
    expect(seen).toEqual(["good", "good"]);
    expect(memory.stats()).toMatchObject({ accepted: 3, delivered: 2, queued: 0, failed: { target: 1 } });
  });

  test("refuses a capacity, a level or a target that cannot be", () => {
    expect(() => new MemoryHandler(Number.NaN)).toThrow(/MemoryHandler: capacity is NaN/);
    expect(() => new MemoryHandler(1, { flushLevel: "LOUD" })).toThrow(/LOUD/);
    expect(() => new MemoryHandler(1, { target: {} as never })).toThrow(/no handle\(record\)/);
  });
});

describe("BufferingHandler", () => {
  test("hands its buffer to a subclass when it is full, one mail for many records", () => {
    const mails: string[][] = [];
    class MailHandler extends BufferingHandler {
      override flush(): void {
        if (this.buffer.length > 0) mails.push(this.buffer.map((record) => record.message));
        this.counters.queued -= this.buffer.length;
        this.counters.delivered += this.buffer.length;
        this.buffer = [];
      }
    }
    const handler = new MailHandler(3);
    getLogger().addHandler(handler);
    for (let i = 0; i < 7; i++) getLogger("a").info("record %d", i);
    handler.close();
    expect(mails).toEqual([["record 0", "record 1", "record 2"], ["record 3", "record 4", "record 5"], ["record 6"]]);
    expect(handler.stats()).toMatchObject({ accepted: 7, delivered: 7, queued: 0 });
  });

  test("by itself lets the records go, and counts them", () => {
    const handler = new BufferingHandler(2);
    getLogger().addHandler(handler);
    for (let i = 0; i < 3; i++) getLogger("a").info("m");
    expect(handler.stats()).toMatchObject({ accepted: 3, queued: 1, dropped: { discarded: 2 } });
  });
});
