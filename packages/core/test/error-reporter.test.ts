import { getLogger, makeLogRecord, reportError, setErrorReporter } from "@cordwood/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fresh, Lines, reports, throwing } from "./support.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
  fresh();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const told = () => reports.map(({ cause, held, lost }) => ({ cause, held, lost }));

describe("the error reporter", () => {
  test("hears of each cause once a minute, and then how much was held back", () => {
    for (let i = 0; i < 5; i++) reportError({ cause: "disk", message: "full", lost: 2 });
    reportError({ cause: "net", message: "down", lost: 1 });
    vi.setSystemTime(1_059_999);
    reportError({ cause: "disk", message: "full", lost: 2 });
    vi.setSystemTime(1_060_000);
    reportError({ cause: "disk", message: "full", lost: 2 });
    reportError({ cause: "disk", message: "full", lost: 2 });
    expect(told()).toEqual([
      { cause: "disk", held: 0, lost: 2 },
      { cause: "net", held: 0, lost: 1 },
      { cause: "disk", held: 5, lost: 12 },
    ]);
  });

  test("goes on when the clock is set back", () => {
    reportError({ cause: "disk", message: "full" });
    vi.setSystemTime(1_000);
    reportError({ cause: "disk", message: "full" });
    expect(reports).toHaveLength(2);
  });

  test("is standard error until one is set, and after null again", () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
    setErrorReporter(null);
    const error = new Error("no space");
    reportError({ cause: "disk", message: "could not write", error, record: makeLogRecord({ name: "app", msg: "text" }), lost: 1 });
    expect(written).toEqual([`cordwood: could not write (held back: 0, records lost: 1); app: text\n${error.stack}\n`]);
  });

  test("remembers a bounded number of causes", () => {
    for (let i = 0; i < 5_000; i++) reportError({ cause: `cause ${i}`, message: "m" });
    expect(reports).toHaveLength(5_000);
  });

  test("that throws is left alone, and so is a stream that throws", () => {
    setErrorReporter(throwing("reporter"));
    reportError({ cause: "a", message: "m" });
    vi.spyOn(process.stderr, "write").mockImplementation(throwing("EPIPE"));
    setErrorReporter(null);
    reportError({ cause: "b", message: "m" });
  });

  test("may log without end", () => {
    const handler = new Lines();
    getLogger("app").addHandler(handler);
    setErrorReporter((report) => {
      getLogger("app").error("about %s", report.cause);
      reportError({ cause: report.cause, message: "again" });
    });
    reportError({ cause: "disk", message: "full" });
    expect(handler.lines).toEqual(["about disk"]);
  });
});
