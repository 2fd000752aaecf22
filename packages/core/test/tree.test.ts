import {
  disable,
  getLogger,
  getLoggerClass,
  getLoggers,
  Logger,
  LoggingError,
  NullHandler,
  resetLogging,
  setLastResort,
  setLoggerClass,
} from "@cordwood/core";
import { beforeEach, describe, expect, test } from "vitest";
import { fresh, Lines } from "./support.js";

beforeEach(fresh);

const names = (loggers: Iterable<Logger>): string[] => [...loggers].map((logger) => logger.name).sort();

describe("the tree", () => {
  test("gives one logger for a name, and the root for none", () => {
    expect(getLogger("a.b")).toBe(getLogger("a.b"));
    expect(getLogger()).toBe(getLogger(""));
    expect(getLogger("root")).toBe(getLogger());
    expect([getLogger().name, getLogger().level, getLogger().parent]).toEqual(["root", 30, null]);
    expect([getLogger("a").level, getLogger("a").propagate, getLogger("a").disabled]).toEqual([0, true, false]);
  });

  test.each([[5], [null], [{}], [Symbol("s")]])("refuses %o as a name", (name) => {
    expect(() => getLogger(name as unknown as string)).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
  });

  test("makes no logger that nobody asked for", () => {
    getLogger("a.b.c");
    expect(names(getLoggers())).toEqual(["a.b.c", "root"]);
    expect(getLogger("a.b.c").parent).toBe(getLogger());
    expect(names(getLogger().getChildren())).toEqual([]);
  });

  test("puts a logger between its parent and the loggers below when it is made after them", () => {
    const deep = getLogger("a.b.c.d");
    const beside = getLogger("a.bb");
    const middle = getLogger("a.b");
    expect([deep.parent, middle.parent, beside.parent]).toEqual([middle, getLogger(), getLogger()]);
    const top = getLogger("a");
    expect([deep.parent, middle.parent, beside.parent]).toEqual([middle, top, top]);
    const between = getLogger("a.b.c");
    expect([deep.parent, between.parent]).toEqual([between, middle]);
    expect(names(top.getChildren())).toEqual(["a.b", "a.bb"]);
  });

  test("a logger made late takes effect on those below at once", () => {
    const deep = getLogger("a.b.c");
    const handler = new Lines();
    getLogger().addHandler(handler);
    deep.info("off: the root is at WARNING");
    getLogger("a").setLevel("INFO");
    deep.info("on");
    expect(handler.lines).toEqual(["on"]);
  });

  test("children are only direct ones that exist", () => {
    getLogger("a.b");
    getLogger("a.c.d");
    expect(names(getLogger("a").getChildren())).toEqual(["a.b"]);
    expect(getLogger("a").getChildren()).toBeInstanceOf(Set);
    getLogger("a.c");
    expect(names(getLogger("a").getChildren())).toEqual(["a.b", "a.c"]);
  });

  test("a child is asked for by its suffix, which may hold dots", () => {
    expect(getLogger("a").getChild("b.c")).toBe(getLogger("a.b.c"));
    expect(getLogger().getChild("a")).toBe(getLogger("a"));
  });

  test.each(["a.", ".b", "c..d", ".", "..", " ", "a b.c", "__proto__", "constructor.x", "日本.語"])("takes the odd name %j", (name) => {
    const logger = getLogger(name);
    expect(logger.name).toBe(name);
    expect(getLogger(name)).toBe(logger);
    expect(logger.getEffectiveLevel()).toBe(30);
  });

  test.each<[string, () => void]>([
    ["setLevel on the root", () => getLogger().setLevel("DEBUG")],
    ["a level assigned on the root", () => void (getLogger().level = 10)],
    ["a name assigned on the root", () => void (getLogger().level = "DEBUG" as unknown as number)],
    ["setLevel half way", () => getLogger("a").setLevel("DEBUG")],
    ["setLevel on the logger", () => getLogger("a.b.c").setLevel("DEBUG")],
    ["setLevel through a view", () => getLogger("a.b").with({}).setLevel("DEBUG")],
    [
      "another parent",
      () => {
        getLogger("other").setLevel("DEBUG");
        getLogger("a.b").parent = getLogger("other");
      },
    ],
    [
      "disable lifted",
      () => {
        getLogger().setLevel("DEBUG");
        disable("CRITICAL");
        disable("NOTSET");
      },
    ],
    [
      "a logger switched off and on",
      () => {
        getLogger().setLevel("DEBUG");
        getLogger("a.b.c").disabled = true;
        getLogger("a.b.c").disabled = false;
      },
    ],
  ])("a level changed by %s is seen by the next call", (_name, change) => {
    const logger = getLogger("a.b.c");
    const view = logger.with({ user: 1 });
    getLogger("a.b");
    getLogger("a");
    const handler = new Lines();
    logger.addHandler(handler);
    logger.debug("not yet");
    view.debug("not yet");
    expect(logger.isEnabledFor("DEBUG")).toBe(false);
    change();
    logger.debug("seen");
    view.debug("seen");
    expect(handler.lines).toEqual(["seen", "seen"]);
    expect([logger.isEnabledFor("DEBUG"), view.isEnabledFor("DEBUG")]).toEqual([true, true]);
  });

  test("a handler added, removed or cut off anywhere on the path is seen by the next call", () => {
    const logger = getLogger("a.b.c");
    const handler = new Lines();
    const middle = getLogger("a.b");
    setLastResort(null);
    logger.error("nobody hears it");
    getLogger().addHandler(handler);
    logger.error("root");
    middle.propagate = false;
    middle.addHandler(new NullHandler());
    logger.error("cut off");
    middle.propagate = true;
    logger.error("again");
    getLogger().removeHandler(handler);
    logger.error("gone");
    getLogger().handlers = [handler];
    logger.error("assigned");
    expect(handler.lines).toEqual(["root", "again", "assigned"]);
  });

  test("10 000 loggers hear of a level at the root", () => {
    const loggers = Array.from({ length: 10_000 }, (_, i) => getLogger(`a${i % 10}.b${i % 100}.c${i}`));
    getLogger().setLevel("DEBUG");
    expect(loggers.every((logger) => logger.isEnabledFor("DEBUG"))).toBe(true);
    getLogger("a3").setLevel("ERROR");
    expect(loggers.filter((logger) => !logger.isEnabledFor("INFO"))).toHaveLength(1_000);
  });

  test("a logger ten thousand levels deep works", () => {
    const name = Array(10_000).fill("x").join(".");
    const handler = new Lines();
    getLogger("x").addHandler(handler);
    getLogger(name).error("deep");
    expect(handler.lines).toEqual(["deep"]);
  });

  test("loggers of another class are made from then on; those that exist stay", () => {
    class Loud extends Logger {
      shout(text: string): void {
        this.error(`${text}!`);
      }
    }
    const before = getLogger("before");
    setLoggerClass(Loud);
    expect(getLoggerClass()).toBe(Loud);
    const logger = getLogger("before.loud") as Loud;
    expect([before instanceof Loud, logger instanceof Loud, logger.parent]).toEqual([false, true, before]);
    const handler = new Lines();
    before.addHandler(handler);
    logger.shout("hey");
    expect(handler.lines).toEqual(["hey!"]);
  });

  test.each([[class {}], [null], [5]])("refuses %o as the class of loggers", (wrong) => {
    expect(() => setLoggerClass(wrong as unknown as typeof Logger)).toThrow(LoggingError);
  });

  test("reset forgets loggers, handlers and levels, and stops what somebody still holds", () => {
    const held = getLogger("held");
    const handler = new Lines({ name: "named" });
    held.addHandler(handler);
    held.setLevel("DEBUG");
    resetLogging();
    expect(getLogger("held")).not.toBe(held);
    expect([held.handlers, held.level, handler.closed]).toEqual([[], 0, true]);
    expect(names(getLoggers())).toEqual(["held", "root"]);
  });
});
