import { createRequire } from "node:module";
import pino from "pino";
import { BOUND, failure, fields, HOST, MESSAGE, NAME } from "../workloads.mjs";

const require = createRequire(import.meta.url);

// sync and 4096, as its documentation has it: the fastest of those that lose nothing (sync: false is slower here).
const destination = (dest, mode) => pino.destination({ dest, sync: true, minLength: mode === "sync" ? 0 : 4096 });
const ended = (stream) =>
  new Promise((resolve) => {
    stream.on("close", resolve);
    stream.end();
  });
const open = ({ file, mode, sonicBoom4 }, options = {}) => {
  const stream = sonicBoom4 === true ? new (require("sonic-boom-4"))({ dest: file, sync: true, minLength: 4096 }) : destination(file, mode);
  const logger = pino({ name: NAME, ...options }, stream);
  return { logger, finish: () => ended(stream) };
};
const logins = (logger) => (count) => {
  for (let index = 0; index < count; index++) logger.info(MESSAGE, index, HOST);
};

export const disabled = ({ file }) => {
  const { logger, finish } = open({ file, mode: "buffered" });
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.debug(MESSAGE, index, HOST);
  };
  return { run, finish };
};

/** Time, level, name and message alone, as the others have it; the JSON scenarios have pino's own pid and hostname on both sides. */
export const text = (context) => {
  const { logger, finish } = open(context, { base: {} });
  return { run: logins(logger), finish };
};

export const jsonLines = (context) => {
  const { logger, finish } = open(context);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info(fields(index), "request done");
  };
  return { run, finish };
};

export const child = (context) => {
  const { logger, finish } = open(context);
  const bound = logger.child(BOUND);
  const run = (count) => {
    for (let index = 0; index < count; index++) bound.info({ step: index, ms: 12.5 }, "step done");
  };
  return { run, finish };
};

export const error = (context) => {
  const { logger, finish } = open(context);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.error(failure(index), "payment failed");
  };
  return { run, finish };
};

/** pino has no tree; five loggers down is a child of a child. */
export const hierarchy = (context) => {
  const { logger, finish } = open(context, { name: undefined, base: {} });
  const leaf = logger
    .child({})
    .child({})
    .child({})
    .child({ name: `${NAME}.a.b.c` });
  return { run: logins(leaf), finish };
};

export const fanOut = ({ folder, mode }) => {
  const streams = ["all", "info", "error"].map((name) => destination(`${folder}/${name}.log`, mode));
  const levels = ["debug", "info", "error"];
  const logger = pino(
    { base: { name: NAME }, level: "debug" },
    pino.multistream(streams.map((stream, index) => ({ stream, level: levels[index] }))),
  );
  const run = (count) => {
    for (let index = 0; index < count; index += 4) {
      logger.debug(MESSAGE, index, HOST);
      logger.info(MESSAGE, index + 1, HOST);
      logger.warn(MESSAGE, index + 2, HOST);
      logger.error(MESSAGE, index + 3, HOST);
    }
  };
  return { run, finish: () => Promise.all(streams.map(ended)) };
};
