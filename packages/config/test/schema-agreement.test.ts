import { type ConfigError, configSchema, dictConfigSync, type LoggingConfig } from "@cordwood/config";
import { resetLogging } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, expect, test } from "vitest";

const validate = new Ajv2020({ strict: false }).compile(configSchema);
const definitions = configSchema["$defs"] as Readonly<Record<string, { readonly allOf: readonly Entry[] }>>;
const here = process.cwd();
let scratch: ReturnType<typeof temporaryFolder>;

interface Entry {
  readonly anyOf: readonly [
    {
      readonly not: {
        readonly anyOf?: readonly { readonly properties?: Readonly<Record<string, { readonly enum: readonly string[] }>> }[];
      };
    },
    { readonly properties: Readonly<Record<string, unknown>> },
  ];
}

beforeEach(() => {
  resetLogging();
  scratch = temporaryFolder();
  process.chdir(scratch.path);
});
afterEach(() => {
  process.chdir(here);
  resetLogging();
  scratch.remove();
});

const FILE = { filename: "x.log", delay: true };
const PEER = { host: "127.0.0.1", port: 9 };

/** What each class needs, and what makes its other options mean something. */
const CLASSES: readonly (readonly [section: "handler" | "formatter" | "filter", name: string, base: object])[] = [
  ["handler", "StreamHandler", {}],
  ["handler", "FileHandler", FILE],
  ["handler", "WatchedFileHandler", FILE],
  ["handler", "RotatingFileHandler", FILE],
  ["handler", "TimedRotatingFileHandler", { ...FILE, when: "midnight" }],
  ["handler", "SocketHandler", { ...PEER, delivery: "acknowledged" }],
  ["handler", "DatagramHandler", PEER],
  ["handler", "SysLogHandler", { protocol: "rfc5424" }],
  ["handler", "HttpHandler", { host: "127.0.0.1:9", url: "/", format: "json", secure: true }],
  ["handler", "SmtpHandler", { mailhost: "127.0.0.1", fromaddr: "a@example.org", toaddrs: "b@example.org", subject: "s", secure: true }],
  ["handler", "BufferingHandler", { capacity: 5 }],
  ["handler", "MemoryHandler", { capacity: 5 }],
  ["handler", "QueueHandler", {}],
  ["handler", "FingersCrossedHandler", { target: "t" }],
  ["handler", "RepeatHandler", { target: "t" }],
  ["formatter", "Formatter", {}],
  ["formatter", "JsonFormatter", {}],
  ["formatter", "LogfmtFormatter", {}],
  ["formatter", "PrettyFormatter", {}],
  ["formatter", "CsvFormatter", {}],
  ["filter", "Filter", {}],
  ["filter", "RedactFilter", { keys: ["a"], paths: ["a"] }],
  ["filter", "RateLimitFilter", { limit: 1 }],
  ["filter", "SamplingFilter", { rate: 1 }],
  ["filter", "RepeatFilter", {}],
];

const SAMPLES: readonly unknown[] = [
  ...[null, true, false, 0, 1, 2, 24, 64, 1.5, -1, 65_508, 2 ** 31 - 1, 2 ** 31, 2 ** 43, [], [1], {}, { a: 1 }],
  ...["", "zzz", "a\0b", "a\nb"],
];

/** What only the runtime, the rest of the document or the rest of the entry can tell; the loader says it, the schema is silent. */
const BEYOND_A_SCHEMA =
  /timeZone|encoding: expected|names no field|name of a (?:handler|queue|listener)|leave (?:it|delivery) out|given without|give keys of the preset|ends within 3 000 years|cannot drop|form takes|give "POST"|give "GET"/;

test.each(CLASSES)("the schema takes a value of a %s's option where the loader does: %s", (section, name, base) => {
  const named = (entry: Entry): boolean =>
    entry.anyOf[0].not.anyOf?.some(({ properties }) => properties?.["()"]?.enum.includes(name)) === true;
  const properties = definitions[section]?.allOf.find(named)?.anyOf[1].properties ?? {};
  const options = Object.keys(properties).filter((key) => !/_|^class$|^\(\)$|^\.$|^formatter$|^filters$|^level$|^handlers$/.test(key));
  const differences: string[] = [];
  let asked = 0;
  for (const option of options) {
    for (const value of SAMPLES) {
      asked++;
      const entry = { class: name, ...base, [option]: value };
      const others = { t: { class: "NullHandler" }, ...(section === "handler" ? { x: entry } : {}) };
      const document = { version: 1, handlers: others, ...(section === "handler" ? {} : { [`${section}s`]: { x: entry } }) };
      const told = refusal(document);
      if (validate(document) === (told === undefined) || (validate(document) && BEYOND_A_SCHEMA.test(told ?? ""))) continue;
      differences.push(
        `${option} ${JSON.stringify(value)}: the schema ${told === undefined ? "refuses" : "takes"} it, the loader says ${told ?? "nothing"}`,
      );
    }
  }
  expect(asked).toBeGreaterThan(SAMPLES.length - 1);
  expect(differences).toEqual([]);
});

const refusal = (document: object): string | undefined => {
  resetLogging();
  try {
    dictConfigSync(document as LoggingConfig);
    return undefined;
  } catch (error) {
    return (error as ConfigError).message;
  }
};
