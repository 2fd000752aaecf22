import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

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

/** Makes `dist/node.js` of a package that is not taken apart: `dist/index.js`, which then tells of itself. */
export const makeAnnouncedEntry = (folder: string): void => {
  const code = readFileSync(join(folder, "dist", "index.js"), "utf8");
  const [, list = ""] = /^export \{([^}]*)\};$/m.exec(code) ?? [];
  const exported = list.split(",").map((one) => one.trim().split(" as "));
  if (list === "") throw new Error(`${folder}: dist/index.js has no list of its exports`);
  const told = announcement(packageIn(folder), new Map(exported.map(([local = "", name = local]) => [name, local])));
  // Its map is that of `dist/index.js`, since nothing before the statement has moved.
  const [body = "", mapping = ""] = code.split(/^(?=\/\/# sourceMappingURL=)/m);
  writeFileSync(join(folder, "dist", "node.js"), body + told + mapping);
};
