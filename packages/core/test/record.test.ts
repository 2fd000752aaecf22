import {
  getLogger,
  getLogRecordFactory,
  Handler,
  LoggerAdapter,
  LogRecord,
  makeLogRecord,
  setLogRecordFactory,
  setProcessName,
  setThreadName,
} from "@cordwood/core";
import { beforeEach, describe, expect, test } from "vitest";
import { fresh, Lines, reports, revokedProxy, throwing } from "./support.js";

beforeEach(fresh);

/** Logs one record and gives it. */
function logged(log: (logger: ReturnType<typeof getLogger>) => void): LogRecord {
  const handler = new Lines();
  const logger = getLogger("app");
  logger.addHandler(handler);
  log(logger);
  logger.removeHandler(handler);
  return handler.records[0] as LogRecord;
}

describe("a record", () => {
  test("has Python's attributes", () => {
    const before = Date.now();
    const record = logged((logger) => logger.error("n=%d", 1));
    expect(record).toBeInstanceOf(LogRecord);
    expect([record.name, record.levelno, record.levelname, record.msg, record.message]).toEqual(["app", 40, "ERROR", "n=%d", "n=1"]);
    expect(record.created * 1000).toBeGreaterThanOrEqual(before);
    expect(record.created * 1000).toBeLessThanOrEqual(Date.now());
    expect(record.msecs).toBe(Math.floor(record.created * 1000 + 0.0005) % 1000);
    expect(record.relativeCreated).toBeGreaterThanOrEqual(0);
    expect(record.relativeCreated).toBeLessThan(600_000);
    expect([record.process, record.processName, record.taskName]).toEqual([process.pid, "MainProcess", null]);
    expect([record.asctime, record.excText, record.stackInfo, record.error, record.fields]).toEqual([
      undefined,
      null,
      null,
      undefined,
      undefined,
    ]);
    expect(typeof record.thread).toBe("number");
  });

  test.each([
    [1057675785.896, 896],
    [1.9999, 999],
    [5, 0],
    [1700000000.001, 1],
  ])("made at %d has %d whole milliseconds", (created, msecs) => {
    expect(makeLogRecord({ created }).msecs).toBe(msecs);
  });

  test("carries the names given to the process and the thread", () => {
    setProcessName("worker-7");
    setThreadName("io");
    const record = logged((logger) => logger.error("x"));
    expect([record.processName, record.threadName]).toEqual(["worker-7", "io"]);
  });

  test("without arguments shares one frozen empty array", () => {
    const records = [logged((logger) => logger.error("a")), logged((logger) => logger.error("b")), makeLogRecord({ args: [] })];
    expect(new Set(records.map((record) => record.args)).size).toBe(1);
    expect(Object.isFrozen(records[0]?.args)).toBe(true);
  });

  test("keeps its message once made", () => {
    const args = ["before"];
    const record = makeLogRecord({ msg: "%s", args });
    expect(record.getMessage()).toBe("before");
    args[0] = "after";
    expect([record.getMessage(), record.message]).toEqual(["before", "before"]);
  });

  test("merges its fields once, into a frozen object", () => {
    const record = logged((logger) => logger.with({ a: 1 }).error("x", { b: 2 }));
    expect(record.extra).toBe(record.extra);
    expect([Object.isFrozen(record.extra), { ...record.extra }]).toEqual([true, { a: 1, b: 2 }]);
  });
});

