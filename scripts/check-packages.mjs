#!/usr/bin/env node
// What is published: publint and attw on every packed tarball, nothing in it but what a user needs, and no import against the plan.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { edgeProblems, nodeImportProblems, RUNS_EVERYWHERE } from "./edges.mjs";
import { exportNameProblems } from "./export-names.mjs";
import { packAll, packages } from "./pack.mjs";
import { root, summary } from "./vitest.mjs";

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
const ALLOWED_FILES = [
  /^package\/dist\/.+\.(js|cjs|mjs|d\.ts|d\.cts|js\.map|cjs\.map|mjs\.map|json)$/,
  /^package\/(README\.md|LICENSE|package\.json)$/,
];

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
    check(`${found.name}: exports keep their names in both builds`, await exportNameProblems(found));
    check(`${found.name}: ships its build, README, LICENSE and nothing else`, tarballProblems(tarball, packed));
    check(`${found.name}: publint`, tool("publint", ["run", tarball, "--strict"]));
    check(`${found.name}: are the types wrong`, tool("attw", [tarball, "--profile", "node16", "--no-emoji", "--no-color"]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`packages: ${summary(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
