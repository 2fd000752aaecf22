#!/usr/bin/env node
// npm run bench -- [scenario…] [--rounds 5] [--peers cordwood,pino | all] [--scale 1] [--json file] [--markdown] [--profile] [--list]
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { allScenarios } from "./scenarios.mjs";
import { verify } from "./verify.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    peers: { type: "string", default: "all" },
    scale: { type: "string", default: "1" },
    json: { type: "string" },
    list: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const wanted = values.peers === "all" ? undefined : values.peers.split(",");
const known = await allScenarios();
if (values.list) {
  for (const { name, title } of known) console.log(`${name.padEnd(22)} ${title}`);
  process.exit(0);
}
const unknown = positionals.filter((name) => !known.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  console.error(`no scenario named ${unknown.join(", ")}; there are: ${known.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const chosen = positionals.length === 0 ? known : known.filter(({ name }) => positionals.includes(name));

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Runs one cell in a fresh process and an empty folder, then reads back every line it wrote. */
const runCell = async (scenario, cell) => {
  const count = Math.max(1, Math.round(scenario.count * (scenario.shares?.[cell] ?? 1) * Number(values.scale)));
  const folder = mkdtempSync(join(process.env["CORDWOOD_BENCH_DIR"] ?? tmpdir(), "cordwood-bench-"));
  try {
    const profile = values.profile ? ["--cpu-prof", `--cpu-prof-dir=${join(here, "out", `${scenario.name}-${cell}`)}`] : [];
    const execArgv = [...profile, ...(scenario.execArgv ?? [])];
    const child = fork(join(here, "cell.mjs"), [scenario.name, cell, folder, String(count)], {
      cwd: folder,
      execArgv,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    let figures;
    child.on("message", (message) => (figures = message));
    const code = await new Promise((resolve) => child.once("close", resolve));
    if (figures === undefined) return { problem: `ended with ${code}: ${errors.trim().split("\n").slice(0, 12).join("\n    ")}` };
    const seen = await verify(scenario, cell, folder, count);
    const said = figures.lost ?? 0;
    return { ...seen, lost: seen.lost + said, count, wall: figures.wallNs / count, cpu: figures.cpuNs / count, figures: figures.figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const number = (value) =>
  value === undefined || Number.isNaN(value)
    ? "–"
    : value >= 100
      ? Math.round(value).toLocaleString("en-US")
      : value.toFixed(value >= 10 ? 1 : 2);
const row = (cells) =>
  console.log(`  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(22) : cell.padStart(index > 6 ? 22 : 12))).join("")}`);

/** One line per bar of a scenario: what was asked, what was measured. */
const judge = (scenario, results) =>
  (scenario.bars ?? []).map(({ cell = "cordwood", of = "pino", measure = "cpu", atMost, atLeast }) => {
    const mine = results[cell];
    const value =
      mine === undefined || mine.problem !== undefined
        ? undefined
        : of === undefined || of === null
          ? mine.figures?.[measure]
          : ratio(results, cell, of, measure);
    const held = value === undefined ? undefined : atMost !== undefined ? value <= atMost : value >= atLeast;
    const asked = atMost !== undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
    return { cell, of, measure, asked, value, held };
  });

const ratio = (results, cell, of, measure) => {
  const other = results[of];
  if (other === undefined || other.problem !== undefined) return undefined;
  const pick = (round) => (measure in round ? round[measure] : round.figures?.[measure]);
  return median(results[cell].rounds.map((round, index) => pick(round) / pick(other.rounds[index])));
};

/** The table for a README: cpu ÷ the base's, wall beside it. */
const markdown = (scenarios) => {
  const withRatios = scenarios.filter(({ figuresOnly, base }) => figuresOnly !== true && base === undefined);
  const peers = [...new Set(withRatios.flatMap(({ results }) => Object.keys(results)))].filter((peer) => peer !== "pino");
  const cell = (results, peer) => {
    if (results[peer] === undefined || results[peer].problem !== undefined || results.pino === undefined) return "–";
    const { lost, torn, doubled } = results[peer];
    const wrong = lost + torn + doubled > 0 ? ` **${lost} lost, ${torn} torn, ${doubled} twice**` : "";
    return `${number(ratio(results, peer, "pino", "cpu"))} / ${number(ratio(results, peer, "pino", "wall"))}${wrong}`;
  };
  console.log(`| scenario | pino, cpu ns | ${peers.join(" | ")} |\n|---|--:|${peers.map(() => "--:|").join("")}`);
  for (const { name, results } of withRatios)
    console.log(`| ${name} | ${number(results.pino?.cpu)} | ${peers.map((peer) => cell(results, peer)).join(" | ")} |`);
};

const all = [];
const judged = { held: 0, missed: 0, not: 0 };
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${rounds} rounds, each cell a fresh process\n`);
for (const scenario of chosen) {
  const cells = Object.keys(scenario.cells).filter(
    (cell) => wanted === undefined || wanted.includes(cell) || scenario.always?.includes(cell),
  );
  if (cells.length === 0) continue;
  const results = Object.fromEntries(cells.map((cell) => [cell, { rounds: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (const cell of cells) {
      if (results[cell].problem !== undefined) continue;
      const measured = await runCell(scenario, cell);
      if (measured.problem !== undefined) results[cell].problem = measured.problem;
      else results[cell].rounds.push(measured);
    }
  }
  console.log(`${scenario.name}: ${scenario.title} (${(scenario.count * Number(values.scale)).toLocaleString("en-US")} records)`);
  const base = scenario.base ?? "pino";
  row(["", "cpu ns/rec", "wall ns/rec", `cpu÷${base}`, `wall÷${base}`, "bytes/rec", "lost", "torn/doubled"]);
  for (const cell of cells) {
    const result = results[cell];
    if (result.problem !== undefined) {
      row([cell, "failed"]);
      console.log(`    ${result.problem}`);
      continue;
    }
    const sum = (key) => result.rounds.reduce((total, one) => total + one[key], 0);
    Object.assign(result, {
      cpu: median(result.rounds.map((one) => one.cpu)),
      wall: median(result.rounds.map((one) => one.wall)),
      lost: sum("lost"),
      torn: sum("torn"),
      doubled: sum("doubled"),
      bytes: median(result.rounds.map((one) => one.bytes / one.count)),
    });
    const keys = Object.keys(result.rounds[0].figures ?? {});
    if (keys.length > 0)
      result.figures = Object.fromEntries(keys.map((key) => [key, median(result.rounds.map((one) => one.figures[key]))]));
    const ratios = (measure) =>
      results[base] === undefined || results[base].problem !== undefined ? undefined : ratio(results, cell, base, measure);
    row([
      cell,
      ...(scenario.figuresOnly
        ? ["", "", "", "", "", ""]
        : [
            number(result.cpu),
            number(result.wall),
            number(ratios("cpu")),
            number(ratios("wall")),
            number(result.bytes),
            String(result.lost),
          ]),
      scenario.figuresOnly ? "" : `${result.torn}/${result.doubled}`,
    ]);
    for (const [key, value] of Object.entries(result.figures ?? {})) console.log(`      ${key}: ${number(value)}`);
  }
  const bars = judge(scenario, results);
  for (const { cell, of, measure, asked, value, held } of bars) {
    judged[held === undefined ? "not" : held ? "held" : "missed"]++;
    const what = of === null ? `${cell} ${measure}` : `${cell} ÷ ${of} (${measure})`;
    console.log(`  bar: ${what} ${asked}: ${value === undefined ? "not measured" : `${number(value)} ${held ? "held" : "MISSED"}`}`);
  }
  console.log("");
  all.push({ name: scenario.name, title: scenario.title, base: scenario.base, figuresOnly: scenario.figuresOnly, results, bars });
}
if (values.markdown) markdown(all);
mkdirSync(join(here, "out"), { recursive: true });
const report = values.json ?? join(here, "out", "latest.json");
writeFileSync(report, JSON.stringify({ node: process.version, date: new Date().toISOString(), rounds, scenarios: all }, undefined, 1));
console.log(`bars: ${judged.held} held, ${judged.missed} missed, ${judged.not} not measured; every figure is in ${report}`);
