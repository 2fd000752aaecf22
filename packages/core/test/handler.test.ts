import {
  type ErrorReport,
  getHandlerByName,
  getHandlerNames,
  getLogger,
  Handler,
  type HandlerOptions,
  type LogRecord,
  makeLogRecord,
  NullHandler,
  setErrorReporter,
} from "@cordwood/core";
import { beforeEach, describe, expect, test } from "vitest";
import { fresh, Lines, reports, sum, throwing } from "./support.js";

beforeEach(fresh);

type Outcome = unknown;

/** A handler whose emit is given. */
class Custom extends Handler {
  readonly work: (record: LogRecord, handler: Custom) => Outcome;

  constructor(work: (record: LogRecord, handler: Custom) => Outcome, options: HandlerOptions = {}) {
    super(options);
    this.work = work;
  }

  get counts() {
    return this.counters;
  }

  protected override emit(record: LogRecord): void | "queued" | "settled" | Promise<void> {
    return this.work(record, this) as Promise<void>;
  }
}

const listen = <H extends Handler>(handler: H): H => {
  getLogger("app").addHandler(handler);
  return handler;
};
const log = (...texts: readonly string[]): void => {
  for (const text of texts) getLogger("app").error(text);
};
const balanced = (handler: Handler): void => {
  const { accepted, delivered, queued, dropped, failed } = handler.stats();
  expect(delivered + queued + sum(dropped) + sum(failed)).toBe(accepted);
};

describe("the counters", () => {
  test("count what is delivered, and nothing that was refused", () => {
    const handler = listen(new Lines({ level: "ERROR", filters: [(record) => record.message !== "refused"] }));
    getLogger("app").warning("below");
    log("one", "refused", "two");
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 2, queued: 0, dropped: {}, failed: {} });
  });

  test("are a copy each time", () => {
    const handler = listen(new Lines());
    const before = handler.stats();
    log("x");
    expect([before.accepted, handler.stats().accepted]).toEqual([0, 1]);
  });

  test("count a filter that throws as accepted and failed", () => {
    const handler = listen(new Lines({ filters: [throwing("filter")] }));
    log("x");
    expect(handler.stats()).toEqual({ accepted: 1, delivered: 0, queued: 0, dropped: {}, failed: { filter: 1 } });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ handler, lost: 1, error: new Error("filter") });
  });

  test("count an emit that throws as failed, and the next handler gets the record", () => {
    const broken = listen(new Custom(throwing("disk")));
    const handler = listen(new Lines());
    log("x");
    expect(broken.stats()).toEqual({ accepted: 1, delivered: 0, queued: 0, dropped: {}, failed: { emit: 1 } });
    expect(handler.lines).toEqual(["x"]);
    expect(reports[0]).toMatchObject({ handler: broken, lost: 1, error: new Error("disk"), record: handler.records[0] });
  });

  test("follow what emit says: queued, settled, or a promise", async () => {
    const queued = listen(new Custom(() => "queued"));
    const settled = listen(
      new Custom((_record, handler) => {
        handler.counts.drop("full");
        return "settled";
      }),
    );
    let fail = false;
    const promised = listen(
      new Custom(async () => {
        if (fail) throw new Error("later");
      }),
    );
    log("one");
    fail = true;
    log("two");
    expect(queued.stats()).toEqual({ accepted: 2, delivered: 0, queued: 2, dropped: {}, failed: {} });
    queued.counts.queued -= 2;
    queued.counts.delivered += 1;
    queued.counts.fail("refused");
    balanced(queued);
    expect(settled.stats()).toEqual({ accepted: 2, delivered: 0, queued: 0, dropped: { full: 2 }, failed: {} });
    expect(promised.stats().queued).toBe(2);
    await promised.flush();
    expect(promised.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: {}, failed: { emit: 1 } });
  });

  test("are not moved by a null handler, which does nothing", () => {
    const handler = listen(new NullHandler());
    log("x");
    handler.handle(makeLogRecord({ msg: "x" }));
    expect(handler.stats()).toEqual({ accepted: 0, delivered: 0, queued: 0, dropped: {}, failed: {} });
  });
});

describe("closing", () => {
  test("counts and reports what comes after, once", () => {
    const handler = listen(new Lines({ name: "audit" }));
    log("before");
    handler.close();
    handler.close();
    log("late", "later");
    expect([handler.lines, handler.closed]).toEqual([["before"], true]);
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 1, queued: 0, dropped: { closed: 2 }, failed: {} });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ handler, lost: 1 });
  });

  test("takes the name out of the registry and leaves the handler at its loggers", () => {
    const handler = listen(new Lines({ name: "audit" }));
    expect(getHandlerByName("audit")).toBe(handler);
    handler.close();
    expect([getHandlerByName("audit"), getLogger("app").handlers]).toEqual([undefined, [handler]]);
  });

  test("settles when what emit promised has settled", async () => {
    let finish = (): void => {};
    const handler = listen(new Custom(() => new Promise<void>((resolve) => (finish = resolve))));
    log("x");
    const closing = handler.close();
    expect(handler.stats().queued).toBe(1);
    finish();
    await closing;
    expect(handler.stats()).toMatchObject({ delivered: 1, queued: 0 });
  });

  test("from inside emit leaves nothing undecided", () => {
    const handler = listen(
      new Custom((_record, self) => {
        if (self.closed) return;
        log("put aside");
        self.close();
      }),
    );
    log("x");
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: { closed: 1 }, failed: {} });
  });
});

