import log4js from "log4js";
import { HOST, MESSAGE, NAME, nextTurn } from "../workloads.mjs";

const layout = { type: "pattern", pattern: "%d{yyyy-MM-dd hh:mm:ss,SSS} %c %p %m" };
const open = (appenders, level, name = NAME) => {
  log4js.configure({
    appenders,
    categories: { default: { appenders: Object.keys(appenders).filter((key) => !key.startsWith("_")), level } },
  });
  return { logger: log4js.getLogger(name), finish: () => new Promise((resolve) => log4js.shutdown(resolve)) };
};
const type = (mode) => (mode === "sync" ? "fileSync" : "file");
const single = ({ file, mode }, name) => open({ file: { type: type(mode), filename: file, layout } }, "info", name);
/** Its file appender queues every line; a turn of the event loop now and then keeps the queue short. */
const paced = (mode, call) => async (count) => {
  for (let index = 0; index < count; index++) {
    call(index);
    if (mode !== "sync" && index % 100 === 99) await nextTurn();
  }
};

export const disabled = ({ file }) => {
  const { logger, finish } = single({ file, mode: "sync" });
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.debug(MESSAGE, index, HOST);
  };
  return { run, finish };
};

export const text = (context) => {
  const { logger, finish } = single(context);
  return { run: paced(context.mode, (index) => logger.info(MESSAGE, index, HOST)), finish };
};

export const hierarchy = (context) => {
  const { logger, finish } = single(context, `${NAME}.a.b.c`);
  return { run: paced(context.mode, (index) => logger.info(MESSAGE, index, HOST)), finish };
};

export const fanOut = ({ folder, mode }) => {
  const to = (name) => ({ type: type(mode), filename: `${folder}/${name}.log`, layout });
  const only = (appender, level) => ({ type: "logLevelFilter", appender, level });
  const { logger, finish } = open(
    { all: to("all"), _info: to("info"), _error: to("error"), info: only("_info", "info"), error: only("_error", "error") },
    "debug",
  );
  const levels = ["debug", "info", "warn", "error"];
  return { run: paced(mode, (index) => logger[levels[index % 4]](MESSAGE, index, HOST)), finish };
};
