import { getFileSink, getStreamFileSink } from "@logtape/file";
import { configure, dispose, getJsonLinesFormatter, getLogger, getTextFormatter, withFilter } from "@logtape/logtape";
import { BOUND, failure, fields, HOST } from "../workloads.mjs";

const LOGIN = "user {id} logged in from {host}";
const textLine = getTextFormatter({
  timestamp: "rfc3339",
  category: ".",
  level: "FULL",
  value: String,
  format: ({ timestamp, category, level, message }) => `${timestamp} ${category} ${level} ${message}`,
});
const jsonLine = getJsonLinesFormatter({ categorySeparator: "." });
// getFileSink asks the disk to sync at every flush, also when it buffers, which is not the same work; its stream does not.
const sink = (file, mode, formatter) =>
  mode === "sync" ? getFileSink(file, { formatter, bufferSize: 0 }) : getStreamFileSink(file, { formatter });

const open = async (sinks, lowestLevel) => {
  await configure({
    sinks,
    loggers: [
      { category: [], sinks: Object.keys(sinks), lowestLevel },
      { category: ["logtape", "meta"], lowestLevel: "error" },
    ],
  });
  return dispose;
};
const single = ({ file, mode }, formatter) => open({ file: sink(file, mode, formatter) }, "info");
const logins = (logger) => (count) => {
  for (let index = 0; index < count; index++) logger.info(LOGIN, { id: index, host: HOST });
};

export const disabled = async ({ file }) => {
  const finish = await single({ file, mode: "buffered" }, textLine);
  const logger = getLogger(["app", "module"]);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.debug(LOGIN, { id: index, host: HOST });
  };
  return { run, finish };
};

export const text = async (context) => {
  const finish = await single(context, textLine);
  return { run: logins(getLogger(["app", "module"])), finish };
};

export const jsonLines = async (context) => {
  const finish = await single(context, jsonLine);
  const logger = getLogger(["app", "module"]);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info("request done", fields(index));
  };
  return { run, finish };
};

export const child = async (context) => {
  const finish = await single(context, jsonLine);
  const logger = getLogger(["app", "module"]).with(BOUND);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info("step done", { step: index, ms: 12.5 });
  };
  return { run, finish };
};

export const error = async (context) => {
  const finish = await single(context, jsonLine);
  const logger = getLogger(["app", "module"]);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.error("payment failed", { error: failure(index) });
  };
  return { run, finish };
};

export const hierarchy = async (context) => {
  const finish = await single(context, textLine);
  return { run: logins(getLogger(["app", "module", "a", "b", "c"])), finish };
};

export const fanOut = async ({ folder, mode }) => {
  const to = (name) => sink(`${folder}/${name}.log`, mode, textLine);
  const finish = await open({ all: to("all"), info: withFilter(to("info"), "info"), error: withFilter(to("error"), "error") }, "debug");
  const logger = getLogger(["app", "module"]);
  const run = (count) => {
    for (let index = 0; index < count; index += 4) {
      logger.debug(LOGIN, { id: index, host: HOST });
      logger.info(LOGIN, { id: index + 1, host: HOST });
      logger.warning(LOGIN, { id: index + 2, host: HOST });
      logger.error(LOGIN, { id: index + 3, host: HOST });
    }
  };
  return { run, finish };
};
