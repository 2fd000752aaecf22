import {
  disable,
  Filter,
  getLastResort,
  getLogger,
  type HandlerLike,
  LoggingError,
  type LogRecord,
  makeLogRecord,
  NullHandler,
  setLastResort,
} from "@cordwood/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fresh, Lines, reports, throwing } from "./support.js";

beforeEach(fresh);
afterEach(() => vi.restoreAllMocks());

const listen = (name = "", options = {}): Lines => {
  const handler = new Lines(options);
  getLogger(name).addHandler(handler);
  return handler;
};

const standardError = (): string[] => {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  return written;
};

describe("propagation", () => {
  test("looks at the level of the logger that was called, never at those above", () => {
    const handler = listen();
    getLogger().setLevel("CRITICAL");
    getLogger("a").setLevel("CRITICAL");
    getLogger("a.b").setLevel("DEBUG");
    getLogger("a.b").debug("through");
    getLogger("a").error("off");
    expect(handler.lines).toEqual(["through"]);
  });

  test("looks at the filters of the logger that was called, never at those above", () => {
    const handler = listen();
    getLogger("a").addFilter(() => false);
    getLogger().addFilter(() => false);
    getLogger("a.b").error("through");
    getLogger("a").error("dropped");
    expect(handler.lines).toEqual(["through"]);
  });

  test("looks at the level of each handler", () => {
    const [all, errors] = [listen(), listen("a", { level: "ERROR" })];
    getLogger("a").warning("w");
    getLogger("a").error("e");
    expect([all.lines, errors.lines]).toEqual([["w", "e"], ["e"]]);
  });

  test("reaches the handlers of a disabled logger above, which itself logs nothing", () => {
    const handler = listen("a");
    getLogger("a").disabled = true;
    getLogger("a").critical("off");
    getLogger("a").handle(makeLogRecord({ msg: "off too", levelno: 50 }));
    getLogger("a.b").error("through");
    expect(handler.lines).toEqual(["through"]);
    expect(getLogger("a").isEnabledFor("CRITICAL")).toBe(false);
  });

  test("goes from the logger up to the first that does not propagate, whose handlers still get the record", () => {
    const order: string[] = [];
    for (const [place, name] of [
      ["a.b.c", "c1"],
      ["a.b.c", "c2"],
      ["a.b", "b"],
      ["a", "a"],
      ["", "root"],
    ] as const) {
      listen(place, { filters: [() => order.push(name) > 0] });
    }
    getLogger("a.b.c").error("x");
    expect(order).toEqual(["c1", "c2", "b", "a", "root"]);
    order.length = 0;
    getLogger("a.b").propagate = false;
    getLogger("a.b.c").error("x");
    expect(order).toEqual(["c1", "c2", "b"]);
  });

  test("gives a handler added twice one record, and one that stands at two loggers two", () => {
    const handler = listen("a");
    getLogger("a").addHandler(handler);
    getLogger("a.b").error("once");
    getLogger().addHandler(handler);
    getLogger("a").error("twice");
    expect(handler.lines).toEqual(["once", "twice", "twice"]);
    getLogger("a").removeHandler(handler);
    getLogger("a").removeHandler(handler);
    getLogger("a").error("from the root");
    expect(handler.lines.slice(3)).toEqual(["from the root"]);
  });

  test("of a record from elsewhere looks at no logger's level", () => {
    const handler = listen();
    getLogger("a").setLevel("CRITICAL");
    getLogger("a").handle(makeLogRecord({ name: "elsewhere", levelno: 10, msg: "direct %d", args: [1] }));
    expect(handler.records.map((record) => [record.name, record.message])).toEqual([["elsewhere", "direct 1"]]);
  });

  test("goes on with the list it began when a handler changes it", () => {
    const order: string[] = [];
    const handlers: HandlerLike[] = ["one", "two", "three"].map((name) => ({
      level: 0,
      handle() {
        order.push(name);
        for (const handler of handlers) getLogger("a").removeHandler(handler);
      },
      flush() {},
      close() {},
    }));
    for (const handler of handlers) getLogger("a").addHandler(handler);
    getLogger("a").error("x");
    expect(order).toEqual(["one", "two", "three"]);
    expect(getLogger("a").handlers).toEqual([]);
    expect(Object.isFrozen(getLogger("a").handlers)).toBe(true);
  });

  test("survives a handler that throws, and reports it", () => {
    const broken: HandlerLike = { level: 0, handle: throwing("broken"), flush() {}, close() {} };
    const unlevelled = {
      get level(): number {
        throw new Error("no level");
      },
      handle() {},
      flush() {},
      close() {},
    };
    getLogger("a").addHandler(broken);
    getLogger("a").addHandler(unlevelled);
    const handler = listen();
    getLogger("a").error("x");
    expect(handler.lines).toEqual(["x"]);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.error).toEqual(new Error("broken"));
  });

  test.each([[null], [5], [{}], [{ handle: true }], [() => {}]])("refuses %o as a handler", (wrong) => {
    expect(() => getLogger("a").addHandler(wrong as unknown as HandlerLike)).toThrow(expect.objectContaining({ code: "HANDLER_INVALID" }));
    expect(getLogger("a").handlers).toEqual([]);
  });
});

