import { getLogger, LogRecord, resetLogging, StreamHandler, withContext } from "@cordwood/core";
import { formatterConformance } from "@cordwood/core/testing";
import { JsonFormatter, type JsonFormatterOptions, type JsonPreset } from "@cordwood/formatters";
import { afterEach, describe, expect, test, vi } from "vitest";
import { called, record } from "./structured.js";

const PRESETS: readonly JsonPreset[] = ["cordwood", "pino", "bunyan", "ecs", "gcp", "otel", "python"];
const line = (options: JsonFormatterOptions, r: LogRecord): string => new JsonFormatter(options).format(r);
const data = (options: JsonFormatterOptions, r: LogRecord): Record<string, unknown> => JSON.parse(line(options, r));
const host = data({ preset: "pino" }, record())["hostname"] as string;

afterEach(() => resetLogging());

describe("a key of several layers", () => {
  const fields = (written: string): string => written.slice(written.indexOf('"message":"m",') + 14, -1);
  const formatter = new JsonFormatter();
  const write = (of: object, bound: object, context?: object): string =>
    fields(formatter.format(new LogRecord({ name: "app", levelno: 20, msg: "m", fields: of, bound, context })));

  test("is written once, however long it is", () => {
    for (const length of [1, 128, 129, 5_000]) {
      const key = "k".repeat(length);
      for (let i = 0; i < 4; i++) {
        expect(write({ a: i }, { [key]: "bound" }, { b: 2 })).toBe(`"b":2,"${key}":"bound","a":${i}`);
        expect(write({ [key]: i }, { [key]: "bound" }, { [key]: "context" })).toBe(`"${key}":${i}`);
      }
    }
  });

  test("is written once, also by a program that makes keys out of data", () => {
    const bound = { user: "anna", n: 1 };
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3; i++) expect(write({ a: i }, bound)).toBe(`"user":"anna","n":1,"a":${i}`);
      for (let i = 0; i < 60; i++) write(Object.fromEntries(Array.from({ length: 100 }, (_, j) => [`key${i * 100 + j}`, j])), bound);
      expect(write({ user: "bob" }, bound)).toBe('"n":1,"user":"bob"');
      expect(write({ user: "bob" }, bound, { n: 2, user: "carl" })).toBe('"n":1,"user":"bob"');
    }
  });
});

