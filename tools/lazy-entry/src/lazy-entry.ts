import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { build, transformSync } from "esbuild";

/** Which of a package's exports are loaded together, by the name of their part. */
export type Parts = Readonly<Record<string, readonly string[]>>;

/** Where the entry is made, and how the rest of the package is built. */
export interface LazyEntryOptions {
  /** The package's folder, with `src/index.ts` in it. */
  readonly folder: string;
  /** What the package imports of others. */
  readonly externals: readonly string[];
  /** The language that is written, as esbuild names it. */
  readonly target: string;
}

/** A file that is written: its name in `dist`, and its text. */
type Files = ReadonlyMap<string, string>;

/**
 * Makes the entries that Node takes, `dist/node.js` and `dist/node.cjs`: what `src/index.ts` exports, each loaded with its part when it is first
 * used. The parts are in `dist/parts`, for both entries; each is a function of what it imports, so that the parts of an entry get the copy of
 * another package that the entry itself has. Throws where an export of `src/index.ts` is in no part, or a part names what it does not export.
 */
export const makeLazyEntry = async (parts: Parts, options: LazyEntryOptions): Promise<void> => {
  const { folder, externals } = options;
  const files = await buildParts(parts, options);
  mkdirSync(join(folder, "dist", "parts"), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, "dist", name), text);
  const paths = [...files.keys()].filter((name) => name.endsWith(".cjs")).map((name) => `./${name}`);
  const exported = describeExports(parts, paths, options);
  writeFileSync(join(folder, "dist", "node.js"), moduleEntry(exported, paths, externals));
  writeFileSync(join(folder, "dist", "node.cjs"), commonJsEntry(exported, paths, externals));
};

const buildParts = async (parts: Parts, { folder, externals, target }: LazyEntryOptions): Promise<Files> => {
  const sources = sourcesOf(folder, parts);
  const contents = (part: string): string =>
    (parts[part] ?? []).map((name) => `export { ${name} } from ${JSON.stringify(sources.get(name))};`).join("\n");
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(Object.keys(parts).map((name) => [name, `part:${name}`])),
    absWorkingDir: folder,
    outdir: "dist/parts",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    target,
    external: [...externals],
    sourcemap: true,
    write: false,
    plugins: [
      {
        name: "parts",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^part:/ }, ({ path }) => ({ path, namespace: "part" }));
          onLoad({ filter: /^/, namespace: "part" }, ({ path }) => ({
            contents: contents(path.slice("part:".length)),
            resolveDir: join(folder, "src"),
          }));
        },
      },
    ],
  });
  return new Map(
    outputFiles.map(({ path, text }) => {
      const name = basename(path).replace(/\.js(\.map)?$/, ".cjs$1");
      return [`parts/${name}`, name.endsWith(".map") ? oneLineDown(text) : asFactory(text)];
    }),
  );
};

