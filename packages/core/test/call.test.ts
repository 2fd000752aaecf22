import { getContext, getLogger, type Logger, withContext } from "@cordwood/core";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { fresh, Lines, reports, throwing } from "./support.js";

let logger: Logger;
let handler: Lines;

beforeEach(() => {
  fresh();
  logger = getLogger("app");
  logger.setLevel("DEBUG");
  handler = new Lines();
  logger.addHandler(handler);
});

const last = () => handler.records.at(-1)!;

/** What a record came to: its text, the error and the fields. */
const meaning = () => ({ message: last().message, error: last().error, fields: last().fields && { ...last().fields } });

describe("a call that is off", () => {
  test("evaluates nothing", () => {
    const lazy = vi.fn(() => "text");
    const watched = new Proxy({}, { get: throwing("read"), ownKeys: throwing("read"), getPrototypeOf: throwing("read") });
    logger.setLevel("WARNING");
    logger.debug(lazy, watched);
    logger.info("%s", watched);
    logger.log("INFO", lazy);
    logger.with(watched).info(lazy);
    expect(lazy).not.toHaveBeenCalled();
    expect([handler.records, reports]).toEqual([[], []]);
  });
});

describe("the message", () => {
  test("without arguments is never interpreted", () => {
    logger.info("100% %s %d %(a)s %%");
    expect(last().message).toBe("100% %s %d %(a)s %%");
    expect(last().args).toEqual([]);
    expect(Object.isFrozen(last().args)).toBe(true);
  });

  test("with arguments is formatted by printf", () => {
    logger.info("%s took %.1f ms (%03d)", "query", 2.25, 7);
    expect([last().message, last().msg, last().args]).toEqual(["query took 2.2 ms (007)", "%s took %.1f ms (%03d)", ["query", 2.25, 7]]);
  });

  test("may be a function, called once and only when somebody hears it", () => {
    const lazy = vi.fn(() => "made %s");
    logger.debug(lazy, "late");
    expect([last().message, lazy.mock.calls.length]).toEqual(["made late", 1]);
    const error = new Error("lazy");
    logger.info(() => error);
    expect(meaning()).toEqual({ message: "lazy", error, fields: undefined });
    logger.info(() => ({ user: 1 }));
    expect(last().fields).toEqual({ user: 1 });
  });

  test("that is a function which throws says so and keeps what was thrown", () => {
    const error = new Error("boom");
    logger.info(() => {
      throw error;
    }, "left");
    expect([last().error, last().levelno]).toEqual([error, 20]);
    expect(last().message).toContain("the message function threw");
    expect(last().message).toContain("left");
  });

  test("may be an error: its message, and the error of the record", () => {
    const error = new TypeError("no such file");
    logger.error(error);
    expect(meaning()).toEqual({ message: "no such file", error, fields: undefined });
    logger.error(error, { path: "/x" });
    expect(meaning()).toEqual({ message: "no such file", error, fields: { path: "/x" } });
  });

  test("may be an object of fields, alone or followed by the text", () => {
    logger.info({ user: 7 });
    expect(last().fields).toEqual({ user: 7 });
    logger.info({ user: 7 }, "took %d ms", 12);
    expect(meaning()).toEqual({ message: "took 12 ms", error: undefined, fields: { user: 7 } });
    const error = new Error("with fields");
    logger.info({ user: 7 }, "failed", error, { more: 1 });
    expect(meaning()).toEqual({ message: "failed", error, fields: { user: 7, more: 1 } });
  });

  test("may be a template tag, in which nothing is a conversion", () => {
    logger.info`user ${7} left, 100% %s sure ${"%d"} ${{ a: 1 }}`;
    expect(last().message).toBe('user 7 left, 100% %s sure %d {"a":1}');
    expect(last().args).toEqual([7, "%d", { a: 1 }]);
    logger.info`nothing 100%`;
    expect(last().message).toBe("nothing 100%");
  });

  test.each<[unknown, string]>([
    [42, "42"],
    [null, "null"],
    [undefined, "undefined"],
    [true, "true"],
    [10n, "10"],
    [Symbol("s"), "Symbol(s)"],
    [["a", 1], '["a",1]'],
    ["", ""],
  ])("may be %o", (message, text) => {
    logger.info(message);
    expect(last().message).toBe(text);
    logger.info(message, "and more");
    expect(last().message).toBe(`${text} and more`.trimStart());
  });
});

