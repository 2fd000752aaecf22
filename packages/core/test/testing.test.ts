import { ConsoleHandler, type FormatterLike, getLogger, StreamHandler, setLastResort } from "@cordwood/core";
import { captureLogs, formatterConformance, handlerConformance } from "@cordwood/core/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fresh, Lines } from "./support.js";

beforeEach(fresh);
afterEach(() => vi.restoreAllMocks());

describe("captureLogs", () => {
  test("catches what is logged below a logger, in place of its handlers, and puts everything back", () => {
    const handler = new Lines();
    getLogger("app").addHandler(handler);
    getLogger("app").setLevel("ERROR");
    const logs = captureLogs({ logger: "app" });
    getLogger("app.db").debug("n=%d", 1, { user: 1 });
    getLogger("app").info("two");
    setLastResort(null);
    getLogger("other").warning("not this");
    logs.stop();
    logs.stop();
    getLogger("app").error("after");
    expect(logs.output).toEqual(["DEBUG:app.db:n=1", "INFO:app:two"]);
    expect(logs.records.map((record) => [record.levelname, { ...record.extra }, record.filename])).toEqual([
      ["DEBUG", { user: 1 }, "testing.test.ts"],
      ["INFO", {}, "testing.test.ts"],
    ]);
    expect([handler.lines, getLogger("app").handlers, getLogger("app").level, getLogger("app").propagate]).toEqual([
      ["after"],
      [handler],
      40,
      true,
    ]);
  });

  test("takes a level, a logger itself, the root, and ends with a block", () => {
    {
      const logs = captureLogs({ level: "WARNING" });
      getLogger("a").info("off");
      getLogger("a").warning("on");
      expect(logs.output).toEqual(["WARNING:a:on"]);
      logs[Symbol.dispose]();
    }
    expect([getLogger().handlers, getLogger().level]).toEqual([[], 30]);
    const logs = captureLogs({ logger: getLogger("b") });
    getLogger("b").info("x");
    logs.stop();
    expect(logs.output).toEqual(["INFO:b:x"]);
  });

  test("keeps records as they were at the call", () => {
    const logs = captureLogs();
    const value = { list: [1] };
    getLogger("a").info("got %j", value);
    value.list.push(2);
    logs.stop();
    expect(logs.output).toEqual(['INFO:a:got {"list":[1]}']);
  });
});

describe("the conformance kit", () => {
  class Target {
    readonly lines: string[] = [];
    broken = false;
    write(text: string): void {
      if (this.broken) throw new Error("broken");
      this.lines.push(text.split("\n")[0] as string);
    }
  }
  const target = (handler: StreamHandler): Target => handler.stream as unknown as Target;

  for (const { name, rule, run } of handlerConformance<StreamHandler>({
    create: () => new StreamHandler(new Target()),
    delivered: (handler) => target(handler).lines,
    breakTarget: (handler) => {
      target(handler).broken = true;
    },
  })) {
    test(`a stream handler ${name}`, async () => {
      expect(rule).toMatch(/\.$/);
      await run();
    });
  }

  for (const { name, run } of handlerConformance({
    create: () => new Lines(),
    delivered: (handler) => handler.lines.map((line) => line.split("\n")[0]!),
  })) {
    test(`the smallest handler ${name}`, run);
  }

  const written: string[] = [];
  for (const { name, run } of handlerConformance({
    create: () => {
      written.length = 0;
      return new ConsoleHandler();
    },
    delivered: () => written,
  })) {
    test(`a console handler ${name}`, async () => {
      vi.spyOn(console, "info").mockImplementation((_format, text: string) => void written.push(text.split("\n")[0]!));
      await run();
    });
  }

  test("finds a handler that loses, reorders, throws, or miscounts", async () => {
    class Losing extends Lines {
      protected override emit(): void {}
    }
    class Reordering extends Lines {
      protected override emit(record: Parameters<Lines["handle"]>[0]): void {
        this.lines.unshift(record.message);
      }
    }
    class Throwing extends Lines {
      override handle(): void {
        throw new Error("handle");
      }
    }
    class Miscounting extends Lines {
      override stats() {
        return { ...super.stats(), delivered: 0 };
      }
    }
    for (const Wrong of [Losing, Reordering, Throwing, Miscounting]) {
      const failures: string[] = [];
      for (const { name, run } of handlerConformance({ create: () => new Wrong(), delivered: (handler) => handler.lines })) {
        await run().catch(() => failures.push(name));
      }
      expect(failures, Wrong.name).not.toEqual([]);
    }
  });

  test("holds a formatter to a text for every record, and finds one that is not sound", async () => {
    const sound = { format: (record: { message: string }) => JSON.stringify({ message: record.message }) };
    const outcome = async (formatter: FormatterLike): Promise<string[]> => {
      const failures: string[] = [];
      for (const { name, run } of formatterConformance({ create: () => formatter, singleLine: true, parse: JSON.parse })) {
        await run().catch(() => failures.push(name));
      }
      return failures;
    };
    expect(await outcome(sound)).toEqual([]);
    let count = 0;
    expect(await outcome({ format: () => `{"n":${count++}}` })).toContain("gives the same text twice");
    expect(await outcome({ format: ({ message }) => message })).not.toEqual([]);
    expect(await outcome({ format: () => undefined as unknown as string })).toContain("gives the message");
    const encoded = new TextEncoder().encode('{"message":"hello"}');
    expect(await outcome({ ...sound, encode: () => -1 })).toEqual([]);
    expect(await outcome({ ...sound, encode: () => encoded.length, encoded })).toEqual(["gives the bytes of its text"]);
    expect(await outcome({ ...sound, encode: () => 3 })).toEqual(["gives the bytes of its text"]);
  });
});
