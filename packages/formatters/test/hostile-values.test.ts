import { attempt, LogRecord, makeLogRecord } from "@cordwood/core";
import {
  CsvFormatter,
  JsonFormatter,
  type JsonPreset,
  LogfmtFormatter,
  PrettyFormatter,
  parseLogfmt,
  RedactFilter,
  SECRET_KEYS,
  SECRET_PATTERNS,
} from "@cordwood/formatters";
import { describe, expect, test } from "vitest";
import { isWellFormed } from "./structured.js";
import { hostileValues } from "./values.js";

const PRESETS: readonly JsonPreset[] = ["cordwood", "pino", "bunyan", "ecs", "gcp", "otel", "python"];
const redact = new RedactFilter({ keys: SECRET_KEYS, patterns: SECRET_PATTERNS, paths: ["**.never", "a.*.b"] });
const oneLine = (text: string): void => expect(text).not.toMatch(/[\n\r\v\f\u0085\u2028\u2029]/);
const validUtf8 = (text: string): void => expect(isWellFormed(text)).toBe(true);

const FORMATTERS = {
  ...Object.fromEntries(
    PRESETS.map((preset) => [
      `JsonFormatter ${preset}`,
      { formatter: new JsonFormatter({ preset }), parse: (text: string): unknown => JSON.parse(text) },
    ]),
  ),
  LogfmtFormatter: { formatter: new LogfmtFormatter(), parse: parseLogfmt },
  CsvFormatter: { formatter: new CsvFormatter(), parse: (text: string): unknown => text },
} as Readonly<Record<string, { formatter: { format(record: LogRecord): string }; parse: (text: string) => unknown }>>;

const PLACES: Readonly<Record<string, (value: unknown) => LogRecord>> = {
  "as a field": (value) => new LogRecord({ name: "n", levelno: 20, msg: "hostile", fields: { before: "kept", value, after: "kept" } }),
  "as a bound field": (value) => new LogRecord({ name: "n", levelno: 20, msg: "hostile", bound: { value }, fields: { after: "kept" } }),
  "inside fields": (value) => new LogRecord({ name: "n", levelno: 20, msg: "hostile", fields: { list: [{ value }], after: "kept" } }),
  "as the error": (value) => new LogRecord({ name: "n", levelno: 40, msg: "hostile", error: value, fields: { after: "kept" } }),
  "as an argument": (value) => new LogRecord({ name: "n", levelno: 20, msg: "hostile %s", args: [value], fields: { after: "kept" } }),
  "as the message": (value) => new LogRecord({ name: "n", levelno: 20, msg: value, fields: { after: "kept" } }),
};

describe.each(Object.keys(FORMATTERS))("%s", (name) => {
  const { formatter, parse } = FORMATTERS[name]!;
  test.each(Object.keys(PLACES))(
    "gives one valid line for every hostile value %s, redacted or not, and keeps the other fields",
    (place) => {
      const names = Object.keys(hostileValues());
      expect(names.length).toBeGreaterThanOrEqual(60);
      for (const which of names) {
        for (const redacted of [false, true]) {
          const made = PLACES[place]!(hostileValues()[which]);
          const text = formatter.format(redacted ? redact.filter(made) : made);
          try {
            oneLine(text);
            validUtf8(text);
            parse(text);
            expect(text.includes("kept")).toBe(true);
          } catch (error) {
            throw new Error(`${which} ${place}: ${text.slice(0, 500)}`, { cause: error });
          }
        }
      }
    },
  );
});

describe("PrettyFormatter", () => {
  test.each(Object.keys(PLACES))("shows every hostile value %s without throwing and without a control character", (place) => {
    const formatter = new PrettyFormatter({ color: false });
    for (const which of Object.keys(hostileValues())) {
      for (const redacted of [false, true]) {
        const made = PLACES[place]!(hostileValues()[which]);
        const text = formatter.format(redacted ? redact.filter(made) : made);
        if (/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]/.test(text) || !text.includes("kept"))
          throw new Error(`${which} ${place}: ${JSON.stringify(text.slice(0, 500))}`);
      }
    }
  });
});

