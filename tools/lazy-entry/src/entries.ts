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
  readonly parts: Parts;
  /** The packages that parts import. */
  readonly packages: readonly Package[];
  /** Whether a part asks where or of which kind its entry is. */
  readonly asked: boolean;
}

type Exports = Readonly<Record<string, unknown>>;

/** What an entry gives to its parts: other modules, each with how to read it, and where and of which kind it is. */
interface Part {
  (name: string, read: () => unknown): Exports;
  url?: string;
  commonjs?: boolean;
}

/** Loads the parts that have just been built and looks at what they export. */
export const describeExports = (parts: Parts, dist: string): readonly Exported[] => {
  const entry = join(dist, "index.cjs");
  const require = createRequire(entry);
  for (const path of Object.keys(require.cache)) if (path.startsWith(join(dist, "parts"))) delete require.cache[path];
  const loaded: Record<string, Exports> = {};
  const part: Part = (name, read) => {
    loaded[name] ??= (isFile(name) ? (read() as (part: Part) => Exports)(part) : read()) as Exports;
    return loaded[name];
  };
  part.url = pathToFileURL(entry).href;
  part.commonjs = true;
  return Object.entries(parts).flatMap(([from, names]) =>
    names.map((name) => {
      const value = part(`./${from}.cjs`, () => require(`./parts/${from}.cjs`))[name];
      return { name, part: `./${from}.cjs`, kind: kindOf(value), value };
    }),
  );
};

/** A part, or what several need; everything else is another package. */
const isFile = (name: string): boolean => name.startsWith(".");

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
  class: ({ name, part }) => `export const ${name} = /* @__PURE__ */ classOf("${name}", "${part}");\n`,
  function: ({ name, part }) => `export function ${name}(...args) {\n  return part("${part}").${name}(...args);\n}\n`,
  object: ({ name, part, value }) =>
    `export const ${name} = /* @__PURE__ */ lazyObject(${JSON.stringify(Object.keys(value as object))}, () => part("${part}").${name});\n`,
  value: ({ name, value }) => `export const ${name} = ${dataOf(value)};\n`,
};

/** `dist/node.mjs`. */
export const moduleEntry = ({ self, exported, parts, packages, asked }: Entry): string => {
  const has = (kind: Kind): boolean => exported.some((one) => one.kind === kind);
  const names = Object.keys(parts);
  return [
    HEAD,
    has("class") ? helper("lazy-class") : "",
    has("object") ? helper("lazy-object") : "",
    helper("package-copy"),
    // Bundlers find the parts by the calls of `require`, which an ES module in Node does not have; tools that copy what a program needs by the imports.
    `const bundled = (name) => {\n  switch (name) {\n${names.map((name) => `    case "./${name}.cjs":\n      return require("./parts/${name}.cjs");\n`).join("")}  }\n};\n`,
    `const neverCalled = () => [${names.map((name) => `import("./parts/${name}.cjs")`).join(", ")}];\n`,
    `let ownRequire;
let inBundle = false;
const readPart = (name) => {
  try {
    return (ownRequire ??= process.getBuiltinModule("node:module").createRequire(import.meta.url))(\`./parts/\${name}\`);
  } catch (error) {
    if (typeof require !== "function") throw error;
    inBundle = true;
    return bundled(name);
  }
};
const loaded = {};
const wanted = { ${packages.map(({ name, version }) => `"${name}": "${version}"`).join(", ")} };
const copyOf = (name, read) => importedCopy(name, wanted[name]) ?? (inBundle ? read() : ownCopy(name, wanted[name], ownRequire));
const part = (name, read = readPart) => (loaded[name] ??= name in wanted ? copyOf(name, read) : read(name)(part));\n`,
    has("class") ? "const classOf = (name, from) => lazyClass(name, () => part(from)[name]);\n" : "",
    asked ? "part.url = import.meta.url;\npart.commonjs = false;\n" : "",
    ...exported.map((one) => WRITE[one.kind](one)),
    announcement(self, new Map(exported.map(({ name }) => [name, name]))),
  ].join("");
};

/** `dist/index.cjs`. */
export const commonJsEntry = ({ exported, parts, asked }: Entry): string =>
  [
    `"use strict";\n${HEAD}`,
    'Object.defineProperty(exports, "__esModule", { value: true });\n',
    "const parts = {\n",
    ...Object.keys(parts).map((name) => `  "./${name}.cjs": () => require("./parts/${name}.cjs"),\n`),
    "};\nconst loaded = {};\n",
    'const part = (name, read = parts[name]) => (loaded[name] ??= name.startsWith(".") ? read()(part) : read());\n',
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