describe("record.with", () => {
  const error = new Error("e");
  const original = () =>
    makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: "n=%d", args: [1], error, fields: { user: 1 }, created: 5.25 });

  test("gives a copy, and leaves the original alone", () => {
    const record = original();
    const copy = record.with({ name: "other", color: "red" });
    expect(copy).toBeInstanceOf(LogRecord);
    expect([copy.name, copy.levelno, copy.message, copy.error, copy.created, { ...copy.extra }]).toEqual([
      "other",
      20,
      "n=1",
      error,
      5.25,
      { user: 1, color: "red" },
    ]);
    expect([record.name, record.message, { ...record.extra }]).toEqual(["app", "n=1", { user: 1 }]);
  });

  test("takes a message in place of the format and its arguments", () => {
    const record = original();
    expect(record.message).toBe("n=1");
    const copy = record.with({ message: "100% done %s" });
    expect([copy.message, copy.msg, copy.args]).toEqual(["100% done %s", "100% done %s", []]);
    expect(record.message).toBe("n=1");
  });

  test("makes the message again from another format or other arguments", () => {
    const record = original();
    expect(record.message).toBe("n=1");
    expect(record.with({ args: [2] }).message).toBe("n=2");
    expect(record.with({ msg: "m=%d" }).message).toBe("m=1");
  });

  test("brings a new level its name", () => {
    expect(original().with({ levelno: 40 }).levelname).toBe("ERROR");
    expect(original().with({ levelno: 40, levelname: "OWN" }).levelname).toBe("OWN");
  });

  test("lets new fields win over the record's own", () => {
    expect({ ...original().with({ user: 2 }).with({ user: 3, more: 4 }).extra }).toEqual({ user: 3, more: 4 });
  });

  test("replaces attributes that are derived otherwise", () => {
    const copy = original().with({ pathname: "/srv/app.ts", lineno: 7, funcName: "main", process: 1, threadName: "t" });
    expect([copy.pathname, copy.filename, copy.module, copy.lineno, copy.funcName, copy.process, copy.threadName]).toEqual([
      "/srv/app.ts",
      "app.ts",
      "app",
      7,
      "main",
      1,
      "t",
    ]);
    expect(copy.with({ lineno: 8 }).pathname).toBe("/srv/app.ts");
  });

  test("keeps the class and what a factory put on the record", () => {
    class Numbered extends LogRecord {
      serial = 5;
    }
    const copy = new Numbered({ name: "a", levelno: 10, msg: "m" }).with({ user: 1 });
    expect([copy instanceof Numbered, (copy as Numbered).serial]).toEqual([true, 5]);
  });
});

describe("makeLogRecord", () => {
  test("keeps attributes as given, takes Python's two names, and makes the rest fields", () => {
    const record = makeLogRecord({
      name: "py",
      levelno: 25,
      levelname: "NOTICE",
      msg: "m",
      pathname: "/a/b.py",
      lineno: 3,
      funcName: "f",
      created: 1.5,
      msecs: 7,
      relativeCreated: 9,
      thread: 140,
      threadName: "T",
      process: 11,
      processName: "P",
      taskName: "Task-1",
      exc_text: "Traceback",
      stack_info: "Stack",
      user: "ann",
      message: "stale",
      asctime: "stale",
    });
    const { name, levelno, levelname, pathname, lineno, funcName, created, msecs, relativeCreated } = record;
    expect({ name, levelno, levelname, pathname, lineno, funcName, created, msecs, relativeCreated }).toEqual({
      name: "py",
      levelno: 25,
      levelname: "NOTICE",
      pathname: "/a/b.py",
      lineno: 3,
      funcName: "f",
      created: 1.5,
      msecs: 7,
      relativeCreated: 9,
    });
    const { thread, threadName, processName, taskName, excText, stackInfo, message, asctime } = record;
    expect({ thread, threadName, process: record.process, processName, taskName, excText, stackInfo, message, asctime }).toEqual({
      thread: 140,
      threadName: "T",
      process: 11,
      processName: "P",
      taskName: "Task-1",
      excText: "Traceback",
      stackInfo: "Stack",
      message: "m",
      asctime: undefined,
    });
    expect({ ...record.extra }).toEqual({ user: "ann" });
  });

  test("never throws, whatever it is given", () => {
    const hostile = {
      get name(): never {
        throw new Error("name");
      },
      msg: { toString: throwing("msg") },
      get user(): never {
        throw new Error("user");
      },
      ok: 1,
    };
    const record = makeLogRecord(hostile as unknown as Record<string, unknown>);
    expect(typeof record.message).toBe("string");
    expect(record.extra["ok"]).toBe(1);
    expect(typeof makeLogRecord(revokedProxy() as Record<string, unknown>).message).toBe("string");
    expect(makeLogRecord({ msg: 42 }).message).toBe("42");
    expect(makeLogRecord({}).message).toBe("");
  });

  test("arguments that Python counts as none leave the message alone", () => {
    for (const args of [[], {}, null, undefined]) expect(makeLogRecord({ msg: "100%", args }).message).toBe("100%");
  });
});

