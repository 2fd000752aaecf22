import { Writable } from "node:stream";
import { CordwoodTransport, WinstonHandler } from "@cordwood/bridges/winston";
import { getLogger, withContext } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import { describe, expect, test } from "vitest";
import winston from "winston";
import { freshTree, only } from "./support.js";

const seen = freshTree();
const { combine, json, splat, timestamp, colorize, errors } = winston.format;

/** A winston logger that keeps what it writes, as JSON lines. */
function kept(options: winston.LoggerOptions = {}): { logger: winston.Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(text: Buffer, _encoding, done) {
      lines.push(JSON.parse(text.toString()) as Record<string, unknown>);
      done();
    },
  });
  const logger = winston.createLogger({
    level: "silly",
    format: json(),
    transports: [new winston.transports.Stream({ stream })],
    ...options,
  });
  return { logger, lines };
}

describe("WinstonHandler: the handler contract", () => {
  const targets = new WeakMap<WinstonHandler, Record<string, unknown>[]>();
  const cases = handlerConformance({
    create() {
      const { logger, lines } = kept();
      const handler = new WinstonHandler(logger);
      targets.set(handler, lines);
      return handler;
    },
    delivered: (handler) => (targets.get(handler) as Record<string, unknown>[]).map((line) => String(line["message"])),
  });
  for (const { name, run } of cases) test(name, run);
});

describe("WinstonHandler", () => {
  test("gives level, name, fields, the error as data and as text", () => {
    const { logger, lines } = kept();
    getLogger().addHandler(new WinstonHandler(logger));
    const failure = Object.assign(new TypeError("refused", { cause: new Error("timeout") }), { code: "E_REFUSED" });
    getLogger("app.db").error("query %s failed", "q1", { table: "users", level: "forged" }, failure);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "error",
      message: "query q1 failed",
      logger: "app.db",
      table: "users",
      error: { name: "TypeError", message: "refused", code: "E_REFUSED", cause: { message: "timeout" } },
      extra: { level: "forged" },
    });
    expect(lines[0]?.["stack"]).toMatch(/^TypeError: refused\n[\s\S]*\nCaused by: Error: timeout\n/);
  });

  test.each([
    ["npm", winston.config.npm.levels, ["silly", "debug", "info", "warn", "error", "error"]],
    ["syslog", winston.config.syslog.levels, ["debug", "debug", "info", "warning", "error", "crit"]],
    ["cli", winston.config.cli.levels, ["silly", "debug", "info", "warn", "error", "error"]],
    ["a set of two", { error: 0, info: 1 }, ["info", "info", "info", "error", "error", "error"]],
  ])("takes the nearest level of %s", (_name, levels, expected) => {
    const { logger, lines } = kept({ levels, level: Object.keys(levels).at(-1) as string });
    getLogger().addHandler(new WinstonHandler(logger));
    for (const level of [5, 10, 20, 30, 40, 50]) getLogger("app").log(level, "m");
    expect(lines.map(({ level }) => level)).toEqual(expected);
  });

  test("counts what winston's level refuses as dropped.disabled, and what a format throws as failed.emit", () => {
    const bad = winston.format((info) => {
      if (info.message === "bad") throw new Error("format");
      return info;
    });
    const { logger, lines } = kept({ level: "info", format: combine(bad(), json()) });
    const handler = new WinstonHandler(logger);
    getLogger().addHandler(handler);
    for (const message of ["one", "bad", "two"]) getLogger("app").info(message);
    getLogger("app").debug("no");
    expect(lines.map(({ message }) => message)).toEqual(["one", "two"]);
    expect(handler.stats()).toEqual({ accepted: 4, delivered: 2, queued: 0, dropped: { disabled: 1 }, failed: { emit: 1 } });
  });

  test("refuses what is no winston logger at construction", () => {
    expect(() => new WinstonHandler({} as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    expect(() => new WinstonHandler(kept().logger, { nameKey: "" })).toThrow(/nameKey/);
  });
});

