import { type JsonSchema, knownKeys, nullable, orReference } from "./json-schema.js";
import { namesOf, type OfficialClass, officialClasses } from "./official.js";

/** What a condition asks for, in the form that needs no key called "then", which would make a promise of an object. */
const implies = (condition: JsonSchema, consequence: JsonSchema): JsonSchema => ({ anyOf: [{ not: condition }, consequence] });

const FLAG = orReference({ enum: [true, false, 0, 1] });
const ATTRIBUTES = { type: ["object", "null"], description: "Attributes that are set after construction, as they stand." } as const;

/** The keys of a class. */
const optionSchemas = (official: OfficialClass): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(official.options).map(([key, { kind }]) => [key, orReference(kind.schema)]));

/** An entry that names one of a class's names by one of the keys. */
const named = (official: OfficialClass, keys: readonly string[]): JsonSchema => ({
  anyOf: keys.map((key) => ({ properties: { [key]: { enum: namesOf(official) } }, required: [key] })),
});

/** What an entry of a class may hold. */
const entryOf = (
  official: OfficialClass,
  common: Readonly<Record<string, JsonSchema | true>>,
  more: Record<string, JsonSchema> = {},
): JsonSchema => {
  const { properties, ...rules } = knownKeys({ ...optionSchemas(official), ...more }, official.required);
  return { properties: { ...common, ...(properties as object) }, ...rules };
};

/** What a class asks for when a document names it, by `class` or by `()`. */
const whenNamed = (official: OfficialClass, common: Record<string, JsonSchema>, more?: Record<string, JsonSchema>): JsonSchema =>
  implies(named(official, ["class", "()"]), entryOf(official, { class: true, "()": true, ...common }, more));

const HANDLER_LEVEL = nullable(orReference({ $ref: "#/$defs/level" }));

const HANDLER_COMMON: Record<string, JsonSchema> = {
  level: HANDLER_LEVEL,
  formatter: { type: ["string", "null"], description: "Name of a formatter of this document." },
  filters: nullable(orReference({ type: "array", items: { type: "string" } })),
  ".": ATTRIBUTES,
};

/** A queue or listener: by name, or with options. */
const partOf = (role: "queue" | "listener"): JsonSchema => ({
  anyOf: [
    { type: ["string", "null"] },
    {
      type: "object",
      required: ["()"],
      allOf: officialClasses(role).map((official) => implies(named(official, ["()"]), entryOf(official, { "()": true }))),
    },
  ],
});

const queueKeys = (): Record<string, JsonSchema> => ({
  queue: partOf("queue"),
  listener: partOf("listener"),
  handlers: nullable(orReference({ type: "array", items: { type: "string" } })),
  respectHandlerLevel: FLAG,
});

const handlers = (): JsonSchema[] =>
  officialClasses("handler").map((official) => whenNamed(official, HANDLER_COMMON, official.name === "QueueHandler" ? queueKeys() : {}));
const PART_COMMON: Record<string, JsonSchema> = { ".": ATTRIBUTES };
const formatters = (): JsonSchema[] => officialClasses("formatter").map((official) => whenNamed(official, PART_COMMON));
const filters = (): JsonSchema[] => officialClasses("filter").map((official) => whenNamed(official, PART_COMMON));
const unnamed = { not: { anyOf: [{ required: ["class"] }, { required: ["()"] }] } } as const;

const tableOf = (schema: JsonSchema): JsonSchema => ({ type: "object", additionalProperties: orReference(schema) });

const LOGGER: Record<string, JsonSchema> = {
  level: nullable(orReference({ $ref: "#/$defs/level" })),
  handlers: nullable(orReference({ type: "array", items: { type: "string" }, description: "Names of handlers of this document." })),
  filters: nullable(orReference({ type: "array", items: { type: "string" } })),
  propagate: nullable(FLAG),
};

/** What the parts of a document may be, by name. */
const definitions = (): Record<string, JsonSchema> => ({
  level: {
    anyOf: [
      { type: "integer" },
      { enum: ["CRITICAL", "FATAL", "ERROR", "WARNING", "WARN", "INFO", "DEBUG", "TRACE", "NOTSET"] },
      { type: "string", pattern: "^[A-Z][A-Z0-9_]*$" },
    ],
  },
  reference: {
    type: "string",
    pattern: "^(cfg|ext)://|\\$\\{[A-Z_]",
    description: "cfg://key.inner[0] looks into this document, ext://name among what the program hands in.",
  },
  handler: {
    type: "object",
    properties: HANDLER_COMMON,
    anyOf: [{ required: ["class"] }, { required: ["()"] }],
    allOf: handlers(),
  },
  formatter: {
    type: "object",
    properties: PART_COMMON,
    allOf: [...formatters(), implies(unnamed, entryOf(officialClasses("formatter")[0] as OfficialClass, PART_COMMON))],
  },
  filter: {
    type: "object",
    properties: PART_COMMON,
    allOf: [...filters(), implies(unnamed, { properties: { ...PART_COMMON, name: { type: "string" } }, additionalProperties: false })],
  },
  logger: {
    type: "object",
    properties: { ...LOGGER, qualname: { type: "string", description: "The logger's name once more." } },
    additionalProperties: false,
  },
});

/**
 * The JSON Schema (2020-12) of a document, also shipped as `@cordwood/config/schema.json`: put that into `$schema` and an editor completes and
 * checks it. Keys at the top that it does not know pass, as `cfg://` may refer to them; the loader looks whether one does.
 */
export const configSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Cordwood logging configuration",
  description: "Python's dictConfig schema, version 1, with the classes of Cordwood.",
  type: "object",
  required: ["version"],
  properties: {
    $schema: { type: "string" },
    version: { enum: [1, true] },
    extends: {
      anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
      description: "Files whose documents this one is laid over.",
    },
    incremental: { ...FLAG, description: "Changes levels and propagate of what exists, and nothing else." },
    disable_existing_loggers: { ...FLAG, description: "Whether loggers that exist and are not named are switched off. Default true." },
    disableExistingLoggers: FLAG,
    formatters: tableOf({ $ref: "#/$defs/formatter" }),
    filters: tableOf({ $ref: "#/$defs/filter" }),
    handlers: { type: "object" },
    loggers: tableOf({ $ref: "#/$defs/logger" }),
    root: nullable(orReference({ type: "object", properties: LOGGER, additionalProperties: false })),
  },
  // An incremental document changes levels alone, so its handlers need no class.
  anyOf: [
    { properties: { handlers: tableOf({ $ref: "#/$defs/handler" }) } },
    {
      properties: { incremental: { enum: [true, 1] }, handlers: tableOf({ type: "object", properties: { level: HANDLER_LEVEL } }) },
      required: ["incremental"],
    },
  ],
  // Made when somebody asks: only tools do, and every program would wait for it.
  get $defs(): JsonSchema {
    const value = definitions();
    Object.defineProperty(this, "$defs", { value, enumerable: true });
    return value;
  },
};