describe("names", () => {
  test("are registered, renamed and given up", () => {
    const handler = new Lines({ name: "one" });
    handler.name = "two";
    expect([getHandlerByName("one"), getHandlerByName("two"), [...getHandlerNames()]]).toEqual([undefined, handler, ["two"]]);
    const other = new Lines({ name: "two" });
    expect(getHandlerByName("two")).toBe(other);
    handler.name = undefined;
    expect(getHandlerByName("two")).toBe(other);
    other.name = undefined;
    expect([...getHandlerNames()]).toEqual([]);
  });
});

describe("a handler asked directly", () => {
  test("looks at its filters, not at its level", () => {
    const handler = new Lines({ level: "ERROR", filters: [(record) => record.name !== "b"] });
    handler.handle(makeLogRecord({ name: "a", levelno: 10, msg: "through" }));
    handler.handle(makeLogRecord({ name: "b", levelno: 50, msg: "no" }));
    expect(handler.lines).toEqual(["through"]);
  });
});

describe("a record logged by the handler itself", () => {
  test("is put aside until its emit is done, and emitted next", () => {
    const seen: string[] = [];
    listen(
      new Custom((record) => {
        seen.push(`${record.message} begins`);
        if (record.message === "outer") log("inner");
        seen.push(`${record.message} ends`);
      }),
    );
    log("outer");
    expect(seen).toEqual(["outer begins", "outer ends", "inner begins", "inner ends"]);
  });

  test("is dropped when 100 are put aside already", () => {
    const handler = listen(
      new Custom((record) => {
        if (record.message === "outer") for (let i = 0; i < 150; i++) log(`inner ${i}`);
      }),
    );
    log("outer");
    expect(handler.stats()).toEqual({ accepted: 151, delivered: 101, queued: 0, dropped: { reentrant: 50 }, failed: {} });
  });

  test("while those put aside are emitted is dropped", () => {
    const handler = listen(new Custom((record) => log(`after ${record.message}`)));
    log("x");
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 2, queued: 0, dropped: { reentrant: 1 }, failed: {} });
    log("y");
    expect(handler.stats()).toEqual({ accepted: 6, delivered: 4, queued: 0, dropped: { reentrant: 2 }, failed: {} });
  });

  test("ends also where two handlers feed each other", () => {
    const [one, two] = [new Custom(() => getLogger("two").error("to two")), new Custom(() => getLogger("one").error("to one"))];
    getLogger("one").addHandler(one);
    getLogger("two").addHandler(two);
    getLogger("one").error("start");
    balanced(one);
    balanced(two);
    expect(one.stats().accepted + two.stats().accepted).toBeLessThan(20);
  });

  test("by a formatter, a filter, a getter or a toString arrives too", () => {
    const chatty = (text: string) => ({
      toString() {
        log(text);
        return text;
      },
    });
    const format = ({ message }: LogRecord): string => {
      if (message === "x") log("from format");
      return message;
    };
    const handler = listen(new Lines({ formatter: { format } }));
    log("x");
    getLogger("app").error("%s", chatty("from toString"));
    expect(handler.lines).toEqual(["x", "from format", "from toString", "from toString"]);
    balanced(handler);
  });
});

describe("the text of a record", () => {
  test("without a formatter is the message, the error with its causes and members, the stack, control characters shown", () => {
    const handler = listen(new Lines());
    const error = new AggregateError([new Error("one"), "two"], "all", { cause: new Error("why") });
    getLogger("app").error("bad \u001b[2J\u0085", error);
    const [one] = error.errors as [Error];
    const member = one.stack?.replaceAll("\n", "\n    ");
    expect(handler.lines).toEqual([
      `bad \\x1b[2J\\x85\n${error.stack}\nCaused by: ${(error.cause as Error).stack}\nError 1 of 2: ${member}\nError 2 of 2: two`,
    ]);
    handler.handle(makeLogRecord({ msg: "m", exc_text: "Traceback", stack_info: "Stack" }));
    expect(handler.lines[1]).toBe("m\nTraceback\nStack");
  });

  test("is the formatter's, or the plain one when that throws, which is reported", () => {
    const handler = listen(new Lines({ formatter: { format: throwing("format") } }));
    log("plain");
    expect([handler.lines, handler.stats().delivered]).toEqual([["plain"], 1]);
    expect(reports[0]).toMatchObject({ error: new Error("format"), handler });
    handler.setFormatter({ format: (record) => `<${record.message}>` });
    log("made");
    handler.setFormatter(null);
    log("plain");
    expect(handler.lines).toEqual(["plain", "<made>", "plain"]);
  });

  test("made by one formatter leaves nothing behind for another", () => {
    const error = new Error("e");
    const [first, second] = [
      listen(new Lines({ formatter: { format: (record) => `1 ${record.message} ${record.excText}` } })),
      listen(new Lines({ formatter: { format: (record) => `2 ${record.message} ${record.excText} ${record.asctime}` } })),
    ];
    getLogger("app").error("x", error);
    expect([first.lines, second.lines]).toEqual([["1 x null"], ["2 x null undefined"]]);
  });
});

describe("the error reporter", () => {
  test("that throws ends there", () => {
    setErrorReporter(throwing("reporter"));
    const handler = listen(new Custom(throwing("emit")));
    const next = listen(new Lines());
    log("x");
    expect([handler.stats().failed, next.lines]).toEqual([{ emit: 1 }, ["x"]]);
  });

  test("that logs does not go round in circles", () => {
    const told: ErrorReport[] = [];
    setErrorReporter((report) => {
      told.push(report);
      log("about the failure");
    });
    const handler = listen(new Custom(throwing("emit")));
    log("x");
    expect(told).toHaveLength(1);
    balanced(handler);
  });
});
