// Who may import whom, read from manifests and import lines.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative } from "node:path";
import { root } from "./vitest.mjs";

/** Who may import whom; `config` may besides name the official handler packages in a dynamic import. */
const MAY_IMPORT = {
  "@cordwood/core": [],
  "@cordwood/formatters": ["@cordwood/core"],
  "@cordwood/filters": ["@cordwood/core"],
  "@cordwood/bridges": ["@cordwood/core"],
  "@cordwood/handlers-file": ["@cordwood/core"],
  "@cordwood/handlers-net": ["@cordwood/core"],
  "@cordwood/handlers-queue": ["@cordwood/core"],
  "@cordwood/config": ["@cordwood/core", "@cordwood/formatters"],
};
export const RUNS_EVERYWHERE = ["@cordwood/core", "@cordwood/formatters"];
const NODE_MODULES = new Set(builtinModules);
const sourceFiles = (folder, pattern) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => pattern.test(path))
    .map((path) => join(folder, path));

/** Specifiers of a file's imports: those that are loaded with it, and those loaded when a line runs. */
const importsOf = (file) => {
  const text = readFileSync(file, "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");
  const take = (pattern) => [...text.matchAll(pattern)].map((match) => match[1]);
  return {
    fixed: [
      ...take(/^\s*(?:import|export)\b[^"';]*?from\s*["']([@\w./:-]+)["']/gm),
      ...take(/^\s*import\s*["']([@\w./:-]+)["']/gm),
      ...take(/\brequire\(\s*["']([@\w./:-]+)["']\s*\)/g),
    ],
    dynamic: take(/\bimport\(\s*["']([@\w./:-]+)["']/g),
  };
};
const packageOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
const isOurs = (specifier) => specifier.startsWith("@cordwood/");

/** What a package imports or depends on against the plan. */
export const edgeProblems = ({ name, folder, manifest }) => {
  const allowed = MAY_IMPORT[name];
  if (allowed === undefined) return [`${name} has no row in the table of who may import whom (scripts/check-packages.mjs)`];
  const problems = [];
  for (const group of ["dependencies", "peerDependencies", "optionalDependencies"])
    for (const other of Object.keys(manifest[group] ?? {}))
      if (isOurs(other) && !allowed.includes(other)) problems.push(`package.json ${group}: ${other}`);
  const declared = new Set([name, ...["dependencies", "peerDependencies"].flatMap((group) => Object.keys(manifest[group] ?? {}))]);
  for (const file of sourceFiles(join(folder, "src"), /\.ts$/)) {
    const { fixed, dynamic } = importsOf(file);
    const at = relative(root, file);
    for (const specifier of [...fixed, ...dynamic]) {
      const target = packageOf(specifier);
      const lazyHandler = name === "@cordwood/config" && dynamic.includes(specifier) && isOurs(specifier);
      if (isOurs(specifier) && target !== name && !allowed.includes(target) && !lazyHandler) problems.push(`${at} imports ${specifier}`);
      if (isOurs(specifier) || specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      if (NODE_MODULES.has(specifier)) problems.push(`${at} imports ${specifier} without node:`);
      else if (!declared.has(target)) problems.push(`${at} imports ${specifier}, which package.json does not name`);
    }
  }
  return problems;
};

/** Imports of Node's own modules in what was built of a package that runs everywhere. */
export const nodeImportProblems = ({ folder }) =>
  sourceFiles(join(folder, "dist"), /\.(js|cjs|mjs)$/).flatMap((file) =>
    importsOf(file)
      .fixed.filter((specifier) => specifier.startsWith("node:") || NODE_MODULES.has(specifier))
      .map((specifier) => `${relative(root, file)} imports ${specifier}`),
  );
