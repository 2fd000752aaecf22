import { captureDebug, DebugHandler, type DebugLike } from "@cordwood/bridges/debug";
import { getLogger } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import createDebug from "debug";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freshTree, only } from "./support.js";

const seen = freshTree();
const written: string[] = [];
const { log, formatArgs } = createDebug as unknown as DebugLike;

beforeEach(() => {
  written.length = 0;
  createDebug.enable("app:*,other");
  createDebug.log = (...args: unknown[]) => void written.push(args.join(" "));
});
afterEach(() => {
  captureDebug(false);
  createDebug.disable();
  Object.assign(createDebug, { log, formatArgs });
});

test("sends namespaces to loggers of their names, at DEBUG", () => {
  captureDebug(true);
  createDebug("app:db:pool")("took %d of %s, 100%% sure", 3, "ten");
  createDebug("off")("not asked for");
  expect(seen.logs.output).toEqual(["DEBUG:app.db.pool:took 3 of ten, 100% sure"]);
  expect(written).toEqual([]);
});

test("keeps a single text as it is, objects as fields and the error as the error", () => {
  captureDebug(true);
  const debug = createDebug("app:db");
  const failure = new Error("refused");
  debug("100%d");
  debug("failed", { table: "users" }, failure);
  debug({ a: 1 });
  expect(seen.logs.records.map(({ message }) => message)).toEqual(["100%d", "failed", "{ a: 1 }"]);
  expect(seen.logs.records[1]?.extra).toEqual({ table: "users" });
  expect(seen.logs.records[1]?.error).toBe(failure);
});

test("tells where debug was called", () => {
  captureDebug(true);
  createDebug("app:db")("here");
  expect(only(seen.logs).filename).toBe("debug.test.ts");
});

test("puts the loggers below one, and switches namespaces on while it lasts", () => {
  captureDebug(true, { logger: "deps", namespaces: "*" });
  createDebug("express:router")("x");
  captureDebug(false);
  createDebug("express:router")("not any more");
  createDebug("other")("as before");
  expect(seen.logs.output).toEqual(["DEBUG:deps.express.router:x"]);
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/other.*as before/);
});

test("leaves an instance with a log of its own alone", () => {
  captureDebug(true);
  const debug = createDebug("app:own");
  const own: unknown[][] = [];
  debug.log = (...args) => void own.push(args);
  debug("mine");
  expect(seen.logs.output).toEqual([]);
  expect(own[0]?.[0]).toMatch(/app:own.*mine/);
});

test("takes a copy of debug that a dependency has brought, and refuses what is none", () => {
  const other = Object.assign(
    (namespace: string) =>
      Object.assign((...args: unknown[]) => void other.log.apply({ namespace } as never, args as never), { namespace, enabled: true }),
    { log: (..._args: never[]): unknown => undefined, formatArgs(this: never, _args: never) {}, enable() {}, disable: () => "" },
  ) as DebugLike;
  captureDebug(true, { debug: createDebug });
  captureDebug(true, { debug: other });
  other("dep")("from the copy");
  captureDebug(false, { debug: other });
  other("dep")("no more");
  expect(seen.logs.output).toEqual(["DEBUG:dep:from the copy"]);
  expect(() => captureDebug(true, { debug: {} as never })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
});

describe("DebugHandler: the handler contract", () => {
  const texts: string[] = [];
  const cases = handlerConformance({
    create() {
      texts.length = 0;
      createDebug.enable("*");
      createDebug.log = (_format: string, text: string) => void texts.push(text.split("\n")[0] as string);
      return new DebugHandler();
    },
    delivered: () => texts,
  });
  for (const { name, run } of cases) test(name, run);
});

test("DebugHandler writes records to the namespaces of their loggers, percent signs and all", () => {
  const handler = new DebugHandler();
  getLogger().addHandler(handler);
  getLogger("app.db").info("100%d of %s", "x");
  getLogger("off").info("no");
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/app:db.*%s.* 100%!d\(string=x\)|app:db.* %s.*/);
  expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: { disabled: 1 }, failed: {} });
});

test("a record given to debug comes back no second time", () => {
  captureDebug(true);
  const handler = new DebugHandler();
  getLogger().addHandler(handler);
  getLogger("app.db").info("round");
  createDebug("app:db")("from debug");
  expect(seen.logs.output).toEqual(["INFO:app.db:round", "DEBUG:app.db:from debug"]);
  expect(handler.stats()).toMatchObject({ accepted: 2, delivered: 2 });
  expect(seen.reports.map(({ cause }) => cause)).toEqual(["loop through debug"]);
});
