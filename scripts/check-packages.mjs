#!/usr/bin/env node
// What is published: publint and attw on every packed tarball, nothing in it but what a user needs, and no import against the plan.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { packAll, packages } from "./pack.mjs";
import { root, summary } from "./vitest.mjs";

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
const RUNS_EVERYWHERE = ["@cordwood/core", "@cordwood/formatters"];
const NODE_MODULES = new Set(builtinModules);
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
const ALLOWED_FILES = [/^package\/dist\/.+\.(js|cjs|d\.ts|d\.cts|js\.map|cjs\.map|json)$/, /^package\/(README\.md|LICENSE|package\.json)$/];

const counts = { passed: 0, failed: 0 };
const check = (name, problems) => {
  if (problems.length === 0) {
    counts.passed++;
    console.log(`ok   ${name}`);
  } else {
    counts.failed++;
    console.log(`FAIL ${name}\n${problems.map((line) => `       ${line}`).join("\n")}`);
  }
};

const bin = (name) => join(root, "node_modules", ".bin", name);
const tool = (name, args) => {
  const { status, stdout, stderr } = spawnSync(bin(name), args, {
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "0", NO_COLOR: "1" },
  });
  // attw also ends well when there are no types to be wrong.
  return status === 0 && !/does not contain types/i.test(stdout) ? [] : `${stdout}${stderr}`.trim().split("\n").slice(-30);
};

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
      ...take(/^\s*(?:import|export)\b[^"';]*?from\s*["']([^"']+)["']/gm),
      ...take(/^\s*import\s*["']([^"']+)["']/gm),
      ...take(/\brequire\(\s*["']([^"']+)["']\s*\)/g),
    ],
    dynamic: take(/\bimport\(\s*["']([^"']+)["']/g),
  };
};
const packageOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
const isOurs = (specifier) => specifier.startsWith("@cordwood/");

const edgeProblems = ({ name, folder, manifest }) => {
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

const nodeImportProblems = ({ folder }) =>
  sourceFiles(join(folder, "dist"), /\.(js|cjs)$/).flatMap((file) =>
    importsOf(file)
      .fixed.filter((specifier) => specifier.startsWith("node:") || NODE_MODULES.has(specifier))
      .map((specifier) => `${relative(root, file)} imports ${specifier}`),
  );

const tarballProblems = (tarball, packed) => {
  const list = spawnSync("tar", ["-tzf", tarball], { encoding: "utf8" }).stdout.trim().split("\n");
  const problems = list.filter((file) => !ALLOWED_FILES.some((pattern) => pattern.test(file))).map((file) => `ships ${file}`);
  for (const needed of ["package/README.md", "package/LICENSE"]) if (!list.includes(needed)) problems.push(`${needed} is missing`);
  for (const script of INSTALL_SCRIPTS) if (packed.scripts?.[script] !== undefined) problems.push(`has an install script: ${script}`);
  for (const [other, range] of Object.entries(packed.dependencies ?? {}))
    if (String(range).startsWith("workspace:")) problems.push(`depends on ${other}@${range}`);
  if (packed.sideEffects !== false) problems.push("sideEffects is not false");
  if (packed.engines?.node !== ">=20.16") problems.push(`engines.node is ${packed.engines?.node}`);
  return problems;
};

const folder = mkdtempSync(join(tmpdir(), "cordwood-packages-"));
try {
  const tarballs = packAll(folder);
  for (const found of packages()) {
    const tarball = tarballs.get(found.name);
    const packed = JSON.parse(spawnSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" }).stdout);
    check(`${found.name}: imports only what the plan allows`, edgeProblems(found));
    if (RUNS_EVERYWHERE.includes(found.name)) check(`${found.name}: no node: import in its build`, nodeImportProblems(found));
    check(`${found.name}: ships its build, README, LICENSE and nothing else`, tarballProblems(tarball, packed));
    check(`${found.name}: publint`, tool("publint", ["run", tarball, "--strict"]));
    check(`${found.name}: are the types wrong`, tool("attw", [tarball, "--profile", "node16", "--no-emoji", "--no-color"]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`packages: ${summary(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
