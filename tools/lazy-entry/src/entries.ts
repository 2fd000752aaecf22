import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { announcement, type Package } from "./announcement.js";
import type { Parts } from "./parts.js";

type Kind = "class" | "function" | "object" | "value";

/** An export of the package, and how an entry writes it. */
interface Exported {
  readonly name: string;
  readonly part: string;
  readonly kind: Kind;
  readonly value: unknown;
}

/** What both entries are made of. */
interface Entry {
  readonly self: Package;
  readonly exported: readonly Exported[];
  /** The files of the parts, as an entry in `dist` calls them. */
  readonly paths: readonly string[];
  /** The packages that parts import. */
  readonly packages: readonly Package[];
  /** Whether a part asks where or of which kind its entry is. */
  readonly asked: boolean;
}

/** What an entry gives to its parts: other modules, and where and of which kind it is. */
interface Part {
  (name: string): Readonly<Record<string, unknown>>;
  url?: string;
  commonjs?: boolean;
}

/** Loads the parts that have just been built and looks at what they export. */
export const describeExports = (
  parts: Parts,
  paths: readonly string[],
  dist: string,
  packages: readonly Package[],
): readonly Exported[] => {
  const entry = join(dist, "index.cjs");
  const require = createRequire(entry);
  for (const path of paths) delete require.cache[require.resolve(path)];
  const loaded: Record<string, Readonly<Record<string, unknown>>> = {};
  const part: Part = (name) => (loaded[name] ??= packages.some((one) => one.name === name) ? require(name) : require(name)(part));
  part.url = pathToFileURL(entry).href;
  part.commonjs = true;
  return Object.entries(parts).flatMap(([from, names]) =>
    names.map((name) => {
      const path = `./parts/${from}.cjs`;
      const value = part(path)[name];
      return { name, part: path, kind: kindOf(value), value };
    }),
  );
};

/** Longer data is loaded with its part; shorter stands in the entry as it is. */
const MOST_DATA = 2_048;

const kindOf = (value: unknown): Kind => {
  if (typeof value === "function") return Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false ? "class" : "function";
  return typeof value === "object" && !Array.isArray(value) && JSON.stringify(value).length > MOST_DATA ? "object" : "value";
};

/** Data as it is written in a program. */
const dataOf = (value: unknown): string => {
  const text = JSON.stringify(value);
  return typeof value === "object" && Object.isFrozen(value) ? `/* @__PURE__ */ Object.freeze(${text})` : text;
};

const HEAD = "// What index exports, each loaded when it is first used.\n";

/** A helper's code as it stands in an entry. */
const helper = (name: string): string => {
  const source = readFileSync(new URL(`${name}.ts`, import.meta.url), "utf8");
  const { code } = transformSync(source, { loader: "ts", format: "esm", target: "es2022" });
  return code.replace(/^export \{[^}]*\};\n/m, "");
};

const WRITE: Readonly<Record<Kind, (one: Exported) => string>> = {
  class: ({ name, part }) => `export const ${name} = /* @__PURE__ */ lazyClass("${name}", () => part("${part}").${name});\n`,
  function: ({ name, part }) => `export function ${name}(...args) {\n  return part("${part}").${name}(...args);\n}\n`,
  object: ({ name, part, value }) =>
    `export const ${name} = /* @__PURE__ */ lazyObject(${JSON.stringify(Object.keys(value as object))}, () => part("${part}").${name});\n`,
  value: ({ name, value }) => `export const ${name} = ${dataOf(value)};\n`,
};

/** `dist/node.js`. */
export const moduleEntry = ({ self, exported, paths, packages, asked }: Entry): string => {
  const has = (kind: Kind): boolean => exported.some((one) => one.kind === kind);
  const imports = [...paths, ...packages.map(({ name }) => name)];
  return [
    HEAD,
    has("class") ? helper("lazy-class") : "",
    has("object") ? helper("lazy-object") : "",
    packages.length > 0 ? helper("package-copy") : "",
    // Bundlers find the parts by the calls of `require`, which an ES module in Node does not have; tools that copy what a program needs by the imports.
    `const bundled = (name) => {\n  switch (name) {\n${imports.map((name) => `    case "${name}":\n      return require("${name}");\n`).join("")}  }\n};\n`,
    `const neverCalled = () => [${imports.map((name) => `import("${name}")`).join(", ")}];\n`,
    `let ownRequire;
let inBundle = false;
const readPart = (path) => {
  try {
    return (ownRequire ??= process.getBuiltinModule("node:module").createRequire(import.meta.url))(path);
  } catch (error) {
    if (typeof require !== "function") throw error;
    inBundle = true;
    return bundled(path);
  }
};\n`,
    packages.length > 0
      ? `const wanted = { ${packages.map(({ name, version }) => `"${name}": "${version}"`).join(", ")} };
const readPackage = (name) => importedCopy(name, wanted[name]) ?? (inBundle ? bundled(name) : ownCopy(name, wanted[name], ownRequire));
const loaded = {};
const part = (name) => (loaded[name] ??= name in wanted ? readPackage(name) : readPart(name)(part));\n`
      : "const loaded = {};\nconst part = (name) => (loaded[name] ??= readPart(name)(part));\n",
    asked ? "part.url = import.meta.url;\npart.commonjs = false;\n" : "",
    ...exported.map((one) => WRITE[one.kind](one)),
    announcement(self, new Map(exported.map(({ name }) => [name, name]))),
  ].join("");
};

/** `dist/index.cjs`. */
export const commonJsEntry = ({ exported, paths, packages, asked }: Entry): string =>
  [
    `"use strict";\n${HEAD}`,
    'Object.defineProperty(exports, "__esModule", { value: true });\n',
    "const modules = {\n",
    ...packages.map(({ name }) => `  "${name}": () => require("${name}"),\n`),
    ...paths.map((path) => `  "${path}": () => require("${path}")(part),\n`),
    "};\nconst loaded = {};\nconst part = (name) => (loaded[name] ??= modules[name]());\n",
    asked
      ? 'Object.defineProperty(part, "url", { get: () => process.getBuiltinModule("node:url").pathToFileURL(__filename).href });\npart.commonjs = true;\n'
      : "",
    `const lazy = (name, path) =>
  Object.defineProperty(exports, name, {
    enumerable: true,
    configurable: true,
    get() {
      const value = part(path)[name];
      Object.defineProperty(exports, name, { enumerable: true, value });
      return value;
    },
  });\n`,
    ...exported.map(({ name, part }) => `lazy("${name}", "${part}");\n`),
  ].join("");
