import { PinoHandler } from "@cordwood/bridges/pino";
import { getHandlers, getLogger, makeLogRecord } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import pino from "pino";
import { describe, expect, test } from "vitest";
import { freshTree, Lines } from "./support.js";

const seen = freshTree();

/** A pino that keeps its lines, with a handler on the root logger. */
function setUp(options: pino.LoggerOptions = {}): { lines: Lines; handler: PinoHandler } {
  const lines = new Lines();
  const handler = new PinoHandler(pino({ level: "trace", base: null, timestamp: false, ...options }, lines));
  getLogger().addHandler(handler);
  return { lines, handler };
}

describe("the handler contract", () => {
  const kept = new WeakMap<PinoHandler, Lines>();
  const cases = handlerConformance({
    create() {
      const lines = new Lines();
      const handler = new PinoHandler(pino({ level: "trace" }, lines));
      kept.set(handler, lines);
      return handler;
    },
    delivered: (handler) => (kept.get(handler) as Lines).data.map((line) => String(line["msg"])),
    breakTarget(handler) {
      (kept.get(handler) as Lines).write = () => {
        throw new Error("no space left");
      };
    },
  });
  for (const { name, run } of cases) test(name, run);
});

test("maps each level to pino's method, numbers between to the one below", () => {
  const { lines } = setUp();
  const logger = getLogger("app");
  for (const level of [5, 10, 15, 20, 25, 30, 40, 50, 70]) logger.log(level, "at %d", level);
  expect(lines.data.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    "10 at 5",
    "20 at 10",
    "20 at 15",
    "30 at 20",
    "30 at 25",
    "40 at 30",
    "50 at 40",
    "60 at 50",
    "60 at 70",
  ]);
});

test("gives the name, fields of every kind and the error as err", () => {
  const { lines } = setUp();
  const failure = Object.assign(new TypeError("refused"), { code: "E_REFUSED" });
  getLogger("app.db").with({ pool: 3 }).error("query %s failed", "q1", { table: "users" }, failure);
  expect(lines.data).toEqual([
    {
      level: 50,
      logger: "app.db",
      pool: 3,
      table: "users",
      err: { type: "TypeError", message: "refused", stack: failure.stack, code: "E_REFUSED" },
      msg: "query q1 failed",
    },
  ]);
});

test("names the logger under another key, or not at all", () => {
  const lines = new Lines();
  const target = pino({ base: null, timestamp: false }, lines);
  const record = makeLogRecord({ name: "app", levelno: 20, msg: "hi" });
  new PinoHandler(target, { nameKey: "name" }).handle(record);
  new PinoHandler(target, { nameKey: false }).handle(record);
  expect(lines.texts).toEqual(['{"level":30,"name":"app","msg":"hi"}\n', '{"level":30,"msg":"hi"}\n']);
});

test("leaves percent signs of a message alone", () => {
  const { lines } = setUp();
  getLogger("app").info("100%s sure %d%%");
  expect(lines.data[0]).toMatchObject({ msg: "100%s sure %d%%" });
});

test("puts fields that would pass for pino's own under extra", () => {
  const { lines } = setUp();
  getLogger("app").info("hi", { level: 60, time: 1, msg: "forged", pid: 2, hostname: "h", logger: "root", kept: true, extra: "x" });
  expect(lines.texts).toHaveLength(1);
  expect(lines.texts[0]?.match(/"level"/g)).toHaveLength(2);
  expect(lines.data).toEqual([
    {
      level: 30,
      logger: "app",
      kept: true,
      extra: { level: 60, time: 1, msg: "forged", pid: 2, hostname: "h", logger: "root", extra: "x" },
      msg: "hi",
    },
  ]);
});

test("leaves pino's serializers the values themselves", () => {
  const { lines } = setUp({ serializers: { user: (user: { id: number }) => user.id } });
  getLogger("app").info("hi", { user: { id: 7, password: "x" } });
  expect(lines.data).toEqual([{ level: 30, logger: "app", user: 7, msg: "hi" }]);
});

test("counts and reports what pino throws, and loses that record alone", () => {
  const { lines, handler } = setUp({
    serializers: {
      user() {
        throw new Error("no user");
      },
    },
  });
  getLogger("app").info("lost", { user: 1 });
  getLogger("app").info("kept");
  expect(lines.data.map(({ msg }) => msg)).toEqual(["kept"]);
  expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: {}, failed: { emit: 1 } });
  expect(seen.reports.map(({ error }) => (error as Error).message)).toEqual(["no user"]);
});

test("counts what pino's level refuses as dropped.disabled", () => {
  const { lines, handler } = setUp({ level: "warn" });
  getLogger("app").info("no");
  getLogger("app").warning("yes");
  expect(lines.data.map(({ msg }) => msg)).toEqual(["yes"]);
  expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: { disabled: 1 }, failed: {} });
});

test("flushes pino's destination", async () => {
  let flushed = 0;
  const target = Object.assign(new Lines(), {
    flush(done: () => void) {
      flushed++;
      done();
    },
  });
  await new PinoHandler(pino({}, target)).flush();
  expect(flushed).toBe(1);
});

test("reports a flush that fails, and settles", async () => {
  const target = Object.assign(new Lines(), {
    flush(done: (error: Error) => void) {
      done(new Error("disk gone"));
    },
  });
  const handler = new PinoHandler(pino({}, target));
  await handler.flush();
  await handler.close();
  expect(seen.reports.map(({ error }) => (error as Error).message)).toEqual(["disk gone"]);
});

test("refuses what is no pino at construction", () => {
  const open = getHandlers().length;
  expect(() => new PinoHandler({} as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  expect(() => new PinoHandler(pino({}, new Lines()), { nameKey: true as never })).toThrow(/nameKey is true/);
  expect(getHandlers()).toHaveLength(open);
});
