import { LogRecord } from "@cordwood/core";
import { JsonFormatter } from "@cordwood/formatters";
import { scaled } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { LOG_ENTRY, readOtlp, strictly } from "./protocol-messages.js";
import { randomText, randomValue, record, seeded } from "./structured.js";
import { hostileValues } from "./values.js";

const SEED = 20261121;
const COUNT = scaled(30_000);
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

/** Records of every kind of value, many with fields by the names that a platform gives a meaning. */
function* fuzzed(seed: number, names: readonly string[], values: (random: () => number) => unknown): Generator<LogRecord> {
  const random = seeded(seed);
  const hostile = Object.values(hostileValues());
  const value = (): unknown => {
    const kind = random();
    if (kind < 0.3) return values(random);
    return kind < 0.45 ? hostile[Math.floor(random() * hostile.length)] : randomValue(random, 3);
  };
  const fields = (): object =>
    Object.fromEntries(
      Array.from({ length: Math.floor(random() * 5) }, () => [
        random() < 0.5 ? (names[Math.floor(random() * names.length)] as string) : randomText(random),
        value(),
      ]),
    );
  for (let i = 0; i < COUNT; i++)
    yield new LogRecord({
      name: randomText(random),
      levelno: random() < 0.9 ? Math.floor(random() * 120) - 10 : random() * 100,
      msg: random() < 0.8 ? randomText(random) : value(),
      fields: fields(),
      ...(random() < 0.1 && { created: (random() - 0.3) * 1e10 }),
      ...(random() < 0.3 && { bound: fields() }),
      ...(random() < 0.3 && { context: fields() }),
      ...(random() < 0.2 && { error: random() < 0.5 ? Object.assign(new Error(randomText(random)), fields()) : value() }),
    });
}

describe("the OTLP LogRecord of the otel preset", () => {
  const otel = new JsonFormatter({ preset: "otel", service: { name: "shop" } });

  test("comes back from the binary form as it was written", () => {
    const text = otel.format(
      record({
        fields: {
          ...{ a: "x", n: 5, f: 1.5, yes: true, nothing: null, list: [1, "a", { b: [null] }], map: { c: { d: 2 ** 53 } }, big: 2n ** 70n },
          ...{ trace_id: TRACE.toUpperCase(), span_id: SPAN, trace_flags: "01" },
        },
        error: Object.assign(new TypeError("bad"), { code: 7 }),
      }),
    );
    const json = JSON.parse(text) as Record<string, unknown>;
    expect(json).toMatchObject({ traceId: TRACE, spanId: SPAN, flags: 1 });
    expect(readOtlp(text)).toEqual(json);
  });

  test("has a severity for every level", () => {
    for (let levelno = -5; levelno <= 120; levelno += 0.5) {
      const { severityNumber = 0 } = readOtlp(otel.format(record({ levelno }))) as { severityNumber?: number };
      expect(severityNumber).toBe(levelno <= 0 ? 0 : Math.max(1, Math.min(24, severityNumber)));
      if (levelno > 0) expect(severityNumber).toBeGreaterThan(0);
    }
  });

  test("keeps as attributes what is no id of a trace or span", () => {
    const fields = { trace_id: "mine", span_id: "0".repeat(16), trace_flags: "zz", traceId: TRACE, spanId: `${SPAN}0` };
    const found = readOtlp(otel.format(record({ fields })));
    expect(found).toMatchObject({ traceId: TRACE });
    expect(found).not.toHaveProperty("spanId");
    expect(found["attributes"]).toEqual(
      expect.arrayContaining(["trace_id", "span_id", "trace_flags", "spanId"].map((key) => expect.objectContaining({ key }))),
    );
  });

  test("has no attribute twice and none without a name", () => {
    const fields = { "service.name": "forged", "otel.scope.name": "forged", "exception.type": "forged", "": 1, mine: 2 };
    const error = Object.assign(new Error("bad"), { type: "own", stacktrace: "own" });
    const { attributes } = readOtlp(otel.format(record({ fields, error }))) as { attributes: { key: string; value: object }[] };
    const keys = attributes.map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)]);
    expect(attributes[0]).toEqual({ key: "service.name", value: { stringValue: "shop" } });
    expect(attributes.find(({ key }) => key === "exception.type")).toEqual({ key: "exception.type", value: { stringValue: "Error" } });
    expect(JSON.stringify(attributes.find(({ key }) => key === "extra"))).toContain("forged");
  });

  test("stays one when it is cut", () => {
    const small = new JsonFormatter({ preset: "otel", maxRecordBytes: 4_096 });
    const values: Readonly<Record<string, unknown>> = {
      many: Array.from({ length: 5_000 }, (_, i) => i),
      wide: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, { a: [i] }])),
      long: "é".repeat(100_000),
    };
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = i % 2 ? [deep] : { deep };
    for (const value of [...Object.values(values), deep])
      for (const fields of [{ value, after: 1 }, value as object]) {
        for (const formatter of [small, otel]) {
          const text = formatter.format(
            new LogRecord({ name: "n", levelno: 20, msg: "kept", fields, error: new Error("e", { cause: value }) }),
          );
          expect(readOtlp(text)).toMatchObject({ body: { stringValue: "kept" } });
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(formatter === small ? 4_096 : 262_144);
        }
      }
  });

  test(`is read strictly from each of ${COUNT.toLocaleString("en")} fuzzed records (seed ${SEED})`, { timeout: 300_000 }, () => {
    const ids = [TRACE, SPAN, "00", "1", 1, 300, -1, true];
    const names = [
      "trace_id",
      "span_id",
      "trace_flags",
      "traceId",
      "spanId",
      "traceFlags",
      "body",
      "service.name",
      "otel.scope.name",
      "extra",
    ];
    let i = 0;
    for (const made of fuzzed(SEED, names, (random) => ids[Math.floor(random() * ids.length)])) {
      const text = otel.format(made);
      try {
        const { attributes } = readOtlp(text) as { attributes: { key: string }[] };
        const keys = attributes.map(({ key }) => key);
        if (new Set(keys).size !== keys.length || keys.includes("")) throw new Error(`keys ${JSON.stringify(keys)}`);
      } catch (error) {
        throw new Error(`record ${i}: ${text.slice(0, 2_000)}`, { cause: error });
      }
      i++;
    }
  });
});