/** The module that each export of `src/index.ts` comes from. */
const sourcesOf = (folder: string, parts: Parts): ReadonlyMap<string, string> => {
  const { code } = transformSync(readFileSync(join(folder, "src", "index.ts"), "utf8"), { loader: "ts", format: "esm" });
  const sources = new Map<string, string>();
  for (const [, list = "", from = ""] of code.matchAll(/^import \{([^}]*)\} from "([^"]+)";$/gm))
    for (const name of list.split(",")) sources.set(name.trim(), from);
  const named = Object.values(parts).flat();
  const unknown = named.filter((name) => !sources.has(name));
  const left = [...sources.keys()].filter((name) => !named.includes(name));
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(", ")}: in a part, and not exported by src/index.ts`);
  if (left.length > 0)
    throw new Error(`${folder}: ${left.join(", ")}: exported by src/index.ts, and in no part; name it in tsup.config.ts`);
  return sources;
};

/** The map of a file that got a line at its beginning. */
const oneLineDown = (map: string): string => {
  const { mappings, ...rest } = JSON.parse(map) as { mappings: string };
  return JSON.stringify({ ...rest, mappings: `;${mappings}` });
};

/** Makes of an ES module, as esbuild writes it, a function of what gives it other modules, which returns what the module exports. */
const asFactory = (code: string): string => {
  const body = code
    .replace(
      /^import (\{[^}]*\}) from "([^"]+)";$/gm,
      (_, list: string, from: string) => `const ${list.replace(/ as /g, ": ")} = part("${partPath(from)}");`,
    )
    .replace(/^import "[^"]+";$/gm, "")
    .replace(/^export (\{[^}]*\});$/gm, (_, list: string) => `return ${list.replace(/([\w$]+) as ([\w$]+)/g, "$2: $1")};`)
    .replace(/\n(\/\/# sourceMappingURL=.*)\.js\.map\n*$/, "\n});\n$1.cjs.map\n");
  const left = /^(?:import|export)\b.*/m.exec(body);
  if (left !== null) throw new Error(`a part has the line ${left[0]}; a part can have import { … } and export { … } alone`);
  // In brackets it is compiled at once, instead of being looked over first.
  return `module.exports = (function (part) { "use strict";\n${body}`;
};

const partPath = (from: string): string => from.replace(/^\.\/(.*)\.js$/, "./parts/$1.cjs");

/** An export of the package, and how an entry writes it. */
interface Exported {
  readonly name: string;
  readonly part: string;
  readonly kind: "class" | "function" | "value";
  readonly value: unknown;
}

const describeExports = (parts: Parts, paths: readonly string[], { folder, externals }: LazyEntryOptions): readonly Exported[] => {
  const require = createRequire(join(folder, "dist", "node.cjs"));
  const loaded: Record<string, Readonly<Record<string, unknown>>> = {};
  const part = (name: string): Readonly<Record<string, unknown>> =>
    (loaded[name] ??= externals.includes(name) ? require(name) : require(name)(part));
  for (const path of paths) delete require.cache[require.resolve(path)];
  return Object.entries(parts).flatMap(([from, names]) =>
    names.map((name) => {
      const value = part(`./parts/${from}.cjs`)[name];
      const kind = typeof value !== "function" ? "value" : /^class\b/.test(String(value)) ? "class" : "function";
      return { name, part: `./parts/${from}.cjs`, kind, value };
    }),
  );
};

const HEAD = "// What index exports, each loaded when it is first used.\n";

const moduleEntry = (exported: readonly Exported[], paths: readonly string[], externals: readonly string[]): string => {
  const helper = transformSync(readFileSync(new URL("lazy-class.ts", import.meta.url), "utf8"), {
    loader: "ts",
    format: "esm",
    target: "es2022",
  });
  const write: Record<Exported["kind"], (one: Exported) => string> = {
    class: ({ name, part }) => `export const ${name} = /* @__PURE__ */ lazyClass("${name}", () => part("${part}").${name});\n`,
    function: ({ name, part }) => `export function ${name}(...args) {\n  return part("${part}").${name}(...args);\n}\n`,
    value: ({ name, value }) =>
      `export const ${name} = ${Object.isFrozen(value) ? `/* @__PURE__ */ Object.freeze(${JSON.stringify(value)})` : JSON.stringify(value)};\n`,
  };
  return [
    HEAD,
    ...externals.map((name, index) => `import * as package${index} from "${name}";\n`),
    helper.code.replace(/^export \{[^}]*\};\n/m, ""),
    // Bundlers find the parts by the calls of `require`, which an ES module in Node does not have; tools that copy what a program needs by the imports.
    `const bundled = (path) => {\n  switch (path) {\n${paths.map((path) => `    case "${path}":\n      return require("${path}");\n`).join("")}  }\n};\n`,
    `const neverCalled = () => [${paths.map((path) => `import("${path}")`).join(", ")}];\n`,
    `let ownRequire;
const read = (path) => {
  try {
    return (ownRequire ??= process.getBuiltinModule("node:module").createRequire(import.meta.url))(path);
  } catch (error) {
    if (typeof require !== "function") throw error;
    return bundled(path);
  }
};\n`,
    `const loaded = { ${externals.map((name, index) => `"${name}": package${index}`).join(", ")} };\n`,
    "const part = (name) => (loaded[name] ??= read(name)(part));\n",
    ...exported.map((one) => write[one.kind](one)),
  ].join("");
};

const commonJsEntry = (exported: readonly Exported[], paths: readonly string[], externals: readonly string[]): string =>
  [
    `"use strict";\n${HEAD}`,
    'Object.defineProperty(exports, "__esModule", { value: true });\n',
    "const modules = {\n",
    ...externals.map((name) => `  "${name}": () => require("${name}"),\n`),
    ...paths.map((path) => `  "${path}": () => require("${path}")(part),\n`),
    "};\nconst loaded = {};\nconst part = (name) => (loaded[name] ??= modules[name]());\n",
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
