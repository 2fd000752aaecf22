// What the context costs a program that never uses it, one that does elsewhere, and one that logs inside of it.
import { fields, NAME, readJson } from "../workloads.mjs";

const ASKS = 20_000_000;

const cell =
  (around) =>
  async ({ file }) => {
    const { getContext, getLogger, withContext } = await import("@cordwood/core");
    const { JsonFormatter } = await import("@cordwood/formatters");
    const { FileHandler } = await import("@cordwood/handlers-file");
    const handler = new FileHandler(file, { buffering: {} });
    handler.setFormatter(new JsonFormatter({ preset: "pino" }));
    const logger = getLogger(NAME);
    logger.setLevel("INFO");
    logger.addHandler(handler);
    const log = (count) => {
      for (let index = 0; index < count; index++) logger.info("request done", fields(index));
    };
    // Asked before the clock starts: a figure of its own.
    const ask = (times) => {
      let found = 0;
      for (let index = 0; index < times; index++) if (getContext() !== undefined) found++;
      return found;
    };
    around(withContext, () => ask(100_000));
    const before = process.cpuUsage();
    const found = around(withContext, () => ask(ASKS));
    const { user, system } = process.cpuUsage(before);
    const figures = { askNs: ((user + system) * 1_000) / ASKS, found: found / ASKS };
    const run = (count) => {
      around(withContext, () => log(count));
      return { figures };
    };
    return { run, finish: () => handler.close() };
  };

export default {
  name: "context",
  order: 17,
  title: "JSON with five fields: no context in the program, one used elsewhere, inside of one",
  count: 150_000,
  base: "never used",
  cells: {
    "never used": cell((_withContext, work) => work()),
    "used elsewhere": cell((withContext, work) => {
      withContext({ requestId: "elsewhere" }, () => {});
      return work();
    }),
    inside: cell((withContext, work) => withContext({ requestId: "8f14e45f" }, work)),
  },
  always: ["never used", "used elsewhere", "inside"],
  outputs: [{ name: "out.log" }],
  read: readJson,
  bars: [
    { cell: "used elsewhere", of: "never used", measure: "cpu", atMost: 1.1 },
    { cell: "never used", of: null, measure: "askNs", atMost: 3 },
  ],
};
