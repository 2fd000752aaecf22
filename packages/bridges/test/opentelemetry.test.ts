import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenTelemetryHandler, severityNumber, traceContextFactory, traceContextFilter } from "@cordwood/bridges/opentelemetry";
import { getLogger, makeLogRecord, setLogRecordFactory } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import { JsonFormatter } from "@cordwood/formatters";
import { type Context, type ContextManager, context, logs, ROOT_CONTEXT, SeverityNumber, TraceFlags, trace } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { BatchLogRecordProcessor, InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freshTree } from "./support.js";

const seen = freshTree();

/** The context manager of OpenTelemetry's Node SDK, in short. */
class Contexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active = (): Context => this.#storage.getStore() ?? ROOT_CONTEXT;
  with: ContextManager["with"] = (held, fn, self, ...args) => this.#storage.run(held, () => fn.apply(self, args));
  bind: ContextManager["bind"] = (_held, target) => target;
  enable = (): this => this;
  disable = (): this => this;
}

beforeEach(() => void context.setGlobalContextManager(new Contexts()));
afterEach(() => {
  context.disable();
  logs.disable();
});

const SPAN = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: TraceFlags.SAMPLED };
const inSpan = <T>(fn: () => T): T => context.with(trace.setSpanContext(context.active(), SPAN), fn);

/** A provider that keeps what it exports. */
function memory(options: ConstructorParameters<typeof LoggerProvider>[0] = {}): {
  provider: LoggerProvider;
  exporter: InMemoryLogRecordExporter;
} {
  const exporter = new InMemoryLogRecordExporter();
  return { exporter, provider: new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })], ...options }) };
}

describe("OpenTelemetryHandler: the handler contract", () => {
  const exporters = new WeakMap<OpenTelemetryHandler, InMemoryLogRecordExporter>();
  const cases = handlerConformance({
    create() {
      const { provider, exporter } = memory();
      const handler = new OpenTelemetryHandler({ provider });
      exporters.set(handler, exporter);
      return handler;
    },
    delivered: (handler) => (exporters.get(handler) as InMemoryLogRecordExporter).getFinishedLogRecords().map(({ body }) => String(body)),
  });
  for (const { name, run } of cases) test(name, run);
});

