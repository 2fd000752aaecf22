import winston from "winston";
import { BOUND, drained, failure, fields, HOST, MESSAGE, NAME, nextTurn } from "../workloads.mjs";

const { combine, timestamp, splat, printf, errors, json } = winston.format;
const line = combine(
  timestamp(),
  splat(),
  printf((info) => `${info.timestamp} ${info.name} ${info.level} ${info.message}`),
);
const jsonLine = combine(errors({ stack: true }), timestamp(), json());

const open = (transports, format, level = "info") => {
  const logger = winston.createLogger({ level, format, defaultMeta: { name: NAME }, transports });
  const finish = async () => {
    // Ended with lines still between logger and transport it fails with "write after end".
    while (logger.writableLength + logger.readableLength > 0) await nextTurn();
    const finished = transports.map((one) => new Promise((resolve) => one.on("finish", resolve)));
    logger.end();
    await Promise.all(finished);
  };
  return { logger, finish };
};
const single = ({ file }, format) => open([new winston.transports.File({ filename: file })], format);
/** winston has no synchronous file; its stream is waited for so that nothing is lost or held. */
const paced = (logger, call) => async (count) => {
  for (let index = 0; index < count; index++) {
    call(index);
    if (logger.writableNeedDrain) await drained(logger);
  }
};

export const disabled = (context) => {
  const { logger, finish } = single(context, line);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.debug(MESSAGE, index, HOST);
  };
  return { run, finish };
};

export const text = (context) => {
  const { logger, finish } = single(context, line);
  return { run: paced(logger, (index) => logger.info(MESSAGE, index, HOST)), finish };
};

export const jsonLines = (context) => {
  const { logger, finish } = single(context, jsonLine);
  return { run: paced(logger, (index) => logger.info("request done", fields(index))), finish };
};

export const child = (context) => {
  const { logger, finish } = single(context, jsonLine);
  const bound = logger.child(BOUND);
  return { run: paced(logger, (index) => bound.info("step done", { step: index, ms: 12.5 })), finish };
};

export const error = (context) => {
  const { logger, finish } = single(context, jsonLine);
  return { run: paced(logger, (index) => logger.error(failure(index))), finish };
};

export const fanOut = ({ folder }) => {
  const to = (name, level) => new winston.transports.File({ filename: `${folder}/${name}.log`, level });
  const { logger, finish } = open([to("all", "debug"), to("info", "info"), to("error", "error")], line, "debug");
  const levels = ["debug", "info", "warn", "error"];
  return { run: paced(logger, (index) => logger[levels[index % 4]](MESSAGE, index, HOST)), finish };
};