describe("the special fields of the gcp preset", () => {
  const gcp = new JsonFormatter({ preset: "gcp", projectId: "p1" });
  const PREFIX = "logging.googleapis.com/";
  const UNPREFIXED = ["severity", "httpRequest"];

  /** What Google's agent lifts out of the payload, read strictly as a LogEntry. */
  const lifted = (text: string): unknown => {
    const line = JSON.parse(text) as Record<string, unknown>;
    expect(String(line["time"])).toMatch(/^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$|^\+/);
    for (const other of ["timestamp", "timestampSeconds", "timestampNanos"]) expect(line).not.toHaveProperty(other);
    const entries = Object.entries(line).filter(([key]) => key.startsWith(PREFIX) || UNPREFIXED.includes(key));
    return strictly(
      LOG_ENTRY,
      Object.fromEntries(
        entries.map(([key, value]) => [key === `${PREFIX}trace_sampled` ? "traceSampled" : key.replace(PREFIX, ""), value]),
      ),
    );
  };
  const line = (fields: object): Record<string, unknown> => JSON.parse(gcp.format(record({ fields }))) as Record<string, unknown>;

  test("are those of a LogEntry", () => {
    const fields = {
      httpRequest: {
        ...{ requestMethod: "GET", requestUrl: new URL("https://shop.example/a"), status: 200, latencyMs: 0.0001, responseSize: 2 ** 40 },
        ...{ remoteIp: "127.0.0.1", cacheHit: true, userAgent: undefined, protocol: "HTTP/1.1" },
      },
      labels: { a: "b", n: 5, yes: true },
      operation: { id: "o1", producer: "p", first: true },
      sourceLocation: { file: "a.ts", line: 7, function: "f" },
      insertId: 12,
      ...{ trace_id: TRACE, span_id: SPAN, trace_flags: "01" },
    };
    expect(lifted(gcp.format(record({ fields })))).toMatchObject({
      severity: 200,
      httpRequest: { status: 200, responseSize: 2n ** 40n, latency: { seconds: 0n, nanos: 100 }, requestUrl: "https://shop.example/a" },
      labels: { a: "b", n: "5", yes: "true" },
      operation: { id: "o1", first: true },
      sourceLocation: { file: "a.ts", line: 7n },
      insertId: "12",
      trace: `projects/p1/traces/${TRACE}`,
      spanId: SPAN,
      traceSampled: true,
    });
  });

  test("go under extra when the agent would not know their form", () => {
    const fields = {
      ...{ httpRequest: { status: "not found" }, labels: { a: { b: 1 } }, operation: "o1", sourceLocation: { line: 1.5 }, insertId: {} },
      ...{ trace_id: { a: 1 }, timestamp: "yesterday", timestampSeconds: 0 },
    };
    expect(line(fields)["extra"]).toEqual(fields);
    expect(line({ httpRequest: { unknown: 1 } })["extra"]).toEqual({ httpRequest: { unknown: 1 } });
  });

  test("come once, by their own name before those that users have for them", () => {
    const text = gcp.format(
      record({ context: { trace_id: "a" }, fields: { traceId: "b", [`${PREFIX}trace`]: "projects/p2/traces/c", labels: { d: 1 } } }),
    );
    expect(text.match(/googleapis\.com\/trace"/g)).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({
      [`${PREFIX}trace`]: "projects/p2/traces/c",
      [`${PREFIX}labels`]: { d: "1" },
      extra: { trace_id: "a", traceId: "b" },
    });
  });

  test(`are read strictly from each of ${COUNT.toLocaleString("en")} fuzzed records (seed ${SEED + 1})`, { timeout: 300_000 }, () => {
    const short = [
      "trace_id",
      "span_id",
      "trace_flags",
      "traceId",
      "spanId",
      "traceFlags",
      "labels",
      "operation",
      "sourceLocation",
      "insertId",
    ];
    const long = ["trace", "spanId", "trace_sampled", "labels", "operation", "sourceLocation", "insertId"].map((name) => PREFIX + name);
    const names = [...short, ...long, "httpRequest", "severity", "time", "timestamp", "timestampSeconds", "timestampNanos", "message"];
    const parts = ["requestMethod", "status", "latency", "latencyMs", "requestSize", "cacheHit", "id", "first", "line", "file", "a"];
    const members = [1, 1.5, -1, 1e300, "1", "1.5s", "x", true, null, 10n, Number.NaN, [], {}];
    let i = 0;
    for (const made of fuzzed(SEED + 1, names, (random) =>
      Object.fromEntries(
        Array.from({ length: Math.floor(random() * 4) }, () => [
          parts[Math.floor(random() * parts.length)],
          members[Math.floor(random() * members.length)],
        ]),
      ),
    )) {
      const text = gcp.format(made);
      try {
        lifted(text);
      } catch (error) {
        throw new Error(`record ${i}: ${text.slice(0, 2_000)}`, { cause: error });
      }
      i++;
    }
  });
});
