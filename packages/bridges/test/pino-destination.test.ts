import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PinoHandler, pinoDestination } from "@cordwood/bridges/pino";
import { getLogger, setLogRecordFactory, withContext } from "@cordwood/core";
import pino from "pino";
import { describe, expect, test } from "vitest";
import { freshTree, only } from "./support.js";

const seen = freshTree();

test("makes records of pino's lines: level, time, message and fields", () => {
  const before = Date.now();
  const logger = pino({ level: "trace" }, pinoDestination());
  logger.warn({ user: { id: 7 }, tags: ["a"] }, "disk %d%% full", 91);
  const record = only(seen.logs);
  expect(seen.logs.output).toEqual(["WARNING:pino:disk 91% full"]);
  expect(record.created * 1000).toBeGreaterThanOrEqual(before);
  expect(record.created * 1000).toBeLessThanOrEqual(Date.now());
  expect(record.process).toBe(process.pid);
  const { hostname, ...fields } = record.extra;
  expect(hostname).toBeTypeOf("string");
  expect(fields).toEqual({ user: { id: 7 }, tags: ["a"] });
});

test("maps pino's six levels, custom numbers and labels", () => {
  const destination = pinoDestination();
  const logger = pino({ level: "trace", customLevels: { notice: 35 } }, destination);
  for (const method of ["trace", "debug", "info", "notice", "warn", "error", "fatal"] as const) logger[method]("x");
  pino({ formatters: { level: (label) => ({ level: label }) } }, destination).error("label");
  expect(seen.logs.records.map(({ levelno }) => levelno)).toEqual([5, 10, 20, 25, 30, 40, 50, 40]);
});

test("gives the error back as an Error with its type, code and stack", () => {
  const failure = Object.assign(new RangeError("refused"), { code: "E_REFUSED" });
  pino(pinoDestination()).error(failure, "query failed");
  const { error, message, extra } = only(seen.logs);
  expect(message).toBe("query failed");
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "RangeError", message: "refused", code: "E_REFUSED", stack: failure.stack });
  expect(extra).not.toHaveProperty("err");
});

test("sends the lines of a named pino to the child logger of that name", () => {
  pino({ name: "shop" }, pinoDestination({ logger: "deps" })).info("hi");
  expect(seen.logs.output).toEqual(["INFO:deps.shop:hi"]);
});

test("respects the level of the logger: what it refuses is not accepted", () => {
  const destination = pinoDestination();
  getLogger("pino").setLevel("ERROR");
  const logger = pino(destination);
  logger.info("no");
  logger.error("yes");
  expect(seen.logs.output).toEqual(["ERROR:pino:yes"]);
  expect(destination.stats()).toEqual({ accepted: 1, delivered: 1, queued: 0, dropped: {}, failed: {} });
});

test("carries the fields of withContext, apart for requests that overlap", async () => {
  const logger = pino({ base: null }, pinoDestination());
  const request = (id: number): Promise<void> =>
    withContext({ id }, async () => {
      await Promise.resolve();
      logger.info("in %d", id);
    });
  await Promise.all(Array.from({ length: 50 }, (_, id) => request(id)));
  expect(seen.logs.records.map(({ message, extra }) => [message, extra["id"]])).toEqual(
    Array.from({ length: 50 }, (_, id) => [`in ${id}`, id]),
  );
});

test("never throws into pino's call, also when the record factory does", () => {
  setLogRecordFactory(() => {
    throw new Error("factory");
  });
  pino(pinoDestination()).info("hi");
  expect(seen.logs.output).toEqual(["INFO:pino:hi"]);
  expect(seen.reports.map(({ cause }) => cause)).toEqual(["record factory"]);
});