describe("OpenTelemetryHandler", () => {
  test("gives scope, time, severity, body and attributes", () => {
    const { provider, exporter } = memory();
    const handler = new OpenTelemetryHandler({ provider, version: "1.2.3" });
    handler.handle(
      makeLogRecord({ name: "app.db", levelno: 30, msg: "slow: %d ms", args: [812], created: 1057675785.896, fields: { table: "users" } }),
    );
    const [record] = exporter.getFinishedLogRecords();
    expect(record).toMatchObject({
      instrumentationScope: { name: "app.db", version: "1.2.3" },
      hrTime: [1057675785, 896_000_000],
      severityNumber: SeverityNumber.WARN,
      severityText: "WARNING",
      body: "slow: 812 ms",
      attributes: { table: "users" },
    });
    expect(handler.stats()).toEqual({ accepted: 1, delivered: 1, queued: 0, dropped: {}, failed: {} });
  });

  test("keeps every field, whatever its type, as data that can be exported", () => {
    const { provider, exporter } = memory();
    getLogger().addHandler(new OpenTelemetryHandler({ provider }));
    const circular: Record<string, unknown> = { at: new Date(0) };
    circular["self"] = circular;
    getLogger("app").info("m", { big: 10n, map: new Map([["a", 1]]), circular, nothing: undefined, list: [1, null, "x"] });
    expect(exporter.getFinishedLogRecords()[0]?.attributes).toEqual({
      big: "10",
      map: [["a", 1]],
      circular: { at: "1970-01-01T00:00:00.000Z", self: "[circular]" },
      list: [1, null, "x"],
    });
  });

  test("names an error by the semantic conventions, its causes in the stack", () => {
    const { provider, exporter } = memory();
    getLogger().addHandler(new OpenTelemetryHandler({ provider }));
    getLogger("app").error("m", new TypeError("refused", { cause: new Error("timeout") }));
    getLogger("app").exception("m", "just a text");
    const [first, second] = exporter.getFinishedLogRecords().map(({ attributes }) => attributes);
    expect(first).toMatchObject({ "exception.type": "TypeError", "exception.message": "refused" });
    expect(first?.["exception.stacktrace"]).toMatch(/^TypeError: refused\n[\s\S]*\nCaused by: Error: timeout\n/);
    expect(second).toEqual({ "exception.type": "string", "exception.message": "just a text" });
  });

  test("says where the call stands when asked to", () => {
    const { provider, exporter } = memory();
    getLogger().addHandler(new OpenTelemetryHandler({ provider, callSite: true }));
    getLogger("app").info("m");
    const attributes = exporter.getFinishedLogRecords()[0]?.attributes;
    expect(attributes?.["code.file.path"]).toMatch(/opentelemetry\.test\.ts$/);
    expect(attributes?.["code.line.number"]).toBeGreaterThan(1);
    expect(attributes).toHaveProperty("code.function.name");
  });

  test("carries the active span, and for a record from a queue the span it was logged in", () => {
    const { provider, exporter } = memory();
    const handler = new OpenTelemetryHandler({ provider });
    setLogRecordFactory(traceContextFactory());
    getLogger("app").info("held");
    inSpan(() => getLogger("app").info("in the span"));
    for (const record of seen.logs.records) handler.handle(record);
    inSpan(() => handler.handle(makeLogRecord({ name: "app", levelno: 20, msg: "now" })));
    const exported = exporter.getFinishedLogRecords();
    expect(exported.map(({ body, spanContext, attributes }) => [body, spanContext?.spanId, attributes])).toEqual([
      ["held", undefined, {}],
      ["in the span", SPAN.spanId, {}],
      ["now", SPAN.spanId, {}],
    ]);
    expect(exported[1]?.spanContext).toMatchObject(SPAN);
  });

  test("leaves ids that are none of a span among the attributes", () => {
    const { provider, exporter } = memory();
    getLogger().addHandler(new OpenTelemetryHandler({ provider }));
    getLogger("app").info("m", { trace_id: "mine", span_id: "7" });
    expect(exporter.getFinishedLogRecords()[0]).toMatchObject({ attributes: { trace_id: "mine", span_id: "7" } });
  });

  test("counts what the SDK's configuration refuses as dropped.disabled", () => {
    const { provider, exporter } = memory({
      loggerConfigurator: ({ name }) => ({ enabled: name !== "noise", minimumSeverity: SeverityNumber.INFO, traceBased: false }),
    });
    const handler = new OpenTelemetryHandler({ provider });
    getLogger().addHandler(handler);
    getLogger("app").debug("no");
    getLogger("noise").error("no");
    getLogger("app").info("yes");
    expect(exporter.getFinishedLogRecords().map(({ body }) => body)).toEqual(["yes"]);
    expect(handler.stats()).toEqual({ accepted: 3, delivered: 1, queued: 0, dropped: { disabled: 2 }, failed: {} });
  });

  test("counts and reports records while no provider is registered, and finds one that is registered later", () => {
    const handler = new OpenTelemetryHandler();
    getLogger().addHandler(handler);
    getLogger("app").info("too early");
    const { provider, exporter } = memory();
    logs.setGlobalLoggerProvider(provider);
    getLogger("app").info("in time");
    expect(exporter.getFinishedLogRecords().map(({ body }) => body)).toEqual(["in time"]);
    expect(handler.stats()).toEqual({ accepted: 2, delivered: 1, queued: 0, dropped: { "no-provider": 1 }, failed: {} });
    expect(seen.reports.map(({ cause }) => cause)).toEqual(["OpenTelemetryHandler has no provider"]);
  });

  test("flushes the provider, and reports one that cannot be flushed", async () => {
    const flushed: string[] = [];
    const provider = Object.assign(memory().provider, { forceFlush: () => Promise.resolve(void flushed.push("flush")) });
    await new OpenTelemetryHandler({ provider }).flush();
    expect(flushed).toEqual(["flush"]);
    const broken = Object.assign(memory().provider, { forceFlush: () => Promise.reject(new Error("collector gone")) });
    const handler = new OpenTelemetryHandler({ provider: broken });
    await handler.flush();
    await handler.close();
    expect(seen.reports).toMatchObject([{ error: { message: "collector gone" } }]);
  });

  test("refuses a provider that is none", () => {
    expect(() => new OpenTelemetryHandler({ provider: {} as never })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

test("severityNumber spreads Python's levels over OpenTelemetry's 24, as the otel preset of JsonFormatter does", () => {
  expect([5, 10, 20, 30, 40, 50].map(severityNumber)).toEqual([1, 5, 9, 13, 17, 21]);
  expect([0, -1, 25, 35, 60, 1000].map(severityNumber)).toEqual([0, 0, 11, 15, 24, 24]);
  const formatter = new JsonFormatter({ preset: "otel" });
  for (let levelno = 0; levelno <= 100; levelno++) {
    const line = JSON.parse(formatter.format(makeLogRecord({ name: "app", levelno, msg: "m" }))) as { severityNumber?: number };
    expect(line.severityNumber ?? 0).toBe(severityNumber(levelno));
  }
});

describe("trace and span ids on records", () => {
  const ids = { trace_id: SPAN.traceId, span_id: SPAN.spanId, trace_flags: "01" };

  test("traceContextFactory puts them on every record, fields of the call winning", async () => {
    setLogRecordFactory(traceContextFactory());
    await inSpan(async () => {
      await Promise.resolve();
      getLogger("app").info("one", { a: 1 });
      getLogger("lib").info("two", { trace_id: "mine" });
    });
    getLogger("app").info("outside");
    expect(seen.logs.records.map(({ extra }) => ({ ...extra }))).toEqual([{ ...ids, a: 1 }, { ...ids, trace_id: "mine" }, {}]);
    expect(seen.logs.records[0]?.filename).toBe("opentelemetry.test.ts");
  });

  test("traceContextFilter puts them on the records of one logger", () => {
    getLogger("app").addFilter(traceContextFilter());
    inSpan(() => {
      getLogger("app").info("one");
      getLogger("lib").info("two");
    });
    expect(seen.logs.records.map(({ extra }) => ({ ...extra }))).toEqual([ids, {}]);
  });
});

describe("OTLP JSON through the official exporter to a collector", () => {
  interface Collector {
    readonly server: Server;
    readonly bodies: Record<string, unknown>[];
    readonly paths: string[];
    status: number;
  }

  async function collector(): Promise<Collector & { url: string }> {
    const state: Collector = {
      bodies: [],
      paths: [],
      status: 200,
      server: createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        state.paths.push(`${request.method} ${request.url} ${request.headers["content-type"]}`);
        state.bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
        response.writeHead(state.status, { "content-type": "application/json" }).end("{}");
      }),
    };
    await new Promise<void>((resolve) => state.server.listen(0, "127.0.0.1", resolve));
    return Object.assign(state, { url: `http://127.0.0.1:${(state.server.address() as AddressInfo).port}/v1/logs` });
  }

  test("what arrives is the record, in OTLP's names and types", async () => {
    const stub = await collector();
    const exporter = new OTLPLogExporter({ url: stub.url });
    const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter, scheduledDelayMillis: 10_000 })] });
    const handler = new OpenTelemetryHandler({ provider, version: "1.0.0" });
    getLogger().addHandler(handler);
    inSpan(() =>
      getLogger("shop.orders").info("order %d accepted", 7, { customer: "ann", lines: 3, price: 12.5, gift: false, tags: ["a", "b"] }),
    );
    getLogger("shop.db").error("query failed", Object.assign(new TypeError("refused"), { code: "E_REFUSED" }));
    for (let i = 0; i < 500; i++) getLogger("shop.orders").debug("filler %d", i);
    await handler.flush();
    await provider.shutdown();
    stub.server.close();
    expect(new Set(stub.paths)).toEqual(new Set(["POST /v1/logs application/json"]));

    interface Scope {
      scope: { name: string; version: string };
      logRecords: Record<string, unknown>[];
    }
    const scopes = stub.bodies.flatMap((body) => (body["resourceLogs"] as { scopeLogs: Scope[] }[]).flatMap(({ scopeLogs }) => scopeLogs));
    expect(new Set(scopes.map(({ scope }) => `${scope.name} ${scope.version}`))).toEqual(new Set(["shop.orders 1.0.0", "shop.db 1.0.0"]));
    const of = (name: string): Record<string, unknown>[] =>
      scopes.filter(({ scope }) => scope.name === name).flatMap(({ logRecords }) => logRecords);
    expect(of("shop.orders")).toHaveLength(501);
    const [order] = of("shop.orders");
    expect(order).toMatchObject({
      severityNumber: 9,
      severityText: "INFO",
      body: { stringValue: "order 7 accepted" },
      traceId: SPAN.traceId,
      spanId: SPAN.spanId,
      flags: 1,
    });
    expect(order?.["attributes"]).toEqual([
      { key: "customer", value: { stringValue: "ann" } },
      { key: "lines", value: { intValue: 3 } },
      { key: "price", value: { doubleValue: 12.5 } },
      { key: "gift", value: { boolValue: false } },
      { key: "tags", value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } } },
    ]);
    const nanos = Number(BigInt(String(order?.["timeUnixNano"])) / 1_000n) / 1e6;
    expect(Math.abs(nanos - (seen.logs.records[0]?.created ?? 0))).toBeLessThan(0.001);
    expect(of("shop.db")).toMatchObject([
      {
        severityNumber: 17,
        severityText: "ERROR",
        attributes: [{ key: "exception.type" }, { key: "exception.message" }, { key: "exception.stacktrace" }],
      },
    ]);
    expect(handler.stats()).toEqual({ accepted: 502, delivered: 502, queued: 0, dropped: {}, failed: {} });
  });

  test("a collector that refuses leaves logging and flush unharmed", async () => {
    const stub = await collector();
    stub.status = 400;
    const provider = new LoggerProvider({
      processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: stub.url }) })],
    });
    const handler = new OpenTelemetryHandler({ provider });
    handler.handle(makeLogRecord({ name: "app", levelno: 20, msg: "m" }));
    await handler.close();
    await provider.shutdown();
    stub.server.close();
    expect(stub.bodies).toHaveLength(1);
    expect(handler.stats()).toMatchObject({ accepted: 1, delivered: 1 });
  });
});
