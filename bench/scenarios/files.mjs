// What the file handlers cost: one write per record, rotation, several processes, the pause of a rollover.
import { execFileSync, fork } from "node:child_process";
import { readdirSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drained, HOST, NAME, nextTurn, readText } from "../workloads.mjs";

const TEXT = "%(asctime)s %(name)s %(levelname)s %(message)s";
const FILE_BYTES = 10 * 1_048_576;
const PADDED = "record %d of a run that fills a number of files one after the other, padded to length";
const PADDED_LINE = /record (\d+) of a run that fills a number of files one after the other, padded to length/;
const processFile = (name) => fileURLToPath(new URL(`../processes/${name}`, import.meta.url));
/** All log files of a cell, whatever its peer calls them. */
const logFiles = (_cell, folder) => readdirSync(folder).filter((name) => name.startsWith("out"));

const withHandler = async (create) => {
  const [{ getLogger }, { Formatter }, file] = await Promise.all([
    import("@cordwood/core"),
    import("@cordwood/formatters"),
    import("@cordwood/handlers-file"),
  ]);
  const handler = create(file);
  handler.setFormatter(new Formatter(TEXT));
  const logger = getLogger(NAME);
  logger.setLevel("INFO");
  logger.addHandler(handler);
  return { logger, handler, finish: () => handler.close() };
};
const padded = (logger) => (count) => {
  for (let index = 0; index < count; index++) logger.info(PADDED, index);
};
const buffering = { flushLevel: "CRITICAL" };

const recordMode = {
  name: "write-per-record",
  order: 30,
  title: "text, one write per record, against a bare fs.writeSync of the ready-made line",
  count: 150_000,
  base: "bare writeSync",
  cells: {
    cordwood: async ({ file }) => {
      const { logger, finish } = await withHandler(({ FileHandler }) => new FileHandler(file));
      const run = (count) => {
        for (let index = 0; index < count; index++) logger.info("user %d logged in from %s", index, HOST);
      };
      return { run, finish };
    },
    "bare writeSync": async ({ file, count }) => {
      const { openSync, closeSync } = await import("node:fs");
      const descriptor = openSync(file, "a", 0o600);
      const lines = Array.from(
        { length: count },
        (_, index) => `2026-11-20 10:20:30,123 ${NAME} INFO user ${index} logged in from ${HOST}\n`,
      );
      const run = () => {
        for (const line of lines) writeSync(descriptor, line);
      };
      return { run, finish: () => closeSync(descriptor) };
    },
  },
  always: ["bare writeSync"],
  outputs: [{ name: "out.log" }],
  read: readText,
  bars: [{ of: "bare writeSync", measure: "cpu", atMost: 2 }],
};

/** Asynchronously, as it is by default, it does not roll over under load, and takes longer; it moves on when the event loop turns. */
const pinoRoll =
  (options) =>
  async ({ file }) => {
    const [{ default: pino }, { default: roll }] = await Promise.all([import("pino"), import("pino-roll")]);
    const stream = await roll({ file, size: "10m", ...options });
    const logger = pino({ name: NAME, base: {} }, stream);
    const run = async (count) => {
      for (let index = 0; index < count; index++) {
        logger.info(PADDED, index);
        if (index % 1_000 === 999) await nextTurn();
      }
    };
    const finish = () =>
      new Promise((resolve) => {
        stream.on("close", resolve);
        stream.end();
      });
    return { run, finish };
  };

