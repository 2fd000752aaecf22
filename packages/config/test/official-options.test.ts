import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configSchema } from "@cordwood/config";
import ts from "typescript";
import { expect, test } from "vitest";

const packages = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  core: ["StreamHandler"],
  formatters: ["Formatter", "JsonFormatter", "LogfmtFormatter", "PrettyFormatter", "CsvFormatter", "RedactFilter"],
  "handlers-file": ["FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler"],
  "handlers-net": ["SocketHandler", "DatagramHandler", "SysLogHandler", "HttpHandler", "SmtpHandler"],
  "handlers-queue": ["BufferingHandler", "MemoryHandler", "QueueHandler"],
  filters: ["FingersCrossedHandler", "RepeatHandler", "RateLimitFilter", "SamplingFilter", "RepeatFilter"],
};

/** Options that a document cannot have: a clock, chance and a file system are functions that tests replace. */
const NOT_IN_DOCUMENTS = ["clock", "now", "random", "fileSystem", "name"];

interface Entry {
  readonly anyOf: readonly [
    { readonly not: { readonly anyOf?: readonly { readonly properties: { readonly class?: { readonly enum: readonly string[] } } }[] } },
    { readonly properties: object },
  ];
}

/** The keys that the schema, and so the loader, takes for a class. */
const keysOf = (name: string): readonly string[] => {
  const { handler, formatter, filter } = configSchema["$defs"] as Record<string, { readonly allOf: readonly Entry[] }>;
  const entry = [...(handler?.allOf ?? []), ...(formatter?.allOf ?? []), ...(filter?.allOf ?? [])].find(({ anyOf: [condition] }) =>
    condition.not.anyOf?.some(({ properties }) => properties?.class?.enum.includes(name)),
  );
  return Object.keys(entry?.anyOf[1].properties ?? {});
};

test("documents take every option that the classes have", () => {
  const entries = Object.keys(OWNERS).map((owner) => join(packages, owner, "dist", "index.d.ts"));
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const missing: string[] = [];
  for (const [index, [, names]] of Object.entries(OWNERS).entries()) {
    const source = program.getSourceFile(entries[index] as string) as ts.SourceFile;
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol);
    for (const name of names) {
      const symbol = exported.find((one) => one.name === `${name}Options`) as ts.Symbol;
      const type = checker.getDeclaredTypeOfSymbol(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
      expect(type.getProperties().length, name).toBeGreaterThan(1);
      const known = keysOf(name);
      for (const { name: option } of type.getProperties())
        if (!known.includes(option) && !NOT_IN_DOCUMENTS.includes(option)) missing.push(`${name}.${option}`);
    }
  }
  expect(missing).toEqual([]);
});