describe("toJSON", () => {
  const wire =
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs relativeCreated thread threadName processName process taskName";

  test("is Python's record.__dict__ in its order, then the fields", () => {
    const record = makeLogRecord({
      name: "app",
      levelno: 20,
      levelname: "INFO",
      msg: "n=%d",
      args: [1],
      fields: { user: "ann", list: [1] },
    });
    const json = JSON.parse(JSON.stringify(record));
    expect(Object.keys(json)).toEqual([...wire.split(" "), "user", "list"]);
    expect(json).toMatchObject({
      name: "app",
      msg: "n=%d",
      args: [1],
      exc_info: null,
      exc_text: null,
      stack_info: null,
      user: "ann",
      list: [1],
    });
  });

  test("keeps the error as data", () => {
    const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { code: "E_X" });
    const json = JSON.parse(JSON.stringify(makeLogRecord({ msg: "m", error })));
    expect(json.error).toMatchObject({ name: "TypeError", message: "outer", stack: error.stack, code: "E_X", cause: { message: "inner" } });
    expect(json.exc_text).toContain("Caused by: Error: inner");
    const many = JSON.parse(JSON.stringify(makeLogRecord({ error: new AggregateError([new Error("one"), 2], "all") })));
    expect(many.error).toMatchObject({ name: "AggregateError", message: "all", errors: [{ message: "one" }, 2] });
  });

  test("puts a field that clashes under extra", () => {
    const json = JSON.parse(JSON.stringify(makeLogRecord({ msg: "m", fields: { name: "mine", extra: "own", user: 1 } })));
    expect([json.name, json.user, json.extra]).toEqual(["root", 1, { name: "mine", extra: "own" }]);
  });

  test("holds whatever the fields are", () => {
    const circular: Record<string, unknown> = {
      big: 10n,
      date: new Date(0),
      map: new Map([["a", 1]]),
      nan: Number.NaN,
      symbol: Symbol("s"),
    };
    circular["self"] = circular;
    const json = JSON.parse(JSON.stringify(makeLogRecord({ fields: { circular, gone: revokedProxy() } })));
    expect(json.circular).toEqual({
      big: "10",
      date: "1970-01-01T00:00:00.000Z",
      map: [["a", 1]],
      nan: "NaN",
      symbol: "Symbol(s)",
      self: "[circular]",
    });
    expect(json.gone).toEqual(expect.any(String));
  });
});

/** Reads the call site while the call lasts. */
class Sites extends Handler {
  readonly sites: (readonly [string, number, string])[] = [];

  protected override emit(record: LogRecord): void {
    this.sites.push([record.filename, record.lineno, record.funcName]);
  }
}

/** The line of this call. */
const here = (): number => Number(/record\.test\.ts:(\d+)/.exec(new Error().stack?.split("\n")[2] ?? "")?.[1]);

