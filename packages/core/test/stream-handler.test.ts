import { PassThrough, Writable } from "node:stream";
import {
  ConsoleHandler,
  getHandlerByName,
  getLogger,
  type LogRecord,
  makeLogRecord,
  StreamHandler,
  type WritableLike,
} from "@cordwood/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fresh, reports, throwing } from "./support.js";

beforeEach(fresh);
afterEach(() => vi.restoreAllMocks());

const record = (msg: string, levelno = 40): LogRecord => makeLogRecord({ name: "app", levelno, msg });

/** A stream that takes nothing until it is told to. */
class SlowStream extends Writable {
  readonly taken: string[] = [];
  readonly #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(String(chunk));
    this.#waiting.push(done);
  }

  release(): void {
    for (let done = this.#waiting.shift(); done; done = this.#waiting.shift()) done();
  }
}

test("an option that a stream or console handler does not know is refused, and no handler is left open", () => {
  const stream = { write: () => true };
  expect(() => new StreamHandler(stream, { terminater: "\n" } as never)).toThrow(
    'StreamHandler: there is no option "terminater"; known are level, name, formatter, filters, terminator, maxBufferedBytes',
  );
  expect(() => new ConsoleHandler({ name: "refused", levle: 10 } as never)).toThrow(
    'ConsoleHandler: there is no option "levle"; known are level, name, formatter, filters',
  );
  expect(getHandlerByName("refused")).toBeUndefined();
});

describe("a stream handler", () => {
  test("writes each record at once, with its terminator", () => {
    const written: string[] = [];
    const handler = new StreamHandler({ write: (text: string) => written.push(text) });
    handler.handle(record("one"));
    handler.handle(record("two\nlines"));
    handler.terminator = "|";
    handler.handle(record("three"));
    expect(written).toEqual(["one\n", "two\nlines\n", "three|"]);
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 3, queued: 0, dropped: {}, failed: {} });
  });

  test("writes to the standard error of its construction unless given a stream", () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
    new StreamHandler().handle(record("one"));
    new StreamHandler(null, { terminator: "" }).handle(record("two"));
    expect(written).toEqual(["one\n", "two"]);
    expect(new StreamHandler().stream).toBe(process.stderr);
  });

  test.each([[{}], [5], [{ write: 1 }], ["stderr"]])("refuses %o as a stream", (wrong) => {
    const bad = wrong as unknown as WritableLike;
    expect(() => new StreamHandler(bad)).toThrow(expect.objectContaining({ code: "STREAM_INVALID" }));
    expect(() => new StreamHandler({ write() {} }).setStream(bad)).toThrow(expect.objectContaining({ code: "STREAM_INVALID" }));
  });

  test("changes its stream and gives back the one before", () => {
    const [one, two] = [{ write: vi.fn() }, { write: vi.fn() }];
    const handler = new StreamHandler(one);
    expect([handler.setStream(two), handler.stream, handler.setStream(two)]).toEqual([one, two, null]);
    handler.handle(record("x"));
    expect([one.write.mock.calls, two.write.mock.calls]).toEqual([[], [["x\n"]]]);
  });

  test("counts a write that throws as failed", () => {
    const handler = new StreamHandler({ write: throwing("EPIPE") });
    handler.handle(record("x"));
    expect(handler.stats()).toEqual({ accepted: 1, delivered: 0, queued: 0, dropped: {}, failed: { emit: 1 } });
    expect(reports).toHaveLength(1);
  });

  test("survives an error event of the stream, reports it, and lets go of the stream when closed", async () => {
    const stream = new PassThrough();
    const handler = new StreamHandler(stream);
    stream.emit("error", new Error("EPIPE"));
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ handler, error: new Error("EPIPE"), lost: 0 });
    await handler.close();
    expect([stream.listenerCount("error"), stream.writableEnded, stream.destroyed]).toEqual([0, false, false]);
  });

  test("drops what a slow stream has no room for, counted and reported", () => {
    const stream = new SlowStream();
    const handler = new StreamHandler(stream, { maxBufferedBytes: 100 });
    for (let i = 0; i < 30; i++) handler.handle(record(`record number ${i}`));
    const { accepted, delivered, dropped } = handler.stats();
    expect([accepted, dropped["full"], delivered + (dropped["full"] ?? 0)]).toEqual([30, expect.any(Number), 30]);
    expect(delivered).toBeLessThan(10);
    expect(reports[0]).toMatchObject({ handler, error: { code: "STREAM_FULL" } });
  });

  test.each([10, 100_000])("flush settles when the stream has taken everything (%d bytes of room)", async (highWaterMark) => {
    const stream = new SlowStream({ highWaterMark });
    const handler = new StreamHandler(stream);
    for (const text of ["one", "two", "three"]) handler.handle(record(text));
    let flushed = false;
    const flushing = Promise.resolve(handler.flush()).then(() => {
      flushed = true;
    });
    await new Promise(setImmediate);
    expect(flushed).toBe(false);
    const timer = setInterval(() => stream.release(), 1);
    await flushing;
    clearInterval(timer);
    expect(stream.taken.join("")).toBe("one\ntwo\nthree\n");
    expect(stream.writableLength).toBe(0);
  });

  test("flush settles also when the stream is destroyed, and at once when nothing waits", async () => {
    const stream = new SlowStream();
    const handler = new StreamHandler(stream);
    expect(handler.flush()).toBeUndefined();
    handler.handle(record("one"));
    const flushing = handler.flush();
    stream.destroy();
    await flushing;
    await handler.close();
    await handler.close();
  });
});

describe("a console handler", () => {
  test("uses the method of the level", () => {
    const written: unknown[][] = [];
    for (const method of ["debug", "info", "warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation((...args) => void written.push([method, ...args]));
    }
    const handler = new ConsoleHandler();
    for (const level of [5, 10, 20, 25, 30, 40, 50, 60]) handler.handle(record(`at ${level} 100%s`, level));
    expect(written.map(([method]) => method)).toEqual(["debug", "debug", "info", "info", "warn", "error", "error", "error"]);
    expect(written[2]).toEqual(["info", "%s", "at 20 100%s"]);
  });

  test("passes on what a formatter made for consoles gives", () => {
    const info = vi.spyOn(console, "info").mockImplementation(() => {});
    const formatToConsole = ({ message }: LogRecord) => [`%c${message}`, "color: red", { live: true }];
    new ConsoleHandler({ formatter: { format: () => "text", formatToConsole } }).handle(record("x", 20));
    expect(info.mock.calls).toEqual([["%cx", "color: red", { live: true }]]);
  });

  test("logs what is logged while it writes afterwards", () => {
    const texts: unknown[] = [];
    const handler = new ConsoleHandler();
    getLogger("app").addHandler(handler);
    vi.spyOn(console, "error").mockImplementation((_format, text) => {
      texts.push(text);
      if (text === "outer") getLogger("app").error("inner");
    });
    getLogger("app").error("outer");
    expect(texts).toEqual(["outer", "inner"]);
  });
});