describe("levels off", () => {
  test.each([0, -1, -10])("a call at level %d is never enabled", (level) => {
    const handler = listen();
    getLogger().setLevel(1);
    getLogger("a").log(level, "never");
    getLogger().setLevel("NOTSET");
    getLogger("a").log(level, "never");
    getLogger("a").setLevel(-20);
    getLogger("a").log(level, "never");
    expect(getLogger("a").isEnabledFor(level)).toBe(false);
    expect(handler.lines).toEqual([]);
  });

  test("the root at NOTSET lets everything above 0 through", () => {
    const handler = listen();
    getLogger().setLevel("NOTSET");
    expect(getLogger("a").getEffectiveLevel()).toBe(0);
    getLogger("a").log(1, "one");
    getLogger("a").trace("trace");
    expect(handler.lines).toEqual(["one", "trace"]);
  });

  test("disable beats every level, its own number too, and leaves the levels alone", () => {
    const handler = listen();
    getLogger("a").setLevel("DEBUG");
    disable("ERROR");
    getLogger("a").error("off");
    getLogger("a").log(41, "on");
    expect([getLogger("a").getEffectiveLevel(), getLogger("a").isEnabledFor(40), getLogger("a").isEnabledFor(41)]).toEqual([
      10,
      false,
      true,
    ]);
    getLogger("made.later").error("off");
    disable();
    getLogger("a").critical("off");
    getLogger("a").log(60, "on");
    disable("NOTSET");
    getLogger("a").debug("on");
    expect(handler.lines).toEqual(["on", "on", "on"]);
  });

  test("disable lets records from elsewhere through", () => {
    const handler = listen();
    disable("CRITICAL");
    getLogger("a").handle(makeLogRecord({ levelno: 10, msg: "direct" }));
    expect(handler.lines).toEqual(["direct"]);
  });
});

describe("the last resort", () => {
  test("gets WARNING and above, the message alone, when no handler exists on the path", () => {
    const written = standardError();
    getLogger().setLevel("DEBUG");
    getLogger("a.b").info("not heard");
    getLogger("a.b").warning("heard %d", 1);
    expect(written).toEqual(["heard 1\n"]);
  });

  test("is silent where a handler refuses by level or filter, or does nothing", () => {
    const written = standardError();
    listen("a", { level: "CRITICAL" });
    listen("b", { filters: [() => false] });
    getLogger("c").addHandler(new NullHandler());
    for (const name of ["a", "b", "c"]) getLogger(name).error("refused");
    expect(written).toEqual([]);
  });

  test("speaks where a logger below does not propagate to the handlers above", () => {
    const written = standardError();
    listen();
    getLogger("a").propagate = false;
    getLogger("a").error("nobody");
    expect([written, getLogger("a").hasHandlers(), getLogger("b").hasHandlers()]).toEqual([["nobody\n"], false, true]);
  });

  test("can be replaced, silenced, and looked at", () => {
    const written = standardError();
    expect(getLastResort()?.level).toBe(30);
    const handler = new Lines({ level: "ERROR" });
    setLastResort(handler);
    expect(getLastResort()).toBe(handler);
    getLogger("a").warning("below");
    getLogger("a").error("own");
    setLastResort(null);
    expect(getLastResort()).toBe(null);
    getLogger("a").critical("silence");
    expect([handler.lines, written]).toEqual([["own"], []]);
  });

  test("writes the error with its causes, control characters shown", () => {
    const written = standardError();
    const error = new Error("outer", { cause: new Error("inner") });
    getLogger("a").error("it \u001b[31mfailed", error);
    expect(written).toHaveLength(1);
    expect(written[0]).toBe(`it \\x1b[31mfailed\n${error.stack}\nCaused by: ${(error.cause as Error).stack}\n`);
  });

  test("survives a stream that throws and a handler that throws", () => {
    vi.spyOn(process.stderr, "write").mockImplementation(throwing("EPIPE"));
    getLogger("a").error("lost");
    setLastResort({ level: 0, handle: throwing("broken"), flush() {}, close() {} });
    getLogger("a").error("lost too");
  });

  test("a logging call never adds a handler", () => {
    standardError();
    getLogger("a").error("x");
    getLogger().error("x");
    expect([getLogger().handlers, getLogger("a").handlers]).toEqual([[], []]);
  });
});

