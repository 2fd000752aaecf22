import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configSchema } from "@cordwood/config";
import { Ajv2020 } from "ajv/dist/2020.js";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const packages = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  core: ["StreamHandler"],
  formatters: ["Formatter", "JsonFormatter", "LogfmtFormatter", "PrettyFormatter", "CsvFormatter", "RedactFilter"],
  "handlers-file": ["FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler"],
  "handlers-net": ["SocketHandler", "DatagramHandler", "SysLogHandler", "HttpHandler", "SmtpHandler"],
  "handlers-queue": ["BufferingHandler", "MemoryHandler", "QueueHandler", "LogQueue", "QueueListener"],
  filters: ["FingersCrossedHandler", "RepeatHandler", "RateLimitFilter", "SamplingFilter", "RepeatFilter"],
};

/** Options that a document cannot have: a clock, chance and a file system are functions that tests replace; a handler's name is its key. */
const NOT_IN_DOCUMENTS = ["clock", "now", "random", "fileSystem", "name"];
/** What only the receiver of a connection asks for; the handlers refuse it. */
const NOT_FOR_HANDLERS = ["tls.requestCert"];
/** Keys of the entry itself. */
const OF_THE_ENTRY = ["class", "()", ".", "level", "formatter", "filters"];

type Schema = Readonly<Record<string, unknown>>;

const definitions = configSchema["$defs"] as Readonly<Record<string, Schema>>;
const ajv = new Ajv2020({ strict: false });

/** The schema with what it stands for filled in, all its branches side by side; references of documents are left out. */
const branches = (schema: unknown): readonly Schema[] => {
  if (typeof schema !== "object" || schema === null) return [];
  const { anyOf, $ref } = schema as { readonly anyOf?: readonly unknown[]; readonly $ref?: string };
  if ($ref === "#/$defs/reference") return [];
  if ($ref !== undefined) return branches(definitions[$ref.replace("#/$defs/", "")]);
  return anyOf === undefined ? [schema as Schema] : anyOf.flatMap(branches);
};

const membersOf = (schema: unknown): Readonly<Record<string, unknown>> | undefined =>
  branches(schema).find((branch) => branch["properties"] !== undefined)?.["properties"] as Record<string, unknown> | undefined;

const camelKeys = (members: object): readonly string[] => Object.keys(members).filter((key) => !key.includes("_"));

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

/** The members of the schema of every class, by its names. */
const schemaOf = (name: string): Readonly<Record<string, unknown>> => {
  const queueKeys = entryIn(definitions["handler"], "QueueHandler") ?? {};
  const places = [
    definitions["handler"],
    definitions["formatter"],
    definitions["filter"],
    ...[queueKeys["queue"], queueKeys["listener"]].flatMap(branches),
  ];
  const found = places.map((place) => entryIn(place, name)).find((entry) => entry !== undefined);
  expect(found, name).toBeDefined();
  return found as Readonly<Record<string, unknown>>;
};

const entryIn = (place: Schema | undefined, name: string): Readonly<Record<string, unknown>> | undefined =>
  ((place?.["allOf"] ?? []) as readonly Entry[]).find(({ anyOf: [condition] }) =>
    condition.not.anyOf?.some(({ properties }) => properties?.["()"]?.enum.includes(name)),
  )?.anyOf[1].properties;

const entries = [...Object.keys(OWNERS), "config"].map((owner) => join(packages, owner, "dist", "index.d.ts"));
const program = ts.createProgram(entries, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
});
const checker = program.getTypeChecker();

const exported = (owner: string, name: string): ts.Type => {
  const source = program.getSourceFile(join(packages, owner, "dist", "index.d.ts")) as ts.SourceFile;
  const symbol = checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol).find((one) => one.name === name);
  expect(symbol, name).toBeDefined();
  return checker.getDeclaredTypeOfSymbol(
    (symbol as ts.Symbol).flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol as ts.Symbol) : (symbol as ts.Symbol),
  );
};

const partsOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types.flatMap(partsOf) : [type]);

/** Whether the type is a table of options: an object with names of ours, and not a class of Node or the language. */
const isTable = (type: ts.Type): boolean =>
  type.getProperties().length > 0 &&
  (type.flags & ts.TypeFlags.Object) + (type.flags & ts.TypeFlags.Intersection) > 0 &&
  !checker.isArrayType(type) &&
  !checker.isTupleType(type) &&
  type.getCallSignatures().length + type.getConstructSignatures().length === 0 &&
  type.getStringIndexType() === undefined &&
  type.getProperties().every((property) => (property.declarations ?? []).every((at) => at.getSourceFile().fileName.startsWith(packages)));