const rotate = {
  name: "rotate",
  order: 31,
  title: "records of about 120 bytes through files of 10 MiB, buffered; CPython's CPU is in its figures",
  count: 1_000_000,
  shares: { winston: 0.3, log4js: 0.1, logtape: 0.3, CPython: 0.3 },
  base: "pino-roll",
  cells: {
    cordwood: async ({ file }) => {
      const { logger, finish } = await withHandler(
        ({ RotatingFileHandler }) => new RotatingFileHandler(file, { maxBytes: FILE_BYTES, backupCount: 100, buffering }),
      );
      return { run: padded(logger), finish };
    },
    "without rotation": async ({ file }) => {
      const { logger, finish } = await withHandler(({ FileHandler }) => new FileHandler(file, { buffering }));
      return { run: padded(logger), finish };
    },
    "pino-roll": pinoRoll({ sync: true }),
    "pino-roll, 4 KiB": pinoRoll({ sync: true, minLength: 4096 }),
    winston: async ({ file }) => {
      const { default: winston } = await import("winston");
      const { combine, timestamp, splat, printf } = winston.format;
      const format = combine(
        timestamp(),
        splat(),
        printf((info) => `${info.timestamp} ${NAME} ${info.level} ${info.message}`),
      );
      const transport = new winston.transports.File({ filename: file, maxsize: FILE_BYTES, maxFiles: 100 });
      const logger = winston.createLogger({ level: "info", format, transports: [transport] });
      const run = async (count) => {
        for (let index = 0; index < count; index++) {
          logger.info(PADDED, index);
          if (logger.writableNeedDrain) await drained(logger);
        }
      };
      const finish = async () => {
        while (logger.writableLength + logger.readableLength > 0) await nextTurn();
        const finished = new Promise((resolve) => transport.on("finish", resolve));
        logger.end();
        await finished;
      };
      return { run, finish };
    },
    log4js: async ({ file }) => {
      const { default: log4js } = await import("log4js");
      const layout = { type: "pattern", pattern: "%d{yyyy-MM-dd hh:mm:ss,SSS} %c %p %m" };
      const appender = { type: "file", filename: file, layout, maxLogSize: FILE_BYTES, backups: 100 };
      log4js.configure({ appenders: { file: appender }, categories: { default: { appenders: ["file"], level: "info" } } });
      const logger = log4js.getLogger(NAME);
      const run = async (count) => {
        for (let index = 0; index < count; index++) {
          logger.info(PADDED, index);
          if (index % 100 === 99) await nextTurn();
        }
      };
      return { run, finish: () => new Promise((resolve) => log4js.shutdown(resolve)) };
    },
    logtape: async ({ file }) => {
      const [{ getRotatingFileSink }, { configure, dispose, getLogger, getTextFormatter }] = await Promise.all([
        import("@logtape/file"),
        import("@logtape/logtape"),
      ]);
      const formatter = getTextFormatter({
        timestamp: "rfc3339",
        category: ".",
        level: "FULL",
        value: String,
        format: ({ timestamp, category, level, message }) => `${timestamp} ${category} ${level} ${message}`,
      });
      await configure({
        sinks: { file: getRotatingFileSink(file, { formatter, maxSize: FILE_BYTES, maxFiles: 100 }) },
        loggers: [
          { category: [], sinks: ["file"], lowestLevel: "info" },
          { category: ["logtape", "meta"], lowestLevel: "error" },
        ],
      });
      const logger = getLogger(["app", "module"]);
      const run = (count) => {
        for (let index = 0; index < count; index++)
          logger.info("record {index} of a run that fills a number of files one after the other, padded to length", { index });
      };
      return { run, finish: dispose };
    },
    CPython: async ({ file, count }) => ({
      run: () => {
        const said = execFileSync("python3", [processFile("rotate.py"), file, String(count), String(FILE_BYTES)], { encoding: "utf8" });
        const [cpuNsInPython, wallNsInPython] = said.split(" ").map(Number);
        return { figures: { cpuNsInPython, wallNsInPython } };
      },
    }),
  },
  always: ["without rotation", "pino-roll", "pino-roll, 4 KiB"],
  outputs: [{ names: logFiles }],
  read: (line) => {
    const found = PADDED_LINE.exec(line);
    return found === null ? undefined : Number(found[1]);
  },
  bars: [
    { of: "pino-roll", measure: "cpu", atMost: 0.3 },
    { of: "without rotation", measure: "cpu", atMost: 1.2 },
  ],
};

const PROCESSES = 4;