describe("filters", () => {
  test("a name passes itself and what is below it", () => {
    const names = ["a.b", "a.b.c", "a.bb", "a", "b.a.b", "root"];
    const passed = (filter: Filter): string[] => names.filter((name) => filter.filter(makeLogRecord({ name })));
    expect(passed(new Filter("a.b"))).toEqual(["a.b", "a.b.c"]);
    expect(passed(new Filter("root"))).toEqual(["root"]);
    expect(passed(new Filter())).toEqual(names);
  });

  test("are functions or objects; the first falsy answer drops the record and ends the asking", () => {
    const asked: string[] = [];
    const handler = listen();
    const logger = getLogger("a");
    logger.addFilter({ filter: () => asked.push("one") });
    logger.addFilter(() => asked.push("two") < 0);
    logger.addFilter(() => asked.push("three"));
    logger.error("x");
    expect([asked, handler.lines]).toEqual([["one", "two"], []]);
  });

  test.each([[false], [0], [null], [undefined], [""]])("%o drops", (answer) => {
    const handler = listen("", { filters: [() => answer] });
    getLogger("a").error("x");
    expect([handler.lines, handler.stats().accepted]).toEqual([[], 0]);
  });

  test.each([[true], [1], [{}], ["yes"], [[]]])("%o keeps the record as it is", (answer) => {
    const handler = listen("", { filters: [() => answer] });
    getLogger("a").error("x");
    expect(handler.lines).toEqual(["x"]);
  });

  test("a record in the answer replaces: on a logger for every handler, on a handler for that one", () => {
    const [own, above] = [listen("a"), listen()];
    const mark = (text: string) => (record: LogRecord) => record.with({ message: text + record.message });
    getLogger("a").addFilter(mark("logger "));
    own.addFilter(mark("handler "));
    own.addFilter(mark("again "));
    getLogger("a").error("n=%d", 1);
    expect([own.lines, above.lines]).toEqual([["again handler logger n=1"], ["logger n=1"]]);
  });

  test("a logger's filter that throws is reported and keeps the record", () => {
    const handler = listen();
    getLogger("a").addFilter(throwing("filter"));
    getLogger("a").error("kept");
    expect([handler.lines, reports.length]).toEqual([["kept"], 1]);
  });

  test("are added once and taken away again", () => {
    const filter = vi.fn(() => true);
    const logger = getLogger("a");
    const handler = listen();
    for (const target of [logger, handler]) {
      target.addFilter(filter);
      target.addFilter(filter);
      expect(target.filters).toEqual([filter]);
      expect(Object.isFrozen(target.filters)).toBe(true);
    }
    logger.error("x");
    expect(filter).toHaveBeenCalledTimes(2);
    for (const target of [logger, handler]) target.removeFilter(filter);
    logger.error("x");
    expect(filter).toHaveBeenCalledTimes(2);
  });

  test.each([[null], [5], [{}], [{ filter: 1 }]])("refuses %o as a filter", (wrong) => {
    const bad = wrong as unknown as Filter;
    expect(() => getLogger("a").addFilter(bad)).toThrow(LoggingError);
    expect(() => new NullHandler().addFilter(bad)).toThrow(expect.objectContaining({ code: "FILTER_INVALID" }));
    expect(() => new NullHandler({ filters: [bad] })).toThrow(LoggingError);
  });
});
