import { cells } from "../peers.mjs";
import { HOST, MESSAGE, readChild, readError, readJson, readText } from "../workloads.mjs";

const outputs = [{ name: "out.log" }];
const everyone = ["pino", "winston", "log4js", "logtape", "bunyan"];
const slow = { log4js: 0.1, winston: 0.5 };
const bar = (atMost) => [{ measure: "cpu", atMost }];

class Empty {
  debug(_message, ..._args) {}
}
const empty = async () => {
  const logger = new Empty();
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.debug(MESSAGE, index, HOST);
  };
  return { run };
};

/** pino writing through the sonic-boom whose buffer is quicker than the current one's. */
const withOldSonicBoom = (workload) => ({
  "pino, sonic-boom 4.2.0": async (context) =>
    (await import("../peers/pino.mjs"))[workload]({ ...context, mode: "buffered", sonicBoom4: true }),
});

export default [
  {
    name: "disabled",
    order: 1,
    title: "a debug call with two arguments, below the level",
    count: 20_000_000,
    shares: { winston: 0.02, logtape: 0.1, log4js: 0.1 },
    cells: { ...cells("disabled", {}, everyone), empty },
    always: ["empty"],
    bars: [
      { measure: "cpu", atMost: 0.6 },
      { of: "empty", measure: "cpu", atMost: 1.5 },
    ],
  },
  {
    name: "text-sync",
    order: 2,
    title: "time, name, level, message with two arguments; one write per record",
    count: 150_000,
    shares: slow,
    cells: cells("text", { mode: "sync" }, ["pino", "log4js"]),
    outputs,
    read: readText,
    bars: bar(0.8),
  },
  {
    name: "text-sync-warm",
    order: 3,
    title: "the same with four times the records",
    count: 600_000,
    cells: cells("text", { mode: "sync" }, ["pino"]),
    outputs,
    read: readText,
    bars: bar(0.72),
  },
  {
    name: "text-buffered",
    order: 4,
    title: "time, name, level, message with two arguments; the fastest mode that loses nothing",
    count: 150_000,
    shares: slow,
    cells: cells("text", { mode: "buffered" }, everyone),
    outputs,
    read: readText,
    bars: bar(0.5),
  },
  {
    name: "text-buffered-warm",
    order: 5,
    title: "the same with four times the records",
    count: 600_000,
    cells: cells("text", { mode: "buffered" }, ["pino"]),
    outputs,
    read: readText,
    bars: bar(0.4),
  },
  {
    name: "text-padded",
    order: 6,
    title: "the cookbook's padded layout with a datefmt, against the plain layout, buffered",
    count: 150_000,
    base: "plain",
    cells: {
      plain: cells("text", { mode: "buffered" }, []).cordwood,
      padded: cells("padded", { mode: "buffered" }, []).cordwood,
    },
    always: ["plain", "padded"],
    outputs,
    read: (line, cell) => {
      if (cell === "plain") return readText(line);
      const found = /^\d\d-\d\d \d\d:\d\d app\.module {3}INFO {5}user (\d+) logged in from 10\.0\.0\.1$/.exec(line);
      return found === null ? undefined : Number(found[1]);
    },
    bars: [{ cell: "padded", of: "plain", measure: "cpu", atMost: 1.2 }],
  },
  {
    name: "json-sync",
    order: 7,
    title: "JSON with five fields, one write per record",
    count: 150_000,
    cells: cells("jsonLines", { mode: "sync" }, ["pino"]),
    outputs,
    read: readJson,
    bars: bar(0.75),
  },
  {
    name: "json-buffered",
    order: 8,
    title: "JSON with five fields, the fastest mode that loses nothing",
    count: 150_000,
    shares: slow,
    cells: { ...cells("jsonLines", { mode: "buffered" }, ["pino", "winston", "logtape", "bunyan"]), ...withOldSonicBoom("jsonLines") },
    always: ["pino, sonic-boom 4.2.0"],
    outputs,
    read: readJson,
    bars: [...bar(0.45), { of: "pino, sonic-boom 4.2.0", measure: "cpu", atMost: 0.65 }],
  },
  {
    name: "json-buffered-warm",
    order: 9,
    title: "the same with four times the records",
    count: 600_000,
    cells: cells("jsonLines", { mode: "buffered" }, ["pino"]),
    outputs,
    read: readJson,
  },
  {
    name: "child",
    order: 10,
    title: "JSON, three bound fields and two of the call, buffered",
    count: 150_000,
    shares: slow,
    cells: cells("child", { mode: "buffered" }, ["pino", "winston", "logtape", "bunyan"]),
    outputs,
    read: readChild,
    bars: bar(0.5),
  },
  {
    name: "error",
    order: 11,
    title: "JSON, an error with its stack, buffered",
    count: 50_000,
    cells: cells("error", { mode: "buffered" }, ["pino", "winston", "logtape", "bunyan"]),
    outputs,
    read: readError,
    bars: bar(0.85),
  },
  {
    name: "hierarchy",
    order: 12,
    title: "text from a logger five levels deep to a handler at the root, buffered",
    count: 150_000,
    shares: slow,
    cells: cells("hierarchy", { mode: "buffered" }, ["pino", "log4js", "logtape"]),
    outputs,
    read: readText,
    bars: bar(0.55),
  },
  {
    name: "fan-out",
    order: 13,
    title: "text to three handlers: everything, INFO and above, ERROR and above; buffered",
    count: 150_000,
    shares: { ...slow, log4js: 0.04 },
    cells: cells("fanOut", { mode: "buffered" }, everyone),
    outputs: [
      { name: "all.log" },
      { name: "info.log", expects: (index) => index % 4 >= 1 },
      { name: "error.log", expects: (index) => index % 4 === 3 },
    ],
    read: readText,
    bars: bar(0.45),
  },
];
