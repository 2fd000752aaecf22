import { type AdapterCall, type AdapterTarget, getLogger, LoggerAdapter } from "@cordwood/core";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { fresh, Lines, reports, revokedProxy, throwing } from "./support.js";

beforeEach(fresh);

const listen = (): Lines => {
  const handler = new Lines();
  getLogger("app").setLevel("DEBUG");
  getLogger("app").addHandler(handler);
  return handler;
};
const extras = (handler: Lines) => handler.records.map((record) => ({ ...record.extra }));

describe("an adapter", () => {
  test("replaces the call's fields by its own, as Python does", () => {
    const handler = listen();
    new LoggerAdapter(getLogger("app"), { user: 1 }).info("n=%d", 5, { lost: 1 });
    new LoggerAdapter(getLogger("app")).info("none", { lost: 1 });
    expect([handler.lines, extras(handler)]).toEqual([
      ["n=5", "none"],
      [{ user: 1 }, {}],
    ]);
  });

  test("keeps them with mergeExtra, and then the call wins", () => {
    const handler = listen();
    new LoggerAdapter(getLogger("app"), { user: 1, ip: "x" }, { mergeExtra: true }).info("m", { user: 2 });
    expect(extras(handler)).toEqual([{ user: 2, ip: "x" }]);
  });

  test("has a say in message and fields through process", () => {
    const handler = listen();
    class Connection extends LoggerAdapter {
      override process(message: unknown, call: AdapterCall): [unknown, AdapterCall] {
        return [`[${(this.extra as { id: number }).id}] ${message}`, { extra: { ...call.extra, seen: true } }];
      }
    }
    new Connection(getLogger("app"), { id: 7 }).warning("n=%d", 5, { own: 1 });
    expect([handler.lines, extras(handler)]).toEqual([["[7] n=5"], [{ own: 1, seen: true }]]);
  });

  test("is not asked when the level is off", () => {
    const handler = listen();
    const adapter = new LoggerAdapter(getLogger("app"), { user: 1 });
    const process = vi.spyOn(adapter, "process");
    adapter.trace("off");
    const lazy = vi.fn(() => "text");
    adapter.trace(lazy);
    adapter.info("on");
    expect([process.mock.calls.length, lazy.mock.calls.length, handler.lines]).toEqual([1, 0, ["on"]]);
  });

  test("reads its fields from a dict-like object at each call", () => {
    const handler = listen();
    let reads = 0;
    class Computed {
      keys() {
        return ["ip", "count"];
      }
      get(key: string) {
        return key === "count" ? ++reads : `${key}!`;
      }
    }
    class Getters {
      plain = 1;
      get double() {
        return this.plain * 2;
      }
    }
    for (const extra of [new Computed(), new Map([["k", "v"]]), new Getters()]) {
      const adapter = new LoggerAdapter(getLogger("app"), extra);
      adapter.info("x");
      adapter.info("y");
    }
    expect(extras(handler)).toEqual([
      { ip: "ip!", count: 1 },
      { ip: "ip!", count: 2 },
      { k: "v" },
      { k: "v" },
      { plain: 1, double: 2 },
      { plain: 1, double: 2 },
    ]);
  });

  test("stands on other adapters and on views", () => {
    const handler = listen();
    const inner = new LoggerAdapter(getLogger("app").with({ bound: 1, a: 0 }), { a: 1 }, { mergeExtra: true });
    new LoggerAdapter(inner, { b: 2 }, { mergeExtra: true }).error("x", { c: 3 });
    expect(extras(handler)).toEqual([{ bound: 1, a: 1, b: 2, c: 3 }]);
  });

  test("passes the error, the template, the lazy function and the object on", () => {
    const handler = listen();
    const adapter = new LoggerAdapter(getLogger("app"), { id: 1 }, { mergeExtra: true });
    const error = new Error("e");
    adapter.error("failed", error);
    adapter.exception("thrown", "text");
    adapter.error(error);
    adapter.info`user ${5} at 100%`;
    adapter.info(() => "lazy");
    adapter.info({ user: 2 }, "object");
    adapter.log("INFO", "%(key)s", { key: "value" });
    expect(handler.records.map((record) => [record.message, record.error])).toEqual([
      ["failed", error],
      ["thrown", "text"],
      ["e", error],
      ["user 5 at 100%", undefined],
      ["lazy", undefined],
      ["object", undefined],
      ["value", undefined],
    ]);
    expect(extras(handler)[5]).toEqual({ id: 1, user: 2 });
  });

  test("answers for its logger", () => {
    const adapter = new LoggerAdapter(new LoggerAdapter(getLogger("app")));
    adapter.setLevel("ERROR");
    expect([
      adapter.name,
      adapter.isEnabledFor("ERROR"),
      adapter.isEnabledFor("INFO"),
      adapter.getEffectiveLevel(),
      adapter.hasHandlers(),
    ]).toEqual(["app", true, false, 40, false]);
    expect(getLogger("app").level).toBe(40);
  });

  test("whose process throws costs no record and is reported", () => {
    const handler = listen();
    class Broken extends LoggerAdapter {
      override process = throwing("process");
    }
    new Broken(getLogger("app"), { id: 1 }).error("kept %d", 1);
    expect(handler.lines).toEqual(["kept 1"]);
    expect(reports).toHaveLength(1);
  });

  test.each<[string, object]>([
    ["a revoked proxy", revokedProxy()],
    ["keys that throw", { keys: throwing("keys"), get: throwing("get") }],
    [
      "a getter that throws",
      {
        get boom(): never {
          throw new Error("boom");
        },
      },
    ],
  ])("whose fields are %s costs no record", (_name, extra) => {
    const handler = listen();
    new LoggerAdapter(getLogger("app"), extra).error("kept %d", 1);
    new LoggerAdapter(getLogger("app"), extra, { mergeExtra: true }).error("kept %d", 2, { own: 1 });
    expect(handler.lines).toEqual(["kept 1", "kept 2"]);
  });

  test("at an unknown level reports once and keeps the record at WARNING", () => {
    const handler = listen();
    new LoggerAdapter(getLogger("app")).log("LOUD", "x");
    expect([handler.records[0]?.levelname, reports.length]).toEqual(["WARNING", 1]);
  });

  test.each([[null], [{}], [5]])("refuses %o as a logger", (wrong) => {
    expect(() => new LoggerAdapter(wrong as unknown as AdapterTarget)).toThrow(expect.objectContaining({ code: "LOGGER_INVALID" }));
  });
});