describe("presets", () => {
  const given = { user: "anna", n: 5, ok: true, none: null, req: { method: "GET", status: 200 } };
  const fields = '"user":"anna","n":5,"ok":true,"none":null,"req":{"method":"GET","status":200}';
  test.each<[JsonPreset, string]>([
    ["cordwood", `{"time":"2023-11-14T22:13:20.250Z","level":"INFO","name":"app.db","message":"connected",${fields}}`],
    ["pino", `{"level":30,"time":1700000000250,"pid":4711,"hostname":"${host}","name":"app.db",${fields},"msg":"connected"}`],
    [
      "bunyan",
      `{"name":"app.db","hostname":"${host}","pid":4711,"level":30,${fields},"msg":"connected","time":"2023-11-14T22:13:20.250Z","v":0}`,
    ],
    [
      "ecs",
      `{"@timestamp":"2023-11-14T22:13:20.250Z","log.level":"info","message":"connected","ecs.version":"8.11.0","log.logger":"app.db","process.pid":4711,"process.thread.name":"MainThread","n":5,"ok":true,"none":null,"req":{"method":"GET","status":200},"extra":{"user":"anna"}}`,
    ],
    ["gcp", `{"severity":"INFO","time":"2023-11-14T22:13:20.250Z","message":"connected","logger":"app.db",${fields}}`],
  ])("writes %s lines", (preset, expected) => {
    expect(line({ preset }, record({ fields: given }))).toBe(expected);
  });

  test("writes the process of each record, however alike they are", () => {
    vi.useFakeTimers({ now: 1700000000250 });
    const formatter = new JsonFormatter({ preset: "pino" });
    const pid = (r: LogRecord): unknown => JSON.parse(formatter.format(r)).pid;
    const here = (): LogRecord => new LogRecord({ name: "app.db", levelno: 20, msg: "connected" });
    class Elsewhere extends LogRecord {
      override readonly process = 4;
    }
    const records = [here(), record({ process: 1 }), record({ process: 2 }), here(), Object.assign(here(), { process: 3 })];
    records.push(new Elsewhere({ name: "app.db", levelno: 20, msg: "connected" }), here());
    expect(records.map(pid)).toEqual([process.pid, 1, 2, process.pid, 3, 4, process.pid]);
    vi.useRealTimers();
  });

  test("writes the OpenTelemetry log data model", () => {
    expect(
      data(
        { preset: "otel", service: { name: "shop" } },
        record({
          fields: {
            n: 5,
            f: 1.5,
            l: [true],
            o: { k: "v" },
            trace_id: "4BF92F3577B34DA6A3CE929D0E0E4736",
            span_id: "00f067aa0ba902b7",
            trace_flags: 1,
          },
        }),
      ),
    ).toEqual({
      timeUnixNano: "1700000000250000000",
      observedTimeUnixNano: "1700000000250000000",
      severityNumber: 9,
      severityText: "INFO",
      body: { stringValue: "connected" },
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
      flags: 1,
      attributes: [
        { key: "service.name", value: { stringValue: "shop" } },
        { key: "otel.scope.name", value: { stringValue: "app.db" } },
        { key: "n", value: { intValue: "5" } },
        { key: "f", value: { doubleValue: 1.5 } },
        { key: "l", value: { arrayValue: { values: [{ boolValue: true }] } } },
        { key: "o", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } },
      ],
    });
  });

  test("writes a record's __dict__ by Python's names, in Python's order", () => {
    const written = data({ preset: "python" }, record({ msg: "%s of %d", args: ["a", 2], user: "anna" }));
    expect(Object.keys(written).join(" ")).toBe(
      "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs relativeCreated thread threadName processName process taskName user",
    );
    expect(written).toMatchObject({
      name: "app.db",
      msg: "%s of %d",
      args: ["a", 2],
      levelno: 20,
      created: 1700000000.25,
      msecs: 250,
      user: "anna",
    });
  });

  test.each<[JsonPreset, string, readonly unknown[]]>([
    ["cordwood", "level", ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]],
    ["pino", "level", [10, 20, 30, 40, 50, 60]],
    ["bunyan", "level", [10, 20, 30, 40, 50, 60]],
    ["ecs", "log.level", ["trace", "debug", "info", "warning", "error", "critical"]],
    ["gcp", "severity", ["DEBUG", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]],
    ["otel", "severityNumber", [1, 5, 9, 13, 17, 21]],
    ["python", "levelno", [5, 10, 20, 30, 40, 50]],
  ])("gives the standard levels their %s values", (preset, key, expected) => {
    expect([5, 10, 20, 30, 40, 50].map((levelno) => data({ preset }, new LogRecord({ name: "n", levelno, msg: "" }))[key])).toEqual(
      expected,
    );
  });

  test("gives levels of one's own a value in between", () => {
    const at = (preset: JsonPreset, key: string, levelno: number) => data({ preset }, new LogRecord({ name: "n", levelno, msg: "" }))[key];
    expect(at("pino", "level", 25)).toBe(35);
    expect(at("otel", "severityNumber", 25)).toBe(11);
    expect(at("otel", "severityNumber", 100)).toBe(24);
    expect(at("gcp", "severity", 25)).toBe("NOTICE");
    expect(at("cordwood", "level", 25)).toBe("Level 25");
  });

  test("links records to traces: ECS names, Google Cloud's resource names", () => {
    const fields = { trace_id: "abc", span_id: "def", trace_flags: "01" };
    expect(data({ preset: "ecs" }, record({ fields }))).toMatchObject({ "trace.id": "abc", "span.id": "def" });
    expect(data({ preset: "gcp", projectId: "p1" }, record({ fields }))).toMatchObject({
      "logging.googleapis.com/trace": "projects/p1/traces/abc",
      "logging.googleapis.com/spanId": "def",
      "logging.googleapis.com/trace_sampled": true,
    });
  });

  test("gives Google Cloud an httpRequest in its own types", () => {
    const httpRequest = { requestMethod: "GET", status: 200, latencyMs: 250, responseSize: 12 };
    expect(data({ preset: "gcp" }, record({ fields: { httpRequest, labels: { a: "b" } } }))).toMatchObject({
      httpRequest: { requestMethod: "GET", status: 200, latency: "0.25s", responseSize: "12" },
      "logging.googleapis.com/labels": { a: "b" },
    });
    expect(httpRequest.latencyMs).toBe(250);
  });

  test("keeps from ECS what its mapping would refuse", () => {
    expect(data({ preset: "ecs" }, record({ fields: { user: "anna", http: { method: "GET" }, nan: Number.NaN } }))).toMatchObject({
      http: { method: "GET" },
      nan: null,
      extra: { user: "anna" },
    });
  });
});

