#!/usr/bin/env node
// Makes a fresh clone ready: installs what package.json asks for; with --build builds every package, with --typecheck checks their types.
// Plain Node without dependencies, because nothing is installed when it runs first.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const mark = join(root, "node_modules", ".cordwood-installed");
const onWindows = process.platform === "win32";

const fail = (message) => {
  console.error(`setup: ${message}`);
  process.exit(1);
};

const checkNode = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [needMajor, needMinor] = manifest.engines.node.replace(">=", "").split(".").map(Number);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  fail(
    `this is Node ${process.versions.node}; Cordwood needs ${manifest.engines.node}. Install a newer one from https://nodejs.org and try again.`,
  );
};

/** Runs a command quietly; its output is shown only when it fails. */
const run = (command, args, env) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      shell: onWindows,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", (error) => resolve({ ok: false, output: String(error) }));
    child.once("close", (code) => resolve({ ok: code === 0, output }));
  });

const step = async (title, work) => {
  const began = Date.now();
  console.log(`setup: ${title} …`);
  const { ok, output } = await work();
  const took = ((Date.now() - began) / 1000).toFixed(1);
  if (ok) return console.log(`setup: ${title} done (${took} s)`);
  console.error(output.trim());
  fail(`${title} failed after ${took} s; what it printed stands above.`);
};

const lockHash = () =>
  createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex");

const installed = () => existsSync(mark) && readFileSync(mark, "utf8") === lockHash();

const install = async () => {
  if (installed()) return;
  await step(`installing dependencies with ${manifest.packageManager}`, () =>
    // CI=true: never ask, there may be nobody to answer.
    run("npx", ["-y", manifest.packageManager, "install", "--frozen-lockfile", "--reporter=append-only"], { CI: "true" }),
  );
  writeFileSync(mark, lockHash());
};

/** Turbo runs each package's script with pnpm, which a fresh machine has only through npx. */
const turbo = (task, title) =>
  step(title, () =>
    run(
      "npx",
      [
        "-y",
        `--package=${manifest.packageManager}`,
        "--",
        join(root, "node_modules", ".bin", "turbo"),
        "run",
        task,
        "--output-logs=errors-only",
        "--continue",
      ],
      { TURBO_TELEMETRY_DISABLED: "1" },
    ),
  );

checkNode();
await install();
if (process.argv.includes("--build")) await turbo("build", "building the packages");
if (process.argv.includes("--typecheck")) await turbo("typecheck", "checking the types");