test("refuses options that make no sense", () => {
  for (const options of [{ logger: 7 }, { maxLineLength: 0 }, { maxLineLength: "1k" }]) {
    expect(() => pinoDestination(options as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
});

test("reads the time as milliseconds, seconds or ISO text, and takes now for anything else", () => {
  const destination = pinoDestination();
  for (const time of [1057675785896, 1057675785, '"2003-07-08T14:49:45.896Z"', '"noon"']) destination.write(`{"time":${time}}\n`);
  const [ms, seconds, iso, now] = seen.logs.records.map(({ created }) => created);
  expect([ms, seconds, iso]).toEqual([1057675785.896, 1057675785, 1057675785.896]);
  expect(now).toBeGreaterThan(1.7e9);
});

describe("lines from elsewhere", () => {
  const line = (msg: string): string => JSON.stringify({ level: 30, msg });

  test("takes a stream cut anywhere, also inside a character", async () => {
    const bytes = Buffer.from(["é", "日本", "last"].map(line).join("\n"));
    await pipeline(Readable.from([...bytes].map((byte) => Buffer.of(byte))), pinoDestination());
    expect(seen.logs.records.map(({ message }) => message)).toEqual(["é", "日本", "last"]);
  });

  test("keeps a line that is no JSON as a message at INFO, uninterpreted", () => {
    pinoDestination().write("panic: 100%d\n[1,2]\n\nnull\n");
    expect(seen.logs.output).toEqual(["INFO:pino:panic: 100%d", "INFO:pino:[1,2]", "INFO:pino:null"]);
  });

  test("drops a line that is too long, counted and reported, and goes on with the next", () => {
    const destination = pinoDestination({ maxLineLength: 100 });
    destination.write(`${line("x".repeat(200))}\n${line("one")}\n`);
    for (let i = 0; i < 5; i++) destination.write("y".repeat(60));
    destination.write(`end\n${line("two")}\n`);
    expect(seen.logs.records.map(({ message }) => message)).toEqual(["one", "two"]);
    expect(destination.stats()).toEqual({ accepted: 4, delivered: 2, queued: 0, dropped: { "too-long": 2 }, failed: {} });
    expect(seen.reports).toHaveLength(1);
  });

  test("lets no line touch a prototype or an attribute", () => {
    pinoDestination().write('{"level":30,"msg":"m","__proto__":{"polluted":1},"constructor":1,"levelno":99,"pathname":"/forged"}\n');
    const record = only(seen.logs);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(record.levelno).toBe(20);
    expect(record.pathname).toBe("(unknown file)");
    expect(Object.keys(record.extra)).toEqual(["__proto__", "constructor", "levelno", "pathname"]);
  });

  test("makes loggers for a thousand names at most", () => {
    const destination = pinoDestination();
    for (let i = 0; i < 1_100; i++) destination.write(`{"level":30,"name":"n${i}","msg":"m"}\n`);
    expect(new Set(seen.logs.records.map(({ name }) => name)).size).toBe(1_001);
  });

  test("puts no context on what comes through a pipe", async () => {
    const pipe = new PassThrough();
    const destination = pipe.pipe(pinoDestination());
    withContext({ user: "ann" }, () => pipe.end(`${line("m")}\n`));
    await new Promise((resolve) => destination.once("finish", resolve));
    expect(only(seen.logs).extra).toEqual({});
  });
});

describe("pino and Cordwood facing each other", () => {
  test("a record goes out once, and its line comes back no second time", () => {
    const destination = pinoDestination();
    const lines: string[] = [];
    const both = pino(
      { base: null, timestamp: false },
      pino.multistream([{ stream: destination }, { stream: { write: (text) => void lines.push(text) } }]),
    );
    const handler = new PinoHandler(both);
    getLogger().addHandler(handler);
    getLogger("app").info("round");
    expect(lines).toEqual(['{"level":30,"logger":"app","msg":"round"}\n']);
    expect(seen.logs.output).toEqual(["INFO:app:round"]);
    expect(destination.stats()).toEqual({ accepted: 1, delivered: 0, queued: 0, dropped: { loop: 1 }, failed: {} });
    expect(seen.reports.map(({ cause }) => cause)).toEqual(["loop through pino"]);
  });

  test("a pino line becomes one record, also when that is given to the same pino", () => {
    const destination = pinoDestination();
    const logger = pino(destination);
    getLogger().addHandler(new PinoHandler(logger));
    for (let i = 0; i < 10; i++) logger.info("line %d", i);
    expect(seen.logs.records.map(({ message }) => message)).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i}`));
    expect(destination.stats()).toMatchObject({ accepted: 20, delivered: 10, dropped: { loop: 10 } });
  });

  test("behind an asynchronous pipe a line crosses twice at most", async () => {
    const pipe = new Transform({ transform: (chunk, _encoding, done) => void setImmediate(() => done(null, chunk)) });
    const destination = pinoDestination();
    pipe.pipe(destination);
    const logger = pino({ base: null }, pipe);
    getLogger().addHandler(new PinoHandler(logger));
    // A filter that makes copies must not wash the mark off.
    getLogger("pino").addFilter((record) => record.with({ seen: true }));
    getLogger("app").info("from here");
    logger.info("from pino");
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(seen.logs.output.toSorted()).toEqual(["INFO:app:from here", "INFO:pino:from here", "INFO:pino:from pino"]);
    expect(destination.stats()).toEqual({ accepted: 4, delivered: 2, queued: 0, dropped: { loop: 2 }, failed: {} });
  });

  test("what another pino logs during a handler's emit is no echo of it", () => {
    const destination = pinoDestination();
    const dependency = pino({ base: null }, destination);
    getLogger("app").addFilter(() => {
      dependency.info("from a filter");
      return true;
    });
    getLogger("app").info("hi");
    expect(seen.logs.output).toEqual(["INFO:pino:from a filter", "INFO:app:hi"]);
  });
});