describe("errors", () => {
  const error = Object.assign(new TypeError("bad", { cause: new Error("inner") }), { code: "E1" });
  error.stack = "TypeError: bad\n    at f (a.ts:1:2)";
  (error.cause as Error).stack = "Error: inner";
  test.each<[JsonPreset, string, unknown]>([
    [
      "cordwood",
      "error",
      {
        name: "TypeError",
        message: "bad",
        stack: error.stack,
        cause: { name: "Error", message: "inner", stack: "Error: inner" },
        code: "E1",
      },
    ],
    [
      "pino",
      "err",
      {
        type: "TypeError",
        message: "bad",
        stack: error.stack,
        cause: { name: "Error", message: "inner", stack: "Error: inner" },
        code: "E1",
      },
    ],
    [
      "bunyan",
      "err",
      {
        name: "TypeError",
        message: "bad",
        stack: error.stack,
        cause: { name: "Error", message: "inner", stack: "Error: inner" },
        code: "E1",
      },
    ],
    [
      "ecs",
      "error",
      {
        type: "TypeError",
        message: "bad",
        stack_trace: error.stack,
        code: "E1",
        Details: { cause: { name: "Error", message: "inner", stack: "Error: inner" } },
      },
    ],
  ])("are objects in %s", (preset, key, expected) => {
    expect(data({ preset }, record({ error }))[key]).toEqual(expected);
  });

  test("have their stack where Google's Error Reporting looks for it", () => {
    expect(data({ preset: "gcp" }, record({ error }))).toMatchObject({
      error: { name: "TypeError", message: "bad", code: "E1" },
      stack_trace: "TypeError: bad\n    at f (a.ts:1:2)\nCaused by: Error: inner",
    });
    expect(data({ preset: "gcp" }, record({ exc_text: "Traceback …" }))).toMatchObject({ stack_trace: "Traceback …" });
    expect(data({ preset: "gcp" }, record({ fields: { stack_trace: "mine" } }))).toMatchObject({ stack_trace: "mine" });
  });

  test("have the attributes of the semantic conventions in OpenTelemetry", () => {
    const { attributes } = data({ preset: "otel" }, record({ error })) as { attributes: { key: string; value: unknown }[] };
    expect(attributes.map(({ key }) => key)).toEqual([
      ...["otel.scope.name", "exception.type", "exception.message", "exception.stacktrace", "exception.cause", "exception.code"],
    ]);
  });

  test("keep members of an AggregateError", () => {
    const written = data({}, record({ error: new AggregateError([new Error("one"), "two"], "many") }));
    expect(written["error"]).toMatchObject({ name: "AggregateError", message: "many", errors: [{ message: "one" }, "two"] });
  });

  test("that come again from the same place, or another, have their own message and frames", () => {
    const formatter = new JsonFormatter();
    const here = (message: string): Error => new Error(message);
    const there = (message: string): Error => new Error(message);
    for (let i = 0; i < 5; i++) {
      for (const error of [here(`a "${i}"`), there(`b\n    at ${i}`), here("é\ud800\u2028"), here("x".repeat(100))]) {
        const written = (JSON.parse(formatter.format(record({ error }))) as { error: Error }).error;
        expect(written.stack).toBe(error.stack?.replace("\ud800", "\ufffd"));
        expect(written.message).toBe(error.message.replace("\ud800", "\ufffd"));
      }
    }
  });

  test("may be anything that was thrown", () => {
    expect(data({}, record({ error: "boom" }))["error"]).toEqual({ name: "string", message: "boom" });
    expect(data({}, record({ error: null }))["error"]).toEqual({ name: "object", message: "null" });
  });

  test("of a record from elsewhere are its text", () => {
    expect(data({}, record({ exc_text: "Traceback …", stack_info: "Stack …" }))).toMatchObject({
      excText: "Traceback …",
      stackInfo: "Stack …",
    });
  });

  test("as a field take the place that the record's own error leaves free", () => {
    expect(data({ preset: "pino" }, called({ err: new Error("field") }))["err"]).toMatchObject({ type: "Error", message: "field" });
    const both = data(
      { preset: "pino" },
      new LogRecord({ name: "n", levelno: 40, msg: "", error: new Error("own"), fields: { err: new Error("field") } }),
    );
    expect(both).toMatchObject({ err: { message: "own" }, extra: { err: { message: "field" } } });
  });
});