describe("CordwoodTransport", () => {
  const through = (options: winston.LoggerOptions = {}): winston.Logger =>
    winston.createLogger({ level: "silly", transports: [new CordwoodTransport()], ...options });

  test("makes records of messages with their fields, in the context of the call", async () => {
    const logger = through({ defaultMeta: { service: "shop" } });
    await withContext({ requestId: "r1" }, async () => {
      await Promise.resolve();
      logger.warn("disk 100% full", { disk: "sda" });
    });
    expect(seen.logs.output).toEqual(["WARNING:winston:disk 100% full"]);
    expect(only(seen.logs).extra).toEqual({ requestId: "r1", service: "shop", disk: "sda" });
  });

  test.each([
    ["npm", winston.config.npm.levels, { error: 40, warn: 30, info: 20, http: 10, verbose: 10, debug: 10, silly: 5 }],
    ["syslog", winston.config.syslog.levels, { emerg: 50, alert: 50, crit: 50, error: 40, warning: 30, notice: 20, info: 20, debug: 10 }],
    ["names of its own", { critical: 0, odd: 1 }, { critical: 50, odd: 20 }],
  ])("maps the levels of %s, also behind colours", (_name, levels, expected: Record<string, number>) => {
    winston.addColors(Object.fromEntries(Object.keys(levels).map((name) => [name, "red"])));
    const logger = through({ levels, level: Object.keys(levels).at(-1) as string, format: colorize() });
    for (const name of Object.keys(expected)) logger.log(name, name);
    expect(Object.fromEntries(seen.logs.records.map(({ message, levelno }) => [message, levelno]))).toEqual(expected);
  });

  test.each([
    ["as the message", (logger: winston.Logger, error: Error) => logger.error(error as never)],
    ["after the message", (logger: winston.Logger, error: Error) => logger.error("it failed:", error)],
    ["as a field", (logger: winston.Logger, error: Error) => logger.error("it failed", { error })],
  ])("finds the error given %s", (_name, log) => {
    const failure = new RangeError("refused");
    log(through(), failure);
    expect(only(seen.logs).error).toBe(failure);
    expect(only(seen.logs).message).toMatch(/refused|it failed/);
    expect(only(seen.logs).extra).toEqual({});
  });

  test("makes an Error of a stack that formats have left", () => {
    const failure = new RangeError("refused");
    through({ format: combine(errors({ stack: true }), splat(), timestamp()) }).log({ level: "error", message: "m", stack: failure.stack });
    expect(only(seen.logs).error).toMatchObject({ name: "RangeError", stack: failure.stack });
    expect(Object.keys(only(seen.logs).extra)).toEqual(["timestamp"]);
  });

  test("respects the levels on both sides: what the logger refuses is not accepted", () => {
    const transport = new CordwoodTransport({ logger: "deps", level: "info" });
    const logger = winston.createLogger({ level: "silly", transports: [transport] });
    getLogger("deps").setLevel("WARNING");
    for (const level of ["debug", "info", "warn"]) logger.log(level, level);
    expect(seen.logs.output).toEqual(["WARNING:deps:warn"]);
    expect(transport.stats()).toEqual({ accepted: 1, delivered: 1, queued: 0, dropped: {}, failed: {} });
  });

  test("refuses a logger that is no name", () => {
    expect(() => new CordwoodTransport({ logger: 7 as never })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

test("a record goes through winston once when the two face each other", () => {
  const transport = new CordwoodTransport();
  const { logger, lines } = kept({ format: combine(colorize(), json()) });
  logger.add(transport);
  getLogger().addHandler(new WinstonHandler(logger));
  getLogger("app").info("from here");
  logger.info("from winston");
  expect(lines.map(({ message }) => message)).toEqual(["from here", "from winston", "from winston"]);
  expect(seen.logs.output).toEqual(["INFO:app:from here", "INFO:winston:from winston"]);
  expect(transport.stats()).toEqual({ accepted: 3, delivered: 1, queued: 0, dropped: { loop: 2 }, failed: {} });
  expect(seen.reports.map(({ cause }) => cause)).toEqual(["loop through winston"]);
});