/** Four processes that begin together; the wall time is that of the slowest, the CPU that of all. */
const together =
  (peer, mode) =>
  async ({ file, count }) => {
    const each = Math.floor(count / PROCESSES);
    const children = Array.from({ length: PROCESSES }, (_, index) => {
      const records = index === PROCESSES - 1 ? count - each * index : each;
      return fork(processFile("append.mjs"), [peer, file, String(records), String(each * index), mode], {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
    });
    await Promise.all(children.map((child) => new Promise((resolve) => child.once("message", resolve))));
    const run = async () => {
      const ended = children.map((child) => new Promise((resolve) => child.once("message", resolve)));
      for (const child of children) child.send("go");
      const all = await Promise.all(ended);
      return { figures: { cpuNsOfAll: all.reduce((sum, { cpuNs }) => sum + cpuNs, 0) / count } };
    };
    return { run };
  };
const fourProcesses = (name, order, title, mode, peers, bars) => ({
  name,
  order,
  title,
  count: 400_000,
  shares: { log4js: 0.1 },
  cells: Object.fromEntries(peers.map((peer) => [peer, together(peer, mode)])),
  base: peers.includes("pino") ? "pino" : "cordwood",
  outputs: [{ names: logFiles }],
  read: readText,
  bars,
});

/** Upper edges of the histogram's buckets, in milliseconds; the last bucket is all above. */
const EDGES_MS = [0.01, 0.1, 0.5, 1, 2, 5];
/** How many of the times fall into each bucket, as figures. */
const histogram = (what, times) =>
  Object.fromEntries(
    [...EDGES_MS, Number.POSITIVE_INFINITY].map((edge, index) => {
      const above = EDGES_MS[index - 1] ?? 0;
      const name = edge === Number.POSITIVE_INFINITY ? `${what}Over${above}Ms` : `${what}To${edge}Ms`;
      return [name, times.reduce((sum, ms) => sum + (ms > above && ms <= edge ? 1 : 0), 0)];
    }),
  );

const pause = {
  name: "rollover-pause",
  order: 35,
  title: "how long a rollover of 10 MiB, with gzip going on beside it, holds the call that meets it; and any call",
  count: 400_000,
  figuresOnly: true,
  cells: {
    cordwood: async ({ file }) => {
      const { performance } = await import("node:perf_hooks");
      const rollovers = [];
      const { logger, finish } = await withHandler(({ RotatingFileHandler }) => {
        class Timed extends RotatingFileHandler {
          doRollover() {
            const began = performance.now();
            super.doRollover();
            rollovers.push(performance.now() - began);
          }
        }
        return new Timed(file, { maxBytes: FILE_BYTES, backupCount: 3, compress: "gzip" });
      });
      const run = async (count) => {
        const calls = new Float64Array(count);
        for (let index = 0; index < count; index++) {
          const began = performance.now();
          logger.info(PADDED, index);
          calls[index] = performance.now() - began;
          if (index % 1_000 === 999) await nextTurn();
        }
        calls.sort();
        rollovers.sort((one, other) => one - other);
        const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
        return {
          figures: {
            rollovers: rollovers.length,
            rolloverP50Ms: at(rollovers, 0.5) ?? 0,
            rolloverMostMs: at(rollovers, 1) ?? 0,
            callP50Ms: at(calls, 0.5),
            callP99Ms: at(calls, 0.99),
            callP999Ms: at(calls, 0.999),
            callP9999Ms: at(calls, 0.9999),
            callMostMs: at(calls, 1),
            ...histogram("rollovers", rollovers),
            ...histogram("calls", calls),
          },
        };
      };
      return { run, finish };
    },
  },
  bars: [{ of: null, measure: "rolloverMostMs", atMost: 5 }],
};

export default [
  recordMode,
  rotate,
  fourProcesses(
    "four-processes",
    32,
    "four processes append to one file, one write per record; the CPU of all four is in the figures",
    "record",
    ["cordwood", "pino", "log4js"],
    [{ measure: "cpuNsOfAll", atMost: 0.8 }],
  ),
  fourProcesses(
    "four-buffered",
    33,
    "four processes append to one file, buffered; the CPU of all four is in the figures",
    "buffered",
    ["cordwood", "pino"],
    [{ measure: "cpuNsOfAll", atMost: 0.8 }],
  ),
  fourProcesses("four-rotating", 34, "four processes on one file that rolls over at 5 MiB", "shared", ["cordwood", "log4js"], []),
  pause,
];
