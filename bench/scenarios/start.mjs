import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const bench = dirname(dirname(fileURLToPath(import.meta.url)));
const TIMES = 5;

/** Milliseconds for the imports in a new process, the best of a few: what the program itself has to wait for. */
const importMs = (specifiers) => {
  const times = Array.from({ length: TIMES }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(bench, "import-time.mjs"), ...specifiers], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout);
  });
  return Math.min(...times);
};

const cell =
  (...specifiers) =>
  () => ({
    run: () => {
      const ms = importMs(specifiers);
      return { figures: { importMs: ms, overNodeFsMs: ms - importMs(["node:fs"]) } };
    },
  });

export default {
  name: "import",
  order: 21,
  title: "importing the packages that a program with a log file needs, in a new process",
  count: 1,
  figuresOnly: true,
  cells: {
    "node:fs": cell("node:fs"),
    cordwood: cell("@cordwood/core", "@cordwood/formatters", "@cordwood/handlers-file"),
    pino: cell("pino"),
    winston: cell("winston"),
    log4js: cell("log4js"),
    logtape: cell("@logtape/logtape", "@logtape/file"),
    bunyan: cell("bunyan"),
  },
  bars: [{ of: null, measure: "overNodeFsMs", atMost: 3 }],
};