describe("fields", () => {
  test("of call, view and context are merged, later ones winning, each key once", () => {
    const r = new LogRecord({
      name: "n",
      levelno: 20,
      msg: "",
      context: { a: 1, b: 1, c: 1 },
      bound: { b: 2, c: 2 },
      fields: { c: 3, d: 3 },
    });
    const text = line({}, r);
    expect(text).toContain('"message":"","a":1,"b":2,"c":3,"d":3}');
  });

  test("that are bound or of the context are written as they are now, however often they were the same", () => {
    const formatter = new JsonFormatter({ omit: ["time", "level", "name"] });
    const bound: Record<string, unknown> = { user: "anna", n: 1, ok: true, none: null };
    const context: Record<string, unknown> = { requestId: "r1" };
    const write = (fields?: object): string =>
      formatter.format(new LogRecord({ name: "n", levelno: 20, msg: "m", bound, context, fields }));
    for (let i = 0; i < 5; i++) expect(write()).toBe('{"message":"m","requestId":"r1","user":"anna","n":1,"ok":true,"none":null}');
    expect(write({ user: "bert", requestId: 5 })).toBe('{"message":"m","n":1,"ok":true,"none":null,"user":"bert","requestId":5}');
    for (let i = 0; i < 3; i++)
      expect(write({ a: 1 })).toBe('{"message":"m","requestId":"r1","user":"anna","n":1,"ok":true,"none":null,"a":1}');
    bound["n"] = 2;
    context["requestId"] = "r2";
    expect(write()).toBe('{"message":"m","requestId":"r2","user":"anna","n":2,"ok":true,"none":null}');
    bound["late"] = { deep: [1] };
    for (let i = 0; i < 3; i++) expect(write()).toContain('"late":{"deep":[1]}}');
    (bound["late"] as { deep: number[] }).deep.push(2);
    expect(write()).toContain('"late":{"deep":[1,2]}}');
    delete bound["late"];
    delete bound["user"];
    expect(write()).toBe('{"message":"m","requestId":"r2","n":2,"ok":true,"none":null}');
    let asked = 0;
    Object.defineProperty(bound, "n", { get: () => ++asked, enumerable: true, configurable: true });
    for (let i = 0; i < 4; i++) write();
    expect(Number(/"n":(\d+)/.exec(write())?.[1])).toBe(asked);
    Object.defineProperty(bound, "n", {
      get: () => {
        throw new Error("no");
      },
      enumerable: true,
    });
    expect(write()).toBe('{"message":"m","requestId":"r2","n":"[Throws: no]","ok":true,"none":null}');
  });

  test("of a view give way to those of the call, also after many records in which they did not", () => {
    const bound = { user: "anna", n: 1 };
    const formatter = new JsonFormatter({ omit: ["time", "level", "name"], rename: { n: "count" }, maxKeys: 3 });
    const write = (fields: object): string => formatter.format(new LogRecord({ name: "n", levelno: 20, msg: "m", bound, fields }));
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++) expect(write({ step: i })).toBe(`{"message":"m","user":"anna","count":1,"step":${i}}`);
      for (let i = 0; i < 4; i++) expect(write({ user: "bert", step: i })).toBe(`{"message":"m","count":1,"user":"bert","step":${i}}`);
      expect(write({ step: 1, message: "x", n: 2 })).toBe('{"message":"m","user":"anna","step":1,"count":2,"extra":{"message":"x"}}');
      // A key that is cut away is still that of the call.
      expect(write({ a: 1, b: 2, c: 3, user: "bert" })).toBe('{"message":"m","count":1,"a":1,"b":2,"c":3,"…":"1 more keys"}');
      const circular: Record<string, unknown> = { step: 2 };
      circular["self"] = circular;
      expect(write(circular)).toBe('{"message":"m","user":"anna","count":1,"step":2,"self":"[Circular]"}');
    }
  });

  test("of numbers that come again and again are written as they are", () => {
    const formatter = new JsonFormatter({ omit: ["time", "level", "name"] });
    const values: unknown[] = [12.5, 12.5, 12.5, 0, -0, 1e21, 1e21, Number.NaN, Number.NaN, "12.5", "12.5", 12.5, true, true, 1, 1];
    const shown = values.map((value) => formatter.format(called({ value })));
    expect(shown).toEqual(values.map((value) => `{"message":"m","value":${JSON.stringify(Number.isNaN(value) ? "NaN" : value)}}`));
  });

  test("whose texts come again and again are escaped each time, wherever they stand", () => {
    const formatter = new JsonFormatter({ omit: ["time", "level", "name"] });
    const write = (fields: object): string => formatter.format(called(fields));
    for (let i = 0; i < 4; i++) {
      expect(write({ a: 'x"\n', b: 1, c: 'x"\n' })).toBe('{"message":"m","a":"x\\"\\n","b":1,"c":"x\\"\\n"}');
      expect(write({ b: "y", a: 'x"\n' })).toBe('{"message":"m","b":"y","a":"x\\"\\n"}');
      expect(write({ o: { a: 'x"\n', b: "y" } })).toBe('{"message":"m","o":{"a":"x\\"\\n","b":"y"}}');
      expect(write({ o: { b: "y", n: i, a: 'x"\n' } })).toBe(`{"message":"m","o":{"b":"y","n":${i},"a":"x\\"\\n"}}`);
    }
  });

  test("whose values come again, change their type or their place are written as they are", () => {
    const formatter = new JsonFormatter({ omit: ["time", "level", "name"] });
    const values = [
      "1",
      1,
      true,
      1,
      1,
      -0,
      0,
      0,
      "true",
      true,
      true,
      false,
      1.5,
      1.5,
      Number.NaN,
      Number.NaN,
      null,
      "1",
      "1",
      undefined,
      2 ** 31,
      2 ** 31,
      -1,
      -1,
      1n,
    ];
    for (let round = 0; round < 3; round++) {
      for (const v of values) {
        for (const fields of [{ v }, { a: "x", v }, { a: 1, v, z: 2 }, { o: { v, w: v } }]) {
          const { message: _message, ...written } = JSON.parse(formatter.format(called(fields))) as Record<string, unknown>;
          const expected = JSON.parse(
            JSON.stringify(fields, (_key, value: unknown) =>
              typeof value === "bigint" ? `${value}` : Number.isNaN(value) ? "NaN" : value,
            ),
          );
          expect(written).toEqual(expected);
        }
      }
    }
  });

  test("whose name the record uses itself go under extra", () => {
    expect(data({}, called({ level: "x", message: 1, extra: 2, mine: 3 }))).toMatchObject({
      level: "INFO",
      message: "m",
      mine: 3,
      extra: { level: "x", message: 1, extra: 2 },
    });
    expect(data({}, called({ extra: 2 }))["extra"]).toBe(2);
  });

  test("are never written to, and a frozen object is no obstacle", () => {
    const fields = Object.freeze({ a: Object.freeze({ b: 1 }), level: 5 });
    expect(data({}, called(fields))).toMatchObject({ a: { b: 1 } });
  });

  test("of ten shapes in turn come out as they are", () => {
    const formatter = new JsonFormatter();
    for (let round = 0; round < 50; round++) {
      for (let shape = 0; shape < 10; shape++) {
        const fields = Object.fromEntries(
          Array.from({ length: 1 + ((shape + round) % 5) }, (_, i) => [`k${(shape * i) % 7}`, { [`n${shape}`]: round, k0: i }]),
        );
        const { time, level, name, message, ...rest } = JSON.parse(formatter.format(called(fields)));
        expect([level, name, message, typeof time]).toEqual(["INFO", "app", "m", "string"]);
        expect(rest).toEqual(fields);
      }
    }
  });

  test("with keys made of data do not fill the memory of keys", () => {
    const formatter = new JsonFormatter();
    for (let i = 0; i < 20_000; i++) expect(formatter.format(called({ [`id-${i}`]: i }))).toContain(`"id-${i}":${i}}`);
  });

  test("called __proto__ are fields like others", () => {
    const fields = JSON.parse('{"__proto__":{"a":1},"b":2}') as object;
    expect(line({}, called(fields))).toContain('"__proto__":{"a":1},"b":2}');
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
});