describe("the arguments", () => {
  test("that are left over are appended, each after a space", () => {
    logger.info("started", "eth0", 5, null, undefined, [1, 2], true);
    expect(last().message).toBe("started eth0 5 null undefined [1,2] true");
    logger.info("on %s", "eth0", "and", "eth1");
    expect(last().message).toBe("on eth0 and eth1");
  });

  test("that are plain objects left over become fields, later ones winning", () => {
    logger.info("saved %s", "x", { id: 1, a: 1 }, "extra", { id: 2 });
    expect(meaning()).toEqual({ message: "saved x extra", error: undefined, fields: { id: 2, a: 1 } });
  });

  test("that a conversion shows stay arguments, plain objects too", () => {
    logger.info("got %s and %j", { a: 1 }, { b: 2 }, { c: 3 });
    expect(meaning()).toEqual({ message: 'got {"a":1} and {"b":2}', error: undefined, fields: { c: 3 } });
  });

  test("that are no plain objects are appended, not taken apart", () => {
    class Point {
      x = 1;
    }
    logger.info("at", new Point(), new Map([["k", 1]]), new Date(0));
    expect(last().fields).toBeUndefined();
    expect(last().message).toBe('at {"x":1} [["k",1]] 1970-01-01T00:00:00.000Z');
  });

  test("name fields by %(key)s, which are kept as fields too", () => {
    const mapping = { user: "ann", count: 3 };
    logger.info("%(user)s did %(count)02d", mapping);
    expect(meaning()).toEqual({ message: "ann did 03", error: undefined, fields: mapping });
    expect(last().args).toBe(mapping);
  });

  test("after the object of %(key)s go on by position", () => {
    logger.info("%(user)s %s", { user: "ann" }, { shown: 1 }, { field: 2 });
    expect(meaning()).toEqual({ message: 'ann {"shown":1}', error: undefined, fields: { user: "ann", field: 2 } });
  });

  test("hold the record's error: the first of them, also when a conversion has shown it", () => {
    const [one, two] = [new Error("one"), new Error("two")];
    logger.error("failed", one);
    expect(meaning()).toEqual({ message: "failed", error: one, fields: undefined });
    logger.error("failed: %s", one);
    expect(meaning()).toEqual({ message: "failed: Error: one", error: one, fields: undefined });
    logger.error("failed", "x", one, two);
    expect(meaning()).toEqual({ message: "failed x Error: two", error: one, fields: undefined });
  });

  test("that do not fit are shown in place, reported once, and lose nothing", () => {
    logger.info("n=%d of %d", "hi");
    logger.info("n=%d of %d", "hi");
    expect(handler.lines).toEqual(["n=%!d(string=hi) of %!d(missing)", "n=%!d(string=hi) of %!d(missing)"]);
    expect(reports).toHaveLength(1);
  });

  test("in which a percent sign before a space is text", () => {
    logger.info("100% sure, %s", "yes");
    expect(last().message).toBe("100% sure, yes");
  });
});

describe("exception", () => {
  test.each<[unknown]>([[new Error("e")], ["text"], [5], [null], [{ code: 1 }], [Symbol("s")]])("takes %o as what was thrown", (thrown) => {
    logger.exception("failed %s", thrown, "here", { id: 1 });
    expect([last().levelname, last().message, last().error, last().fields]).toEqual(["ERROR", "failed here", thrown, { id: 1 }]);
  });

  test("records that undefined was thrown", () => {
    logger.exception("failed", undefined);
    expect(last().error).toBe("undefined");
  });
});

describe("fields", () => {
  test("never overwrite an attribute and never throw", () => {
    const names = "name msg args levelname levelno pathname lineno created thread process message asctime error excText exc_text".split(
      " ",
    );
    const clashing = Object.fromEntries(names.map((name) => [name, "mine"]));
    logger.info("hello", clashing);
    expect([last().name, last().message, last().levelno, last().error]).toEqual(["app", "hello", 20, undefined]);
    expect(last().extra).toEqual(clashing);
  });

  test("of context, binding and call are kept by reference and merged when read, later ones winning", () => {
    const context = { a: "context", b: "context", c: "context" };
    const bound = { b: "bound", c: "bound" };
    const call = { c: "call" };
    withContext(context, () => {
      expect(getContext()).toBe(context);
      logger.with(bound).info("hello", call);
    });
    expect([last().context, last().bound, last().fields].map((part, i) => part === [context, bound, call][i])).toEqual([true, true, true]);
    expect(last().extra).toEqual({ a: "context", b: "bound", c: "call" });
  });

  test("of the caller are never written to", () => {
    const deep = Object.freeze({ list: Object.freeze([1]), inner: Object.freeze({ x: 1 }) });
    logger.with(deep).info("%s", deep, deep, Object.freeze([deep]));
    logger.with(deep).with(deep).info(deep, "text");
    logger.info("%(inner)s", deep, deep);
    expect(deep).toEqual({ list: [1], inner: { x: 1 } });
    expect(reports).toEqual([]);
  });

  test("named __proto__ are fields and change no prototype", () => {
    logger.info("x", JSON.parse('{"__proto__": {"polluted": 1}, "ok": 1}'), { ok: 2 });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(last().extra["ok"]).toBe(2);
    expect(Object.keys(last().extra)).toContain("__proto__");
  });
});

describe("a view", () => {
  test("is no logger of the tree: it reads through, its setters act on the logger, views nest", () => {
    const view = logger.with({ user: 1 });
    expect([view.name, view.level, view.parent, view.handlers]).toEqual(["app", 10, getLogger(), logger.handlers]);
    expect(getLogger("app")).toBe(logger);
    view.setLevel("ERROR");
    expect(logger.level).toBe(40);
    view.propagate = false;
    view.level = 10;
    expect([logger.propagate, logger.level]).toEqual([false, 10]);
    const other = new Lines();
    view.addHandler(other);
    expect(logger.handlers).toEqual([handler, other]);
    view.with({ id: 2, user: 3 }).info("nested");
    view.info("outer");
    expect(other.records.map((record) => record.extra)).toEqual([{ user: 3, id: 2 }, { user: 1 }]);
    view.removeHandler(other);
    expect(logger.handlers).toEqual([handler]);
  });

  test("puts the stack below the call on its records when asked", () => {
    logger.with({}, { stackInfo: true }).info("here");
    expect(last().stackInfo).toMatch(/^Stack \(most recent call (first|last)\):\n.*call\.test\.ts/);
    logger.info("not here");
    expect(last().stackInfo).toBe(null);
  });
});