describe("records from elsewhere", () => {
  const attributes = [
    "name",
    "levelno",
    "levelname",
    "created",
    "msg",
    "args",
    "excText",
    "stackInfo",
    "fields",
    "bound",
    "context",
    "process",
    "error",
    "pathname",
    "threadName",
  ];
  test.each([...Object.keys(FORMATTERS), "PrettyFormatter"])("whose attributes are hostile are written by %s, redacted or not", (name) => {
    const { formatter, parse } = FORMATTERS[name] ?? {
      formatter: new PrettyFormatter({ color: false }),
      parse: (text: string): unknown => text,
    };
    for (const which of Object.keys(hostileValues())) {
      for (const attribute of attributes) {
        const given = { name: "n", levelno: 20, levelname: "INFO", msg: "m", kept: "kept" };
        // A record that core cannot make reaches no formatter.
        const made = attempt(() => makeLogRecord({ ...given, [attribute]: hostileValues()[which] }), undefined);
        if (made === undefined) continue;
        try {
          for (const r of [made, redact.filter(made)]) {
            const text = formatter.format(r);
            if (typeof text !== "string") throw new Error(`gave ${typeof text}`);
            parse(text);
            if (name !== "PrettyFormatter") oneLine(text);
          }
        } catch (error) {
          throw new Error(`${attribute}: ${which}`, { cause: error });
        }
      }
    }
  });

  test("keep their other fields when a trace or an error's code is hostile", () => {
    const bad = {
      toString() {
        throw new Error("toString");
      },
      valueOf() {
        throw new Error("valueOf");
      },
    };
    for (const preset of PRESETS) {
      const text = new JsonFormatter({ preset }).format(
        new LogRecord({
          name: "n",
          levelno: 20,
          msg: "m",
          error: Object.assign(new Error("e"), { code: bad }),
          fields: { trace_id: bad, trace_flags: Symbol("f"), httpRequest: { latencyMs: bad }, kept: "kept" },
        }),
      );
      expect(JSON.stringify(JSON.parse(text))).toContain("kept");
    }
  });
});

describe("values of monstrous size", () => {
  // Made flat: joining the parts of a rope is the engine's work and costs what it costs.
  const flat = (text: string): string => Buffer.from(text).toString("latin1");
  const monsters: Readonly<Record<string, () => unknown>> = {
    "100 MB of text": () => flat("x".repeat(100_000_000)),
    "100 MB of control characters": () => flat("\x01".repeat(100_000_000)),
    "a list of ten million": () => new Array(10_000_000).fill(7),
    "a hundred thousand keys": () => Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i])),
    "a depth of a million": () => {
      let deep: unknown = 1;
      for (let i = 0; i < 1_000_000; i++) deep = { deep };
      return deep;
    },
    "a thousand texts of 64 KiB": () => Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, "é".repeat(65_536)])),
    "a web of shared objects": () => {
      let web: unknown = { end: "é" };
      for (let i = 0; i < 60; i++) web = { left: web, right: web };
      return web;
    },
  };
  test.each(Object.keys(monsters))("%s are cut to 256 KiB and marked", (name) => {
    const value = monsters[name]!();
    for (const formatter of [new JsonFormatter(), new JsonFormatter({ preset: "otel" }), new LogfmtFormatter()]) {
      const begin = performance.now();
      const text = formatter.format(
        new LogRecord({ name: "n", levelno: 20, msg: "m", fields: { value, after: 1 }, error: new Error("e") }),
      );
      const took = performance.now() - begin;
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(262_144);
      expect(text).toMatch(/cut|more|deeper/);
      if (formatter instanceof JsonFormatter) JSON.parse(text);
      // A bound wide enough for a busy machine; the time is some ten milliseconds.
      expect(took).toBeLessThan(3_000);
    }
  });

  test("says how much there was", () => {
    const text = new JsonFormatter().format(
      new LogRecord({
        name: "n",
        levelno: 20,
        msg: "m",
        fields: { text: "x".repeat(70_000), list: new Array(5_000).fill(1), deep: { a: { b: 1 } } },
      }),
    );
    expect(text).toContain("…[cut: 70000 characters]");
    expect(text).toContain("… 4000 more items");
    expect(
      new JsonFormatter({ maxKeys: 2 }).format(new LogRecord({ name: "n", levelno: 20, msg: "m", fields: { a: 1, b: 2, c: 3, d: 4 } })),
    ).toContain('"a":1,"b":2,"…":"2 more keys"}');
    expect(
      new JsonFormatter({ maxDepth: 1 }).format(new LogRecord({ name: "n", levelno: 20, msg: "m", fields: { a: { b: { c: 1 } } } })),
    ).toContain('"a":{"b":"[Object: deeper than 1]"}');
  });
});