const membersOfType = (types: readonly ts.Type[]): ReadonlyMap<string, readonly ts.Type[]> => {
  const members = new Map<string, ts.Type[]>();
  for (const type of types)
    for (const property of type.getProperties()) {
      if (property.name.includes("_")) continue;
      members.set(property.name, [...(members.get(property.name) ?? []), ...partsOf(checker.getTypeOfSymbol(property))]);
    }
  return members;
};

const itemsOf = (types: readonly ts.Type[]): readonly ts.Type[] =>
  types
    .filter((type) => checker.isArrayType(type))
    .flatMap((type) => partsOf(checker.getTypeArguments(type as ts.TypeReference)[0] as ts.Type));

/** Calls back with every table below an option, that of the type and that of the schema side by side. */
const walk = (
  types: readonly ts.Type[],
  schema: unknown,
  path: string,
  meet: (path: string, types: readonly ts.Type[], schema: Readonly<Record<string, unknown>>) => void,
): void => {
  const tables = types.filter(isTable);
  const members = membersOf(schema);
  if (tables.length > 0 || members !== undefined) {
    meet(path, tables, members ?? {});
    const known = membersOfType(tables);
    for (const [key, inner] of Object.entries(members ?? {})) walk(known.get(key) ?? [], inner, `${path}.${key}`, meet);
  }
  const items = branches(schema).find((branch) => branch["items"] !== undefined)?.["items"];
  const itemTypes = itemsOf(types);
  if (items !== undefined && itemTypes.length > 0) walk(itemTypes, items, `${path}[]`, meet);
};

/** The texts that a type is limited to; `undefined` when it takes any, or none. */
const textsOfType = (types: readonly ts.Type[]): string | undefined => {
  if (types.some((type) => type.flags & ts.TypeFlags.String || type.flags & ts.TypeFlags.Unknown)) return undefined;
  const texts = types.flatMap((type) => (type.isStringLiteral() ? [type.value] : []));
  return texts.length === 0 ? undefined : texts.sort().join(", ");
};

/** The texts that a schema is limited to. What `ext://` stands for is no text of its own. */
const textsOfSchema = (schema: unknown): string | undefined => {
  const all = branches(schema);
  if (all.some((branch) => [branch["type"]].flat().includes("string") || Object.keys(branch).length === 0)) return undefined;
  const texts = all.flatMap((branch) => [...((branch["enum"] ?? []) as unknown[]), branch["const"]]);
  const own = texts.filter((text): text is string => typeof text === "string" && !text.startsWith("ext://"));
  return own.length === 0 ? undefined : own.sort().join(", ");
};

const ALL = Object.entries(OWNERS).flatMap(([owner, names]) => names.map((name) => [name, owner] as const));

describe("what documents take is what the classes have", () => {
  test.each(ALL)("%s", (name, owner) => {
    const type = exported(owner, `${name}Options`);
    const schema = schemaOf(name);
    const ofRecord = ["LogQueue", "QueueListener"].includes(name) ? NOT_IN_DOCUMENTS.filter((key) => key !== "name") : NOT_IN_DOCUMENTS;
    const options = type.getProperties().map((property) => property.name);
    expect(options.length).toBeGreaterThan(1);
    expect(options.filter((option) => !Object.hasOwn(schema, option) && !ofRecord.includes(option))).toEqual([]);

    const differences: string[] = [];
    let tables = 0;
    const compareTexts = (path: string, types: readonly ts.Type[], inner: unknown): void => {
      const [has, takes] = [textsOfType(types), textsOfSchema(inner)];
      if (has !== takes && has !== undefined && takes !== undefined)
        differences.push(`${name}.${path}: the class takes ${has}; documents ${takes}`);
    };
    for (const property of type.getProperties()) {
      if (!OF_THE_ENTRY.includes(property.name))
        compareTexts(property.name, partsOf(checker.getTypeOfSymbol(property)), schema[property.name]);
      walk(partsOf(checker.getTypeOfSymbol(property)), schema[property.name], property.name, (path, types, members) => {
        if (OF_THE_ENTRY.includes(path.split("[")[0] as string) || path === "target" || ofRecord.includes(path)) return;
        tables++;
        const has = [...membersOfType(types).keys()].filter((key) => !NOT_FOR_HANDLERS.includes(`${path}.${key}`)).sort();
        const takes = [...camelKeys(members)].sort();
        // A document may give an address as an object too, and logfmt's names are few though its type takes any.
        if (path === "address" || (name === "LogfmtFormatter" && path === "rename")) return;
        for (const [key, parts] of membersOfType(types)) compareTexts(`${path}.${key}`, parts, members[key]);
        if (has.join() !== takes.join())
          differences.push(`${name}.${path}: the class has ${has.join(", ")}; documents take ${takes.join(", ")}`);
      });
    }
    expect(differences).toEqual([]);
    if (name === "SocketHandler") expect(tables, "tls and spool").toBe(2);
    if (name === "LogQueue") expect(tables, "whenFull and its block").toBe(2);
    if (name === "CsvFormatter") expect(tables, "columns").toBe(1);
  });
});

