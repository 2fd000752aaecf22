import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";

/** A package of which parts take a copy. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** A package by its folder. */
export const packageIn = (folder: string): Package => {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { name, version };
};

/** A package by its name, as the package in this folder finds it. */
export const packageOf = (name: string, folder: string): Package =>
  packageIn(join(createRequire(join(folder, "package.json")).resolve(`${name}/package.json`), ".."));

/**
 * The statement by which an entry tells of itself, so that the parts of other packages need not look for it: finding a package a second time takes
 * Node longer than reading a small one.
 * @param exported how each export is called in the code, by its name.
 */
export const announcement = ({ name, version }: Package, exported: ReadonlyMap<string, string>): string => {
  const members = [...exported].map(([name, local]) => (name === local ? name : `${name}: ${local}`)).join(", ");
  return `(globalThis[Symbol.for("@cordwood/entries.v1")] ??= []).push({
  name: "${name}",
  version: "${version}",
  url: () => import.meta.url,
  exports: () => ({ ${members} }),
});\n`;
};

/**
 * Makes `dist/node.mjs` of a package that is not taken apart: `dist/index.js` with a statement at its end that tells of it, and without comments and
 * indentation, which Node would pass over at each start.
 */
export const makeAnnouncedEntry = async (folder: string): Promise<void> => {
  const entry = join(folder, "dist", "index.js");
  const [, list = ""] = /^export \{([^}]*)\};$/m.exec(readFileSync(entry, "utf8")) ?? [];
  if (list === "") throw new Error(`${folder}: dist/index.js has no list of its exports`);
  const exported = list.split(",").map((one) => one.trim().split(" as "));
  await build({
    entryPoints: [entry],
    outfile: join(folder, "dist", "node.mjs"),
    format: "esm",
    minifyWhitespace: true,
    // Where an error is thrown that nobody catches, Node shows the line.
    lineLimit: 120,
    sourcemap: true,
    footer: { js: announcement(packageIn(folder), new Map(exported.map(([local = "", name = local]) => [name, local]))) },
  });
};