describe("the call site", () => {
  test("is that of the call, by every method", () => {
    const handler = new Sites();
    const logger = getLogger("app");
    logger.setLevel("TRACE");
    logger.addHandler(handler);
    const expected: number[] = [];
    function calls(): void {
      expected.push(here(), here() + 1, here() + 2, here() + 3, here() + 4, here() + 5);
      logger.error("x");
      logger.log(30, "x");
      logger.exception("x", 1);
      logger.with({ a: 1 }).info("x");
      new LoggerAdapter(logger, { a: 1 }).error("x");
    }
    calls();
    expect(handler.sites).toEqual([1, 2, 3, 4, 5].map((i) => ["record.test.ts", expected[0]! + i, "calls"]));
  });

  test("skips the wrappers it is told of", () => {
    const handler = new Sites();
    getLogger("app").addHandler(handler);
    const wrapper = (text: string): void => getLogger("app").with({}, { callSiteSkip: 1 }).error(text);
    const outer = (text: string): void => wrapper(text);
    const line = here() + 1;
    wrapper("one deep");
    expect(handler.sites).toEqual([["record.test.ts", line, expect.any(String)]]);
    const both = (text: string): void => getLogger("app").with({}, { callSiteSkip: 1 }).with({}, { callSiteSkip: 1 }).error(text);
    const through = (text: string): void => both(text);
    const second = here() + 1;
    through("two deep");
    expect(handler.sites[1]?.[1]).toBe(second);
    outer("not skipped");
    expect(handler.sites[2]?.[2]).toBe("outer");
  });

  test("is unknown when read too late, and known when a handler said it would", () => {
    const late = new Lines();
    getLogger("app").addHandler(late);
    getLogger("app").error("x");
    const [record] = late.records;
    expect([record?.pathname, record?.lineno]).toEqual(["(unknown file)", 0]);

    class Uses extends Lines {
      override readonly uses = ["lineno"];
    }
    const said = new Uses();
    getLogger("app").addHandler(said);
    const line = here() + 1;
    getLogger("app").error("x");
    expect([said.records[0]?.filename, said.records[0]?.lineno]).toEqual(["record.test.ts", line]);
  });

  test("of a copy made by a filter is that of the original", () => {
    const handler = new Sites({ filters: [(record) => record.with({ user: 1 })] });
    getLogger("app").addHandler(handler);
    const line = here() + 1;
    getLogger("app").error("x");
    expect(handler.sites[0]?.slice(0, 2)).toEqual(["record.test.ts", line]);
  });

  test("leaves the limit of stack traces as it was", () => {
    const before = Error.stackTraceLimit;
    const handler = new Sites();
    getLogger("app").addHandler(handler);
    getLogger("app").error("x");
    expect(Error.stackTraceLimit).toBe(before);
    expect(new Error("own").stack?.split("\n").length).toBeGreaterThan(3);
  });
});

describe("the record factory", () => {
  test("makes the records of calls and of makeLogRecord, and can be taken away", () => {
    class Marked extends LogRecord {
      readonly mark = "m";
    }
    const standard = getLogRecordFactory();
    const factory = (init: ConstructorParameters<typeof LogRecord>[0]) => new Marked(init);
    setLogRecordFactory(factory);
    expect(getLogRecordFactory()).toBe(factory);
    const record = logged((logger) => logger.error("n=%d", 1, { user: 1 })) as Marked;
    expect([record.mark, record.message, { ...record.extra }]).toEqual(["m", "n=1", { user: 1 }]);
    expect(makeLogRecord({ msg: "x" })).toBeInstanceOf(Marked);
    setLogRecordFactory(null);
    expect(logged((logger) => logger.error("x"))).not.toBeInstanceOf(Marked);
    expect(standard({ name: "a", levelno: 10, msg: "m" })).toBeInstanceOf(LogRecord);
  });

  test.each<[string, () => LogRecord]>([
    ["throws", throwing("factory")],
    ["gives nothing", () => undefined as unknown as LogRecord],
  ])("that %s costs no record", (_name, factory) => {
    setLogRecordFactory(factory);
    expect(logged((logger) => logger.error("kept %d", 1))?.message).toBe("kept 1");
    expect(reports.length).toBeLessThanOrEqual(1);
  });
});
