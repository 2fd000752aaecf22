import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { captureChannel, DiagnosticsChannelHandler } from "@cordwood/bridges/diagnostics-channel";
import { getLogger, type LogRecord } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import { afterEach, describe, expect, test } from "vitest";
import { freshTree, only } from "./support.js";

const seen = freshTree();
const NAME = "bridges:test";
afterEach(() => captureChannel(false, NAME));

describe("the handler contract", () => {
  const arrived: string[] = [];
  subscribe("bridges:conformance", (record) => arrived.push((record as LogRecord).message));
  const cases = handlerConformance({
    create() {
      arrived.length = 0;
      return new DiagnosticsChannelHandler({ channel: "bridges:conformance" });
    },
    delivered: () => arrived,
  });
  for (const { name, run } of cases) test(name, run);
});

test("publishes the record itself, and counts those that nobody heard", () => {
  const handler = new DiagnosticsChannelHandler();
  getLogger().addHandler(handler);
  getLogger("app").info("alone");
  const heard: unknown[] = [];
  const listener = (message: unknown): void => void heard.push(message);
  subscribe("cordwood.record", listener);
  getLogger("app").info("heard");
  unsubscribe("cordwood.record", listener);
  expect(heard).toEqual([seen.logs.records[1]]);
  expect(heard[0]).toBe(seen.logs.records[1]);
  expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: { "no-subscriber": 1 }, failed: {} });
});

test("makes a record of a message with its plain properties alone", () => {
  captureChannel(true, NAME, { logger: "node", level: "INFO" });
  const failure = new Error("refused");
  channel(NAME).publish({ id: 7, url: "/x", ok: true, none: null, error: failure, request: { headers: { authorization: "secret" } } });
  const record = only(seen.logs);
  expect(seen.logs.output).toEqual([`INFO:node:${NAME}`]);
  expect(record.error).toBeUndefined();
  expect(record.extra).toEqual({ id: 7, url: "/x", ok: true, none: null, error: failure });
  expect(JSON.stringify(record)).not.toContain("secret");
});

test("takes the fields a function chooses, and reports one that throws", () => {
  captureChannel(true, NAME, { fields: (message) => ({ path: (message as { request: { path: string } }).request.path }) });
  channel(NAME).publish({ request: { path: "/users" } });
  channel(NAME).publish("no request");
  expect(only(seen.logs).extra).toEqual({ path: "/users" });
  expect(seen.reports).toHaveLength(1);
});

test("stops, and asks nothing of a message when the level is off", () => {
  let asked = 0;
  captureChannel(true, NAME, { level: "DEBUG", fields: () => ({ asked: ++asked }) });
  getLogger("node.diagnostics").setLevel("INFO");
  channel(NAME).publish({});
  getLogger("node.diagnostics").setLevel("DEBUG");
  captureChannel(false, NAME);
  channel(NAME).publish({});
  expect(asked).toBe(0);
  expect(channel(NAME).hasSubscribers).toBe(false);
});

test("never lets a hostile message reach Node's uncaught exceptions", () => {
  captureChannel(true, NAME);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  channel(NAME).publish(proxy);
  channel(NAME).publish({
    get boom(): never {
      throw new Error("boom");
    },
  });
  expect(seen.logs.records.map(({ extra }) => ({ ...extra }))).toEqual([{}, { boom: "[throws]" }]);
});

test("does not take what was published from here", () => {
  captureChannel(true, NAME);
  const handler = new DiagnosticsChannelHandler({ channel: NAME });
  getLogger().addHandler(handler);
  getLogger("app").info("round");
  channel(NAME).publish({ id: 1 });
  expect(seen.logs.output).toEqual(["INFO:app:round", `DEBUG:node.diagnostics:${NAME}`]);
  expect(handler.stats()).toMatchObject({ accepted: 2, delivered: 2 });
  expect(seen.reports.map(({ cause }) => cause)).toEqual(["loop through diagnostics_channel"]);
});

test("refuses options that make no sense", () => {
  expect(() => new DiagnosticsChannelHandler({ channel: 7 as never })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  expect(() => captureChannel(true, NAME, { fields: {} as never })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  expect(() => captureChannel(true, NAME, { level: "LOUD" })).toThrow(expect.objectContaining({ code: "LEVEL_UNKNOWN" }));
});
