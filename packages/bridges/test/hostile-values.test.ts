import { DebugHandler } from "@cordwood/bridges/debug";
import { DiagnosticsChannelHandler } from "@cordwood/bridges/diagnostics-channel";
import { OpenTelemetryHandler } from "@cordwood/bridges/opentelemetry";
import { PinoHandler, pinoDestination } from "@cordwood/bridges/pino";
import { CordwoodTransport, WinstonHandler } from "@cordwood/bridges/winston";
import { getLogger } from "@cordwood/core";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import createDebug from "debug";
import pino from "pino";
import { describe, expect, test } from "vitest";
import winston from "winston";
import { hostileValues } from "../../formatters/test/values.js";
import { freshTree, Lines } from "./support.js";

const seen = freshTree();
/** What is left of a record when the other side cannot take it: counted as failed and reported, never thrown. */
const names = Object.keys(hostileValues());
const PLACES: Readonly<Record<string, (value: unknown) => readonly unknown[]>> = {
  "as a field": (value) => ["hostile", { value, kept: "kept" }],
  "inside a field": (value) => ["hostile", { list: [{ value }], kept: "kept" }],
  "as an argument": (value) => ["hostile %s", value, { kept: "kept" }],
  "in an error": (value) => ["hostile", Object.assign(new Error("failed"), { value }), { kept: "kept" }],
};
const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: new InMemoryLogRecordExporter() })] });
const silent = new winston.transports.Console({ silent: true });
const HANDLERS = {
  PinoHandler: () => new PinoHandler(pino({ level: "trace" }, new Lines())),
  WinstonHandler: () => new WinstonHandler(winston.createLogger({ level: "silly", format: winston.format.json(), transports: [silent] })),
  OpenTelemetryHandler: () => new OpenTelemetryHandler({ provider }),
  DebugHandler: () => new DebugHandler(),
  DiagnosticsChannelHandler: () => new DiagnosticsChannelHandler(),
};

describe.each(Object.entries(HANDLERS))("%s", (_name, create) => {
  test.each(Object.keys(PLACES))("takes every hostile value %s, or counts and reports it; nothing is thrown", (place) => {
    createDebug.enable("app");
    createDebug.log = () => {};
    const handler = create();
    getLogger().addHandler(handler);
    const logger = getLogger("app");
    for (const which of names) {
      const [message, ...rest] = (PLACES[place] as (value: unknown) => readonly unknown[])(hostileValues()[which]);
      logger.info(message, ...(rest as never[]));
    }
    const { accepted, delivered, dropped, failed } = handler.stats();
    const lost = [...Object.values(dropped), ...Object.values(failed)].reduce((sum, count) => sum + count, 0);
    expect(accepted).toBe(names.length);
    expect(delivered + lost).toBe(names.length);
    expect(seen.reports.map(({ cause, message: text }) => `${cause}: ${text}`)).toEqual([]);
    createDebug.disable();
  });
});

describe("from the other side", () => {
  test("pino's lines of every hostile value become records", () => {
    const logger = pino({ level: "trace" }, pinoDestination());
    let thrown = 0;
    for (const which of names) {
      try {
        logger.info({ value: hostileValues()[which], kept: "kept" }, "hostile");
      } catch {
        thrown++;
      }
    }
    expect(thrown).toBeLessThan(10);
    expect(seen.logs.records.length).toBe(names.length - thrown);
    for (const { extra } of seen.logs.records) expect(extra["kept"]).toBe("kept");
  });

  test("winston's messages of every hostile value become records", () => {
    const logger = winston.createLogger({ level: "silly", transports: [new CordwoodTransport()] });
    let thrown = 0;
    for (const which of names) {
      try {
        logger.info("hostile", { value: hostileValues()[which], kept: "kept" });
      } catch {
        thrown++;
      }
    }
    expect(thrown).toBeLessThan(10);
    expect(seen.logs.records.length).toBe(names.length - thrown);
    for (const { extra } of seen.logs.records) expect(extra["kept"]).toBe("kept");
  });
});