/** The part of the union of documents that is for a class. */
const documentOf = (name: string): ts.Type => {
  if (name === "LogQueue" || name === "QueueListener") {
    const key = name === "LogQueue" ? "queue" : "listener";
    const parts = partsOf(checker.getTypeOfSymbol(documentOf("QueueHandler").getProperty(key) as ts.Symbol));
    return parts.find((type) => namesIn(type, "()").includes(name)) as ts.Type;
  }
  const unions = ["HandlerDocument", "FormatterDocument", "FilterDocument"].map((union) => exported("config", union));
  return unions.flatMap(partsOf).find((type) => namesIn(type, "class").includes(name)) as ts.Type;
};

const namesIn = (type: ts.Type, key: string): readonly string[] => {
  const property = type.getProperty(key);
  return property === undefined
    ? []
    : partsOf(checker.getTypeOfSymbol(property)).flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
};

/** Values that a type and a schema are both asked about. Texts are left out: what a text may be like a type cannot say. */
const SAMPLES: readonly (readonly [unknown, ts.Type])[] = [
  [null, checker.getNullType()],
  [true, checker.getTrueType()],
  [false, checker.getFalseType()],
];

/** Levels: a document may also have names that the program has added, which a type cannot know. */
const LEVELS = "CRITICAL, DEBUG, ERROR, FATAL, INFO, NOTSET, TRACE, WARN, WARNING";

/** One of these is within every range, and none is a flag or a code. */
const NUMBERS = [3, 20, 64, 5_000, 0.5];

describe("the types of documents are what the schema says", () => {
  test.each([...ALL.map(([name]) => name), "ConsoleHandler", "NullHandler", "Filter"])("%s", (name) => {
    const type = documentOf(name);
    const schema = schemaOf(name);
    expect(type, name).toBeDefined();
    const differences: string[] = [];
    const compare = (path: string, types: readonly ts.Type[], members: Readonly<Record<string, unknown>>): void => {
      const known = membersOfType(types);
      const has = [...known.keys()].sort();
      const takes = [...camelKeys(members)].sort();
      if (has.join() !== takes.join()) differences.push(`${path}: the type has ${has.join(", ")}; the schema ${takes.join(", ")}`);
      for (const [key, parts] of known) {
        // Whatever stands there counts: the loader does not look into these.
        if (["class", "()", "."].includes(key) || parts.some((part) => part.flags & ts.TypeFlags.Unknown)) continue;
        const valid = ajv.compile({ ...(members[key] as object), $defs: definitions } as object);
        const [has, takes] = [textsOfType(parts), textsOfSchema(members[key])];
        if (has !== takes && has !== LEVELS && !["queue", "listener"].includes(key))
          differences.push(`${path}.${key}: the type takes the texts ${has ?? "any"}; the schema ${takes ?? "any"}`);
        const takesNumbers = parts.some((part) => checker.isTypeAssignableTo(checker.getNumberType(), part));
        if (takesNumbers !== NUMBERS.some((sample) => valid(sample)))
          differences.push(`${path}.${key}: numbers are ${takesNumbers ? "" : "not "}of the type, the schema differs`);
        for (const [sample, sampleType] of SAMPLES) {
          const takesIt = parts.some((part) => checker.isTypeAssignableTo(sampleType, part));
          if (takesIt !== valid(sample))
            differences.push(`${path}.${key}: ${String(sample)} is ${takesIt ? "" : "not "}of the type, the schema differs`);
        }
      }
    };
    compare(name, [type], schema);
    for (const property of type.getProperties()) {
      if (property.name.includes("_") || OF_THE_ENTRY.includes(property.name) || ["stream", "queue", "listener"].includes(property.name))
        continue;
      walk(partsOf(checker.getTypeOfSymbol(property)), schema[property.name], property.name, compare);
    }
    expect(differences).toEqual([]);
    // Every name of the class is one that the type knows too, and the other way about.
    if (name !== "LogQueue" && name !== "QueueListener") {
      const place = [definitions["handler"], definitions["formatter"], definitions["filter"]].find(
        (one) => entryIn(one, name) !== undefined,
      );
      const entry = ((place?.["allOf"] ?? []) as readonly Entry[]).find(({ anyOf: [condition] }) =>
        condition.not.anyOf?.some(({ properties }) => properties?.["()"]?.enum.includes(name)),
      );
      const inSchema = entry?.anyOf[0].not.anyOf?.find(({ properties }) => properties?.["()"])?.properties?.["()"]?.enum ?? [];
      expect([...namesIn(type, "class")].sort()).toEqual([...inSchema].sort());
    }
  });
});
