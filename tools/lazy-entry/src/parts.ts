import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, transformSync } from "esbuild";

/** Which of a package's exports are loaded together, by the name of their part. */
export type Parts = Readonly<Record<string, readonly string[]>>;

/** How the rest of the package is built. */
export interface PartsOptions {
  /** The package's folder, with `src/index.ts` in it. */
  readonly folder: string;
  /** The language that is written, as esbuild names it. */
  readonly target: string;
  /**
   * What stands for a name in the source. A part knows the entry that asks for it: `part.url` is where that is, `part.commonjs` whether it is
   * CommonJS. `import.meta.url` is `part.url`.
   */
  readonly define?: Readonly<Record<string, string>>;
}

/**
 * The files of the parts, by their names in `dist`: one each, and those that several need. Each is a function of what it imports, so that the
 * parts of an entry get the copy of another package that the entry finds for them.
 */
export const buildParts = async (parts: Parts, { folder, target, define }: PartsOptions): Promise<ReadonlyMap<string, string>> => {
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
    packages: "external",
    define: { "import.meta.url": "part.url", ...define },
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
      (_, list: string, from: string) => `const ${list.replace(/ as /g, ": ")} = ${given(from)};`,
    )
    .replace(/^import \* as ([\w$]+) from "([^"]+)";$/gm, (_, name: string, from: string) => `const ${name} = ${given(from)};`)
    .replace(/^import "[^"]+";$/gm, "")
    .replace(/^export (\{[^}]*\});$/gm, (_, list: string) => `return ${list.replace(/([\w$]+) as ([\w$]+)/g, "$2: $1")};`)
    .replace(/\n(\/\/# sourceMappingURL=.*)\.js\.map\n*$/, "\n});\n$1.cjs.map\n");
  const left = /^(?:import|export)\b.*/m.exec(body);
  if (left !== null) throw new Error(`a part has the line ${left[0]}; a part can have import { … }, import * as … and export { … } alone`);
  // In brackets it is compiled at once, instead of being looked over first.
  return `module.exports = (function (part) { "use strict";\n${body}`;
};

/**
 * How a part comes by a module: Node's own are the same for all, any other is for its entry to give, which is told how to read it from here.
 * `require` would not do for Node's own: esbuild leaves it in bundles of ES modules, where there is none.
 */
const given = (from: string): string => {
  if (from.startsWith("node:")) return `process.getBuiltinModule("${from}")`;
  const path = from.replace(/\.js$/, ".cjs");
  return `part("${path}", () => require("${path}"))`;
};
