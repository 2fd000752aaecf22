#!/usr/bin/env node
// As a user would: the packed tarballs installed with npm into an empty project, used as ES modules, CommonJS and TypeScript;
// then two versions of core side by side.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll, withVersion } from "./pack.mjs";
import { root, summary } from "./vitest.mjs";

const counts = { passed: 0, failed: 0 };
const check = (name, problem) => {
  if (problem === undefined) counts.passed++;
  else counts.failed++;
  console.log(problem === undefined ? `ok   ${name}` : `FAIL ${name}\n${problem.replace(/^/gm, "       ")}`);
};

const temporary = mkdtempSync(join(tmpdir(), "cordwood-scratch-"));
const run = (command, args, cwd) => {
  const env = { ...process.env, TZ: "UTC" };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    shell: process.platform === "win32" && command === "npm",
  });
  return { ok: status === 0, stdout: stdout ?? "", output: `${stdout ?? ""}${stderr ?? ""}${error ?? ""}` };
};
const project = (name, dependencies) => {
  const folder = join(temporary, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module", dependencies }, undefined, 2));
  const installed = run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  check(`${name}: npm install of the tarballs`, installed.ok ? undefined : installed.output);
  return folder;
};
const fromTarballs = (tarballs) => Object.fromEntries([...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]));
/** The fenced blocks of a README, by language. */
const blocks = (file, language) =>
  [...readFileSync(file, "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1]);
const expectOutput = (name, command, args, folder, expected) => {
  const { ok, output } = run(command, args, folder);
  check(name, ok && output === expected ? undefined : `printed:\n${output}expected:\n${expected}`);
};

try {
  const tarballs = packAll(temporary);
  const folder = project("scratch", { ...fromTarballs(tarballs), typescript: "*", "@types/node": "*" });
  cpSync(join(root, "scripts", "scratch"), folder, { recursive: true });

  // The first program of the README, as it stands there, with the output that stands below it.
  const readme = join(root, "README.md");
  const [program] = blocks(readme, "js");
  const [printed] = blocks(readme, "text");
  writeFileSync(join(folder, "readme.mjs"), program);
  expectOutput("the README's first program, as an ES module", process.execPath, ["readme.mjs"], folder, printed);
  const asCommonJs = program.replace(/^import \{([^}]*)\} from ("[^"]+");$/gm, "const {$1} = require($2);");
  writeFileSync(join(folder, "readme.cjs"), asCommonJs);
  expectOutput("the README's first program, as CommonJS", process.execPath, ["readme.cjs"], folder, printed);
  expectOutput(
    "files and text from CommonJS",
    process.execPath,
    ["program.cjs"],
    folder,
    "INFO     app.db: connected to orders in 12.3 ms\nINFO connected to orders in 12.3 ms\n",
  );

  writeFileSync(join(folder, "readme.mts"), program);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        module: "nodenext",
        target: "es2022",
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        types: ["node"],
        outDir: "built",
      },
      include: ["*.mts", "*.cts"],
    }),
  );
  const compiled = run(process.execPath, [join("node_modules", "typescript", "bin", "tsc"), "-p", "."], folder);
  check(
    "TypeScript compiles ES modules and CommonJS against the types, library types checked too",
    compiled.ok ? undefined : compiled.output,
  );
  if (compiled.ok) {
    expectOutput("the README's first program, compiled", process.execPath, ["built/readme.mjs"], folder, printed);
    expectOutput("a typed ES module", process.execPath, ["built/types.mjs"], folder, "INFO typed as an ES module: string\n1 1 function\n");
    expectOutput("a typed CommonJS module", process.execPath, ["built/types.cjs"], folder, "typed as CommonJS: function\n");
  }

  const core = tarballs.get("@cordwood/core");
  const both = project("copies", { "@cordwood/core": `file:${core}`, "core-next": `file:${withVersion(core, "9.9.9", temporary)}` });
  cpSync(join(root, "scripts", "scratch"), both, { recursive: true });
  const shared = run(process.execPath, ["two-copies.mjs"], both);
  for (const line of shared.output.trim().split("\n")) console.log(`  ${line}`);
  check("four copies of core share one tree", shared.ok ? undefined : "see above");
  run(process.execPath, ["exit-flush.mjs"], both);
  const log = join(both, "exit-flush.log");
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").sort() : [];
  const wanted = [0, 1, 2, 3].flatMap((handler) => [0, 1, 2, 3].map((copy) => `handler ${handler}: from copy ${copy}`));
  check(
    "each copy's handler is flushed when the process ends, once",
    JSON.stringify(lines) === JSON.stringify(wanted) ? undefined : lines.join("\n"),
  );
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
console.log(`scratch: ${summary(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
