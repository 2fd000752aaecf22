#!/usr/bin/env node
// node examples/run.mjs <recipe>…       shows a recipe's output, where its files are, and whether it is the expected one
// node examples/run.mjs --all           runs every recipe and compares
// node examples/run.mjs --live <recipe>    runs it with the real time on this terminal; its files stay in .cordwood/<recipe>
// node examples/run.mjs --update <recipe>…   writes expected.txt from what it prints: read it before you keep it
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, exampleNames, expectedOf, missingFor, run, runLive } from "./runner.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const all = args.includes("--all");
const update = args.includes("--update");
const known = exampleNames();
const names = all ? known : args.filter((arg) => !arg.startsWith("--"));

const unknown = names.filter((name) => !known.includes(name));
if (names.length === 0 || unknown.length > 0) {
  console.error(unknown.length > 0 ? `no example named ${unknown.join(", ")}` : "usage: node examples/run.mjs <recipe>… | --all");
  console.error(`there are: ${known.join(", ")}`);
  process.exit(2);
}

const showDifference = (expected, actual) => {
  const wanted = expected.split("\n");
  const got = actual.split("\n");
  const line = wanted.findIndex((text, index) => text !== got[index]);
  const at = line === -1 ? wanted.length : line;
  console.error(`  line ${at + 1} of expected.txt:\n    expected: ${wanted[at] ?? "(end)"}\n    printed:  ${got[at] ?? "(end)"}`);
};

const counts = { passed: 0, failed: 0, skipped: 0 };
const { out, remove } = await compile(names);
if (args.includes("--live")) {
  const code = await runLive(out, names[0], join(here, "..", ".cordwood", names[0]));
  remove();
  process.exit(code ?? 1);
}
for (const name of names) {
  const missing = await missingFor(out, name);
  if (missing !== false) {
    counts.skipped++;
    console.log(`skipped ${name}: ${missing}`);
    continue;
  }
  const folder = all || update ? undefined : mkdtempSync(join(tmpdir(), `cordwood-${name}-`));
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const { text, problem } = await run(out, name, folder === undefined ? {} : { echo: true, folder });
  if (folder !== undefined) console.log(`\n(what it wrote is in ${folder})`);
  if (update) writeFileSync(join(here, name, "expected.txt"), text);
  const expected = expectedOf(name);
  if (problem === undefined && text === expected) {
    counts.passed++;
    if (all || update) console.log(`passed  ${name}`);
  } else {
    counts.failed++;
    console.error(`failed  ${name}: ${problem ?? (expected === undefined ? "it has no expected.txt" : "printed something else")}`);
    if (problem !== undefined) console.error(text);
    else if (expected !== undefined) showDifference(expected, text);
  }
}
remove();
if (all) console.log(`examples: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
