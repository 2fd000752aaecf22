import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configSchema, type LoggingConfig } from "@cordwood/config";
import { loadVectors } from "@cordwood/test-kit";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";

const validate = new Ajv2020({ strict: false }).compile(configSchema);

// Each document is written twice over: the compiler looks at the type, the test asks the schema. What the compiler must refuse says so.
const good: readonly LoggingConfig[] = [
  { version: 1 },
  { version: 1, $schema: "./node_modules/@cordwood/config/dist/schema.json", root: { level: "INFO", handlers: [] } },
  { version: 1, handlers: { h: { class: "logging.handlers.RotatingFileHandler", filename: "a.log", maxBytes: 10, backup_count: 3 } } },
  {
    version: 1,
    handlers: { h: { class: "RotatingFileHandler", filename: "cfg://x-names[0]", max_bytes: "cfg://x-size" } },
    "x-names": ["a.log"],
    "x-size": 5,
  },
  { version: 1, handlers: { h: { "()": "logging.StreamHandler", stream: "ext://sys.stdout", ".": { terminator: "|" } } } },
  { version: 1, handlers: { h: { class: "SysLogHandler", address: ["localhost", 514], append_nul: false } } },
  {
    version: 1,
    formatters: { f: { format: "%(message)s", style: "%" }, j: { class: "JsonFormatter", preset: "pino" } },
    filters: { f: { name: "a" }, r: { "()": "RedactFilter", keys: ["password"] } },
  },
  { version: 1, incremental: true, handlers: { h: { level: "ERROR" } }, loggers: { a: { level: 15, propagate: false } } },
];

const bad: readonly unknown[] = [
  // @ts-expect-error the version is 1
  { version: 2 } satisfies LoggingConfig,
  // @ts-expect-error a level that is none
  { version: 1, root: { level: "info" } } satisfies LoggingConfig,
  // @ts-expect-error an option that the class has not
  { version: 1, handlers: { h: { class: "logging.StreamHandler", bogus: 1 } } } satisfies LoggingConfig,
  // @ts-expect-error a file has a name
  { version: 1, handlers: { h: { class: "FileHandler" } } } satisfies LoggingConfig,
  // @ts-expect-error bytes are a number
  { version: 1, handlers: { h: { class: "RotatingFileHandler", filename: "x", maxBytes: "10MB" } } } satisfies LoggingConfig,
  // @ts-expect-error an option that the formatter has not
  { version: 1, formatters: { f: { class: "JsonFormatter", presets: "pino" } } } satisfies LoggingConfig,
  // @ts-expect-error an option that Python's formatter has not
  { version: 1, formatters: { f: { class: "logging.Formatter", format: "%(message)s", bogus: 1 } } } satisfies LoggingConfig,
  // @ts-expect-error an option that the filter has not
  { version: 1, filters: { f: { class: "RedactFilter", keys: ["a"], bogus: 1 } } } satisfies LoggingConfig,
  // @ts-expect-error a key that is none, inside an option
  { version: 1, filters: { f: { class: "RedactFilter", keys: ["a"], mode: { hmca: "x" } } } } satisfies LoggingConfig,
  // @ts-expect-error a key that is none, inside an option
  { version: 1, handlers: { h: { class: "FileHandler", filename: "x", buffering: { intervals: 5 } } } } satisfies LoggingConfig,
  // @ts-expect-error a key that is none, inside a queue
  { version: 1, handlers: { h: { class: "QueueHandler", queue: { "()": "LogQueue", bogus: 1 } } } } satisfies LoggingConfig,
  // @ts-expect-error a key that loggers have not
  { version: 1, loggers: { a: { levels: "INFO" } } } satisfies LoggingConfig,
  // @ts-expect-error a style that is none
  { version: 1, formatters: { f: { style: "!" } } } satisfies LoggingConfig,
  // @ts-expect-error an entry that names no class
  { version: 1, handlers: { h: {} } } satisfies LoggingConfig,
];

// A class of the program's own is known by its name once that is said.
void ({ version: 1, handlers: { h: { class: "app.Sink", any: 1 } } } satisfies LoggingConfig<"app.Sink">);

describe("the type and the schema agree", () => {
  test.each(good.map((document) => [JSON.stringify(document), document] as const))("%s is fine", (_text, document) => {
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  });
  test.each(bad.map((document) => [JSON.stringify(document), document] as const))("%s is not", (_text, document) => {
    expect(validate(document)).toBe(false);
  });
});

test("the schema takes every document of the vectors that the loader takes", () => {
  const cases = loadVectors("io", "dictconfig", import.meta.url) as unknown as readonly {
    id: string;
    input: { configs: object[] };
    expected?: unknown;
  }[];
  const taken = cases.filter(({ expected, input }) => expected !== undefined && !JSON.stringify(input).includes("unknown_"));
  const refused = taken.flatMap(({ id, input }) =>
    input.configs.filter((config) => !validate(config)).map(() => `${id}: ${JSON.stringify(validate.errors?.[0])}`),
  );
  expect(refused).toEqual([]);
});

test("the schema that is shipped is the one that is exported", () => {
  const shipped: unknown = JSON.parse(readFileSync(fileURLToPath(new URL("../dist/schema.json", import.meta.url)), "utf8"));
  expect(shipped).toEqual(JSON.parse(JSON.stringify(configSchema)));
});
