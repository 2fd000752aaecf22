#!/usr/bin/env node
// The portable tests in every runtime that is here: core and formatters in this Node and in headless Chromium, files, queues, network and
// configuration in this Node; with --matrix both in the Node versions, Bun and Deno that npm can fetch.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { root, summary } from "./vitest.mjs";

const MATRIX = [
  { name: "Node 22", packageName: "node@22", command: ["bin", "node"] },
  { name: "Node 24", packageName: "node@24", command: ["bin", "node"] },
  { name: "Node 26", packageName: "node@26", command: ["bin", "node"] },
  { name: "Bun", packageName: "bun", command: ["bin", "bun.exe"] },
  { name: "Deno", packageName: "deno", command: ["deno"], args: ["run", "--allow-all", "--node-modules-dir=manual"] },
];

const temporary = mkdtempSync(join(tmpdir(), "cordwood-runtimes-"));
const counts = { passed: 0, failed: 0, skipped: 0 };
const tell = (runtime, results) => {
  const broken = results.filter(({ problem }) => problem !== undefined);
  counts.passed += results.length - broken.length;
  counts.failed += broken.length;
  console.log(`${broken.length === 0 ? "ok  " : "FAIL"} ${runtime}: ${results.length - broken.length} of ${results.length}`);
  for (const { name, problem } of broken) console.log(`       ${name}\n         ${problem.split("\n").slice(0, 4).join("\n         ")}`);
};
const fail = (runtime, reason) => tell(runtime, [{ name: "starts", problem: reason }]);
const skip = (runtime, reason) => {
  if (process.env["CORDWOOD_REQUIRE_SERVICES"] === "1") return fail(runtime, `${reason}, and CORDWOOD_REQUIRE_SERVICES=1 asks for it`);
  counts.skipped++;
  console.log(`skip ${runtime}: ${reason}`);
};

const bundle = async () => {
  const outfile = join(temporary, "portable.mjs");
  await build({
    entryPoints: [join(root, "packages", "core", "test", "portable", "portable.mjs")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    nodePaths: [join(root, "node_modules")],
    logLevel: "error",
  });
  writeFileSync(
    join(temporary, "start.mjs"),
    'import { run } from "./portable.mjs";\nconst results = await run();\nconsole.log("RESULTS " + JSON.stringify(results));\n',
  );
  return outfile;
};

const programs = () => ({
  "core and formatters": join(temporary, "start.mjs"),
  "files, queues, network, configuration": join(root, "packages", "config", "test", "portable", "start.mjs"),
});
const inProgram = (runtime, command, args = []) => {
  for (const [what, program] of Object.entries(programs())) {
    const { stdout, stderr, error } = spawnSync(command, [...args, program], { cwd: root, encoding: "utf8", timeout: 120_000 });
    const line = stdout?.split("\n").find((text) => text.startsWith("RESULTS "));
    if (line === undefined) fail(`${runtime}, ${what}`, String(error ?? stderr));
    else tell(`${runtime}, ${what}`, JSON.parse(line.slice("RESULTS ".length)));
  }
};

const inChromium = async (file) => {
  const found = spawnSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"], {
    encoding: "utf8",
  }).stdout.trim();
  if (found === "") return skip("Chromium", "chromium is not installed");
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: found, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.route("http://cordwood.test/**", (route) =>
      new URL(route.request().url()).pathname === "/portable.mjs"
        ? route.fulfill({ path: file, contentType: "text/javascript" })
        : route.fulfill({ body: "<!doctype html><title>cordwood</title>", contentType: "text/html" }),
    );
    await page.goto("http://cordwood.test/");
    const results = await page.evaluate(async () => (await import("http://cordwood.test/portable.mjs")).run());
    tell(`Chromium ${browser.version()}`, results);
  } finally {
    await browser.close();
  }
};

const inMatrix = () => {
  for (const { name, packageName, command, args } of MATRIX) {
    const folder = mkdtempSync(join(temporary, "runtime-"));
    writeFileSync(join(folder, "package.json"), "{}");
    const installed = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", packageName], {
      cwd: folder,
      encoding: "utf8",
      timeout: 300_000,
    });
    if (installed.status !== 0) {
      skip(name, `npm could not install ${packageName}: ${installed.stderr.trim().split("\n")[0]}`);
      continue;
    }
    inProgram(name, join(folder, "node_modules", packageName.split("@")[0], ...command), args);
  }
};

try {
  const file = await bundle();
  inProgram(`Node ${process.version}`, process.execPath);
  await inChromium(file);
  if (process.argv.includes("--matrix")) inMatrix();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
console.log(`runtimes: ${summary(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
