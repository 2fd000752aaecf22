import { ERROR, getLogger, INFO } from "@cordwood/core";
import * as formatters from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";
import { BOUND, failure, fields, HOST, MESSAGE, NAME } from "../workloads.mjs";

const TEXT = "%(asctime)s %(name)s %(levelname)s %(message)s";
// No peer writes at once because a record is an error, so the buffer here does not either.
const buffering = (mode) => (mode === "sync" ? "record" : { flushLevel: "CRITICAL" });

const toFile = (file, mode, formatter, level = 0) => {
  const handler = new FileHandler(file, { buffering: buffering(mode), level });
  handler.setFormatter(formatter);
  return handler;
};
/** A root with one handler; `finish` is what a program does at its end. */
const rootWith = (...handlers) => {
  const root = getLogger();
  root.setLevel(INFO);
  for (const handler of handlers) root.addHandler(handler);
  return async () => {
    for (const handler of handlers) await handler.close();
  };
};
const logins = (logger) => (count) => {
  for (let index = 0; index < count; index++) logger.info(MESSAGE, index, HOST);
};
const json = () => new formatters.JsonFormatter({ preset: "pino" });

export const disabled = ({ file }) => {
  const finish = rootWith(toFile(file, "buffered", new formatters.Formatter(TEXT)));
  const logger = getLogger(NAME);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.debug(MESSAGE, index, HOST);
  };
  return { run, finish };
};

export const text = ({ file, mode }) => {
  const finish = rootWith(toFile(file, mode, new formatters.Formatter(TEXT)));
  return { run: logins(getLogger(NAME)), finish };
};

/** The cookbook's layout. */
export const padded = ({ file, mode }) => {
  const layout = new formatters.Formatter("%(asctime)s %(name)-12s %(levelname)-8s %(message)s", { datefmt: "%m-%d %H:%M" });
  const finish = rootWith(toFile(file, mode, layout));
  return { run: logins(getLogger(NAME)), finish };
};

export const jsonLines = ({ file, mode }) => {
  const finish = rootWith(toFile(file, mode, json()));
  const logger = getLogger(NAME);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info("request done", fields(index));
  };
  return { run, finish };
};

export const child = ({ file, mode }) => {
  const finish = rootWith(toFile(file, mode, json()));
  const logger = getLogger(NAME).with(BOUND);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info("step done", { step: index, ms: 12.5 });
  };
  return { run, finish };
};

export const error = ({ file, mode }) => {
  const finish = rootWith(toFile(file, mode, json()));
  const logger = getLogger(NAME);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.error("payment failed", failure(index));
  };
  return { run, finish };
};

export const hierarchy = ({ file, mode }) => {
  const finish = rootWith(toFile(file, mode, new formatters.Formatter(TEXT)));
  return { run: logins(getLogger(`${NAME}.a.b.c`)), finish };
};

export const fanOut = ({ folder, mode }) => {
  const layout = new formatters.Formatter(TEXT);
  const finish = rootWith(
    toFile(`${folder}/all.log`, mode, layout),
    toFile(`${folder}/info.log`, mode, layout, INFO),
    toFile(`${folder}/error.log`, mode, layout, ERROR),
  );
  getLogger().setLevel("DEBUG");
  const logger = getLogger(NAME);
  const run = (count) => {
    for (let index = 0; index < count; index += 4) {
      logger.debug(MESSAGE, index, HOST);
      logger.info(MESSAGE, index + 1, HOST);
      logger.warning(MESSAGE, index + 2, HOST);
      logger.error(MESSAGE, index + 3, HOST);
    }
  };
  return { run, finish };
};
