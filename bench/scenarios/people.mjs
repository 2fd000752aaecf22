// Lines for people and logfmt: each peer's own formatter into the same sink, which gathers 64 KiB before it writes.
import { closeSync, openSync, writeSync } from "node:fs";
import { Writable } from "node:stream";
import { HOST, NAME } from "../workloads.mjs";

const BUFFER = 65_536;
const fields = (index) => ({ id: index, host: HOST, ms: 12.5 });

/** A file as all of them can write to it: `write(text)`. */
const sink = (file) => {
  const descriptor = openSync(file, "w");
  let text = "";
  const out = () => {
    writeSync(descriptor, text);
    text = "";
  };
  return {
    write(more) {
      text += more;
      if (text.length >= BUFFER) out();
      return true;
    },
    finish() {
      out();
      closeSync(descriptor);
    },
  };
};
/** The same as a stream of Node's, for those that ask for one. */
const stream = (to) =>
  new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      to.write(String(text));
      done();
    },
  });

const cordwood =
  (formatterOf) =>
  async ({ file }) => {
    const { getLogger, StreamHandler } = await import("@cordwood/core");
    const formatters = await import("@cordwood/formatters");
    const to = sink(file);
    const handler = new StreamHandler(to, { formatter: formatterOf(formatters) });
    const logger = getLogger(NAME);
    logger.setLevel("INFO");
    logger.addHandler(handler);
    const run = (count) => {
      for (let index = 0; index < count; index++) logger.info("request done", fields(index));
    };
    const finish = async () => {
      await handler.close();
      to.finish();
    };
    return { run, finish };
  };

const logtape =
  (formatterOf) =>
  async ({ file }) => {
    const { configure, getLogger } = await import("@logtape/logtape");
    const format = await formatterOf();
    const to = sink(file);
    await configure({
      sinks: { file: (record) => void to.write(format(record)) },
      loggers: [
        { category: [], sinks: ["file"], lowestLevel: "info" },
        { category: ["logtape", "meta"], lowestLevel: "error" },
      ],
    });
    const logger = getLogger(NAME.split("."));
    const run = (count) => {
      for (let index = 0; index < count; index++) logger.info("request done", fields(index));
    };
    return { run, finish: () => to.finish() };
  };

const pinoPretty = async ({ file }) => {
  const { default: pino } = await import("pino");
  const { default: pretty } = await import("pino-pretty");
  const to = sink(file);
  const logger = pino({ name: NAME }, pretty({ sync: true, colorize: true, singleLine: true, destination: stream(to) }));
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info(fields(index), "request done");
  };
  return { run, finish: () => to.finish() };
};

const consola = async ({ file }) => {
  const { createConsola } = await import("consola");
  const to = sink(file);
  const out = stream(to);
  const logger = createConsola({ fancy: true, stdout: out, stderr: out, throttle: 0, formatOptions: { colors: true } }).withTag(NAME);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info("request done", fields(index));
  };
  return { run, finish: () => to.finish() };
};

const tslog = async ({ file }) => {
  const { Logger } = await import("tslog");
  const to = sink(file);
  // It writes to the console and nowhere else.
  console.log = (text) => void to.write(`${text}\n`);
  const logger = new Logger({ name: NAME, type: "pretty", stack: { capture: "off" } });
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info("request done", fields(index));
  };
  return { run, finish: () => to.finish() };
};

const signale = async ({ file }) => {
  process.env["FORCE_COLOR"] = "1";
  const { default: signale } = await import("signale");
  const to = sink(file);
  const logger = new signale.Signale({ scope: NAME, stream: stream(to) });
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info("request done", fields(index));
  };
  return { run, finish: () => to.finish() };
};

const winston =
  (formatOf) =>
  async ({ file }) => {
    const { default: winston } = await import("winston");
    const to = sink(file);
    const logger = winston.createLogger({
      format: await formatOf(winston.format),
      defaultMeta: { logger: NAME },
      transports: [new winston.transports.Stream({ stream: stream(to) })],
    });
    const run = (count) => {
      for (let index = 0; index < count; index++) logger.info("request done", fields(index));
    };
    return { run, finish: () => to.finish() };
  };

const COLORS = /\x1b\[[\d;]*m/g;
/** The number of a record, which some show on a line of its own. */
const read = (line) => {
  const found = /(?<!\w)id["']?[=:] ?(\d+)/.exec(line.replace(COLORS, ""));
  return found === null ? undefined : Number(found[1]);
};
const outputs = [{ name: "out.log" }];
const ahead = (cells) =>
  Object.keys(cells)
    .filter((cell) => cell !== "cordwood")
    .map((of) => ({ of, measure: "cpu", atMost: 1 }));

const pretty = {
  cordwood: cordwood(({ PrettyFormatter }) => new PrettyFormatter({ color: true, theme: "dark", width: 160 })),
  "pino-pretty": pinoPretty,
  consola,
  logtape: logtape(async () =>
    (await import("@logtape/pretty")).getPrettyFormatter({
      properties: true,
      timestamp: "time",
      inspectOptions: { breakLength: Infinity },
    }),
  ),
  tslog,
  signale,
  winston: winston((format) =>
    format.combine(
      format.timestamp(),
      format.colorize(),
      format.printf(
        ({ timestamp, level, message, logger, ...rest }) => `${timestamp} ${level} ${logger}: ${message} ${JSON.stringify(rest)}`,
      ),
    ),
  ),
};
const logfmt = {
  cordwood: cordwood(({ LogfmtFormatter }) => new LogfmtFormatter()),
  logtape: logtape(async () => (await import("@logtape/logtape")).getLogfmtFormatter()),
  "winston with logfmt": winston(async (format) => {
    const { default: logfmt } = await import("logfmt");
    return format.combine(
      format.timestamp(),
      format.printf((info) => logfmt.stringify(info)),
    );
  }),
};

export default [
  {
    name: "pretty",
    order: 15,
    title: "lines for people, coloured, three fields",
    count: 50_000,
    shares: { consola: 0.4, signale: 0.4, tslog: 0.4, logtape: 0.4 },
    base: "pino-pretty",
    cells: pretty,
    outputs: outputs.map((output) => ({ ...output, skip: (line) => read(line) === undefined })),
    read,
    bars: ahead(pretty),
  },
  {
    name: "logfmt",
    order: 16,
    title: "logfmt, three fields",
    count: 100_000,
    base: "logtape",
    cells: logfmt,
    outputs,
    read,
    bars: ahead(logfmt),
  },
];