describe("options", () => {
  test("rename keys of the preset and of fields", () => {
    const text = line(
      { rename: { message: "msg", name: "logger", user: "usr" } },
      record({ fields: { user: 1, usr: 2, msg: 3, message: 4 } }),
    );
    expect(text).toBe(
      '{"time":"2023-11-14T22:13:20.250Z","level":"INFO","logger":"app.db","msg":"connected","usr":1,"message":4,"extra":{"usr":2,"msg":3}}',
    );
  });

  test("leave keys out, add attributes and constants", () => {
    const text = line(
      { preset: "pino", omit: ["pid", "hostname", "time"], attributes: ["lineno", "taskName"], fields: { env: "prod", tags: ["a"] } },
      record({ lineno: 7, fields: { a: 1 } }),
    );
    expect(text).toBe('{"level":30,"name":"app.db","lineno":7,"env":"prod","tags":["a"],"a":1,"msg":"connected"}');
  });

  test("put the fields under a key of their own, where no name clashes", () => {
    expect(line({ fieldsKey: "data", omit: ["time"] }, record({ fields: { level: 1, a: 2 } }))).toBe(
      '{"level":"INFO","name":"app.db","message":"connected","data":{"level":1,"a":2}}',
    );
  });

  test.each([
    [{ time: "iso", timeZone: "Europe/Berlin" }, '"2023-11-14T23:13:20.250+01:00"'],
    [{ time: "iso", timeZone: "America/St_Johns" }, '"2023-11-14T18:43:20.250-03:30"'],
    [{ time: "epoch-ms" }, "1700000000250"],
    [{ time: "epoch-s" }, "1700000000.25"],
    [{ time: "nanoseconds" }, '"1700000000250000000"'],
  ] as const)("write the time as %o asks", (options, expected) => {
    expect(line(options, record())).toContain(`"time":${expected},`);
  });

  test("keep the milliseconds that the clock had", () => {
    const formatter = new JsonFormatter({ time: "epoch-ms" });
    for (let i = 0; i < 2_000; i++) {
      const ms = 1_700_000_000_000 + i * 37_717;
      expect(JSON.parse(formatter.format(record({ created: ms / 1000 }))).time).toBe(ms);
    }
  });

  test("serialize fields and the error by their own functions, one that throws shows why", () => {
    const serializers = {
      req: (req: unknown) => ({ url: (req as { url: string }).url }),
      error: (error: unknown) => (error as Error).message,
      gone: () => undefined,
      bad: () => {
        throw new Error("no");
      },
    };
    const r = new LogRecord({
      name: "n",
      levelno: 20,
      msg: "m",
      error: new Error("e"),
      fields: { req: { url: "/", secret: 1 }, gone: 1, bad: 1 },
    });
    expect(data({ serializers }, r)).toMatchObject({ req: { url: "/" }, bad: "[Throws: no]", error: "e" });
    expect(line({ serializers }, r)).not.toMatch(/secret|gone/);
  });

  test("lose no value to a name that another key has", () => {
    const built = data({ preset: "otel", rename: { body: "attributes", severityText: "level" } }, record({ fields: { a: 1 } }));
    expect(built).toMatchObject({
      body: { stringValue: "connected" },
      level: "INFO",
      attributes: [{ key: "otel.scope.name" }, { key: "a" }],
    });
    expect(data({ fieldsKey: "data", rename: { user: "message" } }, record({ fields: { user: "anna" } }))).toMatchObject({
      message: "connected",
      data: { message: "anna" },
    });
  });

  test.each<[unknown, RegExp]>([
    [{ preset: "pinot" }, /preset is pinot; give one of cordwood, pino/],
    [{ levels: 1 }, /there is no option "levels"; known are preset/],
    [{ time: "ms" }, /time is ms; give one of iso/],
    [{ timeZone: "Mars/Olympus" }, /timeZone is Mars\/Olympus/],
    [{ omit: ["msg"] }, /omit is msg; give keys of the preset \(time, level, name, message/],
    [{ rename: { message: "level" } }, /two keys would be called "level"/],
    [{ rename: { user: "message" } }, /two keys would be called "message"/],
    [{ rename: { user: "who", customer: "who" } }, /two keys would be called "who"/],
    [{ rename: { user: "extra" } }, /two keys would be called "extra"/],
    [{ rename: { user: "who", customer: "who" }, fieldsKey: "data" }, /two keys would be called "who"/],
    [{ maxDepth: 0 }, /maxDepth is 0; give a whole number from 1 to 32/],
    [{ serializers: { a: 1 } }, /serializers\.a is 1; give a function/],
    [{ preset: "ecs", time: "nanoseconds" }, /time is nanoseconds; give what readers of "ecs" understand: iso, epoch-ms/],
    [{ preset: "gcp", time: "epoch-ms" }, /time is epoch-ms; give what readers of "gcp" understand: iso$/],
    [{ preset: "otel", fieldsKey: "x" }, /fieldsKey has no meaning with the preset "otel"/],
  ])("refuse %o", (options, message) => {
    expect(() => new JsonFormatter(options as JsonFormatterOptions)).toThrow(message);
  });
});

describe("a formatter", () => {
  test("that is at work when a getter logs writes both records whole", () => {
    const lines: string[] = [];
    const logger = getLogger("outer");
    logger.setLevel("INFO");
    logger.addHandler(new StreamHandler({ write: (text: string) => lines.push(text) } as never, { formatter: new JsonFormatter() }));
    logger.info("first", {
      before: 1,
      get logs() {
        logger.info("second", { inside: true });
        return 2;
      },
      after: 3,
    });
    expect(lines.map((text) => JSON.parse(text))).toMatchObject([
      { message: "first", before: 1, logs: 2, after: 3 },
      { message: "second", inside: true },
    ]);
    const formatter = new JsonFormatter();
    const nested = {
      get inner() {
        return formatter.format(called({ a: { b: [1, "x"] } }));
      },
      z: 1,
    };
    const written = JSON.parse(formatter.format(called(nested)));
    expect(JSON.parse(written.inner)).toMatchObject({ a: { b: [1, "x"] } });
    expect(written.z).toBe(1);
  });

  test("writes the context of a request across awaits", async () => {
    const lines: string[] = [];
    const logger = getLogger("ctx");
    logger.setLevel("INFO");
    logger.addHandler(
      new StreamHandler({ write: (text: string) => lines.push(text) } as never, { formatter: new JsonFormatter({ omit: ["time"] }) }),
    );
    await withContext({ requestId: "r1" }, async () => {
      await null;
      logger.with({ user: "u" }).info("hi", { n: 1 });
    });
    expect(lines).toEqual(['{"level":"INFO","name":"ctx","message":"hi","requestId":"r1","user":"u","n":1}\n']);
  });

  for (const preset of PRESETS) {
    const cases = formatterConformance({ create: () => new JsonFormatter({ preset }), singleLine: true, parse: JSON.parse });
    for (const c of cases) test(`conformance of ${preset}: ${c.name}`, c.run);
  }
});
