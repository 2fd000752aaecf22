import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const bench = dirname(dirname(fileURLToPath(import.meta.url)));
const TIMES = 7;
const OURS = ["core", "formatters", "handlers-file"];
const ALL_OURS = [...OURS, "config", "handlers-net"];

/** CPU and wall time of importing a program in a new process, the best of a few: what the program itself has to wait for. */
const importTime = (program) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(bench, "import-time.mjs"), pathToFileURL(program).href], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};

/** A program that imports these modules, in a folder where they are found. */
const programOf = (folder, name, specifiers) => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, specifiers.map((specifier, index) => `import * as module${index} from "${specifier}";\n`).join(""));
  return file;
};

/** Cordwood's packages as npm puts them into a project: real folders beside each other. */
const installOurs = (project) => {
  for (const name of ALL_OURS)
    for (const part of ["package.json", "dist"])
      cpSync(join(bench, "..", "packages", name, part), join(project, "node_modules", "@cordwood", name, part), { recursive: true });
};

/** Time over that of a program which imports `node:fs` alone, both measured in turn. */
const cell = (makeProgram) => async (context) => {
  const program = await makeProgram(context);
  const nodeFs = programOf(context.folder, "node-fs", ["node:fs"]);
  return {
    run: () => {
      const best = { cpuMs: Number.POSITIVE_INFINITY, wallMs: Number.POSITIVE_INFINITY };
      const floor = { ...best };
      for (let time = 0; time < TIMES; time++)
        for (const [file, least] of [
          [program, best],
          [nodeFs, floor],
        ]) {
          const { cpuMs, wallMs } = importTime(file);
          least.cpuMs = Math.min(least.cpuMs, cpuMs);
          least.wallMs = Math.min(least.wallMs, wallMs);
        }
      return { figures: { cpuOverNodeFsMs: best.cpuMs - floor.cpuMs, wallOverNodeFsMs: best.wallMs - floor.wallMs } };
    },
  };
};
const ours = (names) =>
  cell(({ folder }) => {
    installOurs(folder);
    return programOf(
      folder,
      "program",
      names.map((name) => `@cordwood/${name}`),
    );
  });
const peer = (...specifiers) => cell(() => programOf(join(bench, "out", "import"), specifiers.join("-").replace(/\W+/g, "-"), specifiers));

export default {
  name: "import",
  order: 21,
  title: "importing the packages that a program with a log file needs, in a new process",
  count: 1,
  figuresOnly: true,
  cells: {
    cordwood: ours(OURS),
    "cordwood, config": ours(["core", "config"]),
    "cordwood, network": ours(["core", "handlers-net"]),
    "cordwood, bundled": cell(async ({ folder }) => {
      installOurs(folder);
      const outfile = join(folder, "bundle.mjs");
      const contents =
        'export { getLogger } from "@cordwood/core"; export { Formatter } from "@cordwood/formatters"; export { FileHandler } from "@cordwood/handlers-file";';
      await build({ stdin: { contents, resolveDir: folder }, outfile, bundle: true, minify: true, platform: "node", format: "esm" });
      return outfile;
    }),
    pino: peer("pino"),
    winston: peer("winston"),
    log4js: peer("log4js"),
    logtape: peer("@logtape/logtape", "@logtape/file"),
    bunyan: peer("bunyan"),
  },
  always: ["cordwood, config", "cordwood, network", "cordwood, bundled"],
  bars: [
    { of: null, measure: "wallOverNodeFsMs", atMost: 3 },
    // The same as a share of pino's time: 3 ms where `node:fs` takes 1.1 and pino 15.7.
    { of: "pino", measure: "cpuOverNodeFsMs", atMost: 0.205 },
    { cell: "cordwood, bundled", of: null, measure: "wallOverNodeFsMs", atMost: 3 },
  ],
};
