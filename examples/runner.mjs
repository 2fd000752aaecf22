// Compiles the examples, runs one in an empty folder of its own, and says what it printed and left behind.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * @typedef {object} Settings What `example.json` may say.
 * @property {import("@cordwood/test-kit").Service[]} [needs] servers and programs it cannot run without
 * @property {{ start?: string, stepsMs?: number[] } | true} [clock] times of the records, for output that shows them
 * @property {string[]} [files] which of the files it leaves are part of the expected text, in this order; default all, sorted
 * @property {number} [exitCode] default 0
 * @property {number} [timeoutMs] default 60 000
 * @property {string[]} [args] arguments for `main.ts`
 * @property {boolean} [sourceMaps] run with `--enable-source-maps`
 */

/** The folders with a `main.ts`, sorted. */
export const exampleNames = () =>
  readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, "main.ts")))
    .map((entry) => entry.name)
    .sort();

/** @returns {Settings} */
export const settingsOf = (name) => {
  const file = join(here, name, "example.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
};

/** The text in `expected.txt`, or undefined. */
export const expectedOf = (name) => {
  const file = join(here, name, "expected.txt");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
};

/**
 * Turns the `.ts` files of the named examples into `.js` files in a folder under `.cordwood/`, in the same places relative to
 * each other; everything else in the examples' folders is copied. The folder lies inside `examples/` so that packages are found.
 */
export const compile = async (names) => {
  mkdirSync(join(here, ".cordwood"), { recursive: true });
  const out = mkdtempSync(join(here, ".cordwood", "run-"));
  const sources = ["fixed-clock.ts"];
  for (const name of names) {
    for (const path of filesIn(join(here, name))) {
      const file = join(name, path);
      if (extname(file) === ".ts") sources.push(file);
      else cpSync(join(here, file), join(out, file));
    }
  }
  await build({
    entryPoints: sources.map((file) => join(here, file)),
    outbase: here,
    outdir: out,
    bundle: false,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    logLevel: "error",
  });
  const kit = join(here, "..", "tools", "test-kit", "src", "services.ts");
  await build({ entryPoints: [kit], outfile: join(out, "services.js"), format: "esm", target: "node20", logLevel: "error" });
  return { out, remove: () => rmSync(out, { recursive: true, force: true }) };
};

/** Why the example cannot run here, or false; throws instead when CORDWOOD_REQUIRE_SERVICES=1. */
export const missingFor = async (out, name) => {
  const { missingService } = await import(pathToFileURL(join(out, "services.js")).href);
  for (const service of settingsOf(name).needs ?? []) {
    const reason = await missingService(service);
    if (reason !== false) return reason;
  }
  return false;
};

/**
 * Runs a compiled example. `text` is what `expected.txt` is compared with.
 * @param {string} out
 * @param {string} name
 * @param {{ echo?: boolean, folder?: string }} [options] `echo`: show its output while it runs; `folder`: run there and keep it
 */
export const run = async (out, name, options = {}) => {
  const settings = settingsOf(name);
  const folder = options.folder ?? realpathSync(mkdtempSync(join(tmpdir(), `cordwood-${name}-`)));
  const flags = [process.env["NODE_OPTIONS"] ?? ""];
  if (settings.clock !== undefined) flags.push(`--import=${pathToFileURL(join(out, "fixed-clock.js")).href}`);
  if (settings.sourceMaps === true) flags.push("--enable-source-maps");
  const env = {
    ...process.env,
    TZ: "UTC",
    NO_COLOR: "1",
    NODE_OPTIONS: flags.join(" ").trim(),
    CORDWOOD_EXAMPLE_CLOCK: JSON.stringify(settings.clock === true ? {} : (settings.clock ?? {})),
  };
  delete env["FORCE_COLOR"];
  const ended = await start(join(out, name, "main.js"), settings, folder, env, options.echo === true);
  const files = (settings.files ?? filesIn(folder)).map((file) => ({ name: file, text: fileText(join(folder, file)) }));
  if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  const sections = [ended.stdout];
  if (ended.stderr !== "") sections.push(`--- stderr ---\n${ended.stderr}`);
  for (const file of files) sections.push(`--- ${file.name} ---\n${file.text}`);
  const text = sections.map((section) => (section === "" || section.endsWith("\n") ? section : `${section}\n`)).join("");
  const asked = settings.exitCode ?? 0;
  const problem = ended.timedOut
    ? `still running after ${settings.timeoutMs ?? 60_000} ms`
    : ended.code === asked
      ? undefined
      : `ended with ${ended.signal ?? `exit code ${ended.code}`}, expected exit code ${asked}`;
  return { text: withoutStackLines(text.replaceAll(folder, "<folder>")), problem };
};

/** Where a stack leads depends on the machine and on Node: its lines, also inside JSON, become one `at …`. */
const withoutStackLines = (text) =>
  text.replace(/(?:\n {4,}at [^\n]*)+/g, "\n    at …").replace(/(?:\\n {4,}at (?:[^"\\]|\\\\)*)+/g, "\\n    at …");

/** Runs a compiled example in the real time, on the caller's terminal, in a folder that stays. @returns its exit code */
export const runLive = (out, name, folder) =>
  new Promise((resolve, reject) => {
    mkdirSync(folder, { recursive: true });
    const child = spawn(process.execPath, ["--enable-source-maps", join(out, name, "main.js"), ...(settingsOf(name).args ?? [])], {
      cwd: folder,
      stdio: "inherit",
    });
    child.once("error", reject);
    child.once("close", resolve);
  });

const start = (main, settings, cwd, env, echo) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...(settings.args ?? [])], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const got = { stdout: "", stderr: "", code: null, signal: null, timedOut: false };
    const timer = setTimeout(() => {
      got.timedOut = true;
      child.kill("SIGKILL");
    }, settings.timeoutMs ?? 60_000);
    for (const stream of ["stdout", "stderr"]) {
      child[stream].setEncoding("utf8").on("data", (text) => {
        got[stream] += text;
        if (echo) process[stream].write(text);
      });
    }
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve(Object.assign(got, { code, signal }));
    });
  });

/** Paths of the files under a folder, relative to it, with `/`, sorted. */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.split(sep).includes("node_modules") && statSync(join(folder, path)).isFile())
    .map((path) => relative(folder, join(folder, path)).split(sep).join("/"))
    .sort();

const fileText = (path) => {
  if (!existsSync(path)) return "(missing)\n";
  const bytes = readFileSync(path);
  if (path.endsWith(".gz")) return gunzipSync(bytes).toString();
  if (path.endsWith(".br")) return brotliDecompressSync(bytes).toString();
  return bytes.toString();
};
