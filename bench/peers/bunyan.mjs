import { createWriteStream } from "node:fs";
import bunyan from "bunyan";
import { BOUND, drained, failure, fields, HOST, MESSAGE, NAME } from "../workloads.mjs";

const open = (files) => {
  const streams = files.map(({ path, level }) => ({ level, stream: createWriteStream(path) }));
  const logger = bunyan.createLogger({ name: NAME, streams });
  const finish = () => Promise.all(streams.map(({ stream }) => new Promise((resolve) => stream.end(resolve))));
  return { logger, finish, streams: streams.map(({ stream }) => stream) };
};
const single = ({ file }) => open([{ path: file, level: "info" }]);
const paced = (streams, call) => async (count) => {
  for (let index = 0; index < count; index++) {
    call(index);
    for (const stream of streams) if (stream.writableNeedDrain) await drained(stream);
  }
};

export const disabled = (context) => {
  const { logger, finish } = single(context);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.debug(MESSAGE, index, HOST);
  };
  return { run, finish };
};

export const text = (context) => {
  const { logger, finish, streams } = single(context);
  return { run: paced(streams, (index) => logger.info(MESSAGE, index, HOST)), finish };
};

export const jsonLines = (context) => {
  const { logger, finish, streams } = single(context);
  return { run: paced(streams, (index) => logger.info(fields(index), "request done")), finish };
};

export const child = (context) => {
  const { logger, finish, streams } = single(context);
  const bound = logger.child(BOUND, true);
  return { run: paced(streams, (index) => bound.info({ step: index, ms: 12.5 }, "step done")), finish };
};

export const error = (context) => {
  const { logger, finish, streams } = single(context);
  return { run: paced(streams, (index) => logger.error(failure(index), "payment failed")), finish };
};

export const fanOut = ({ folder }) => {
  const { logger, finish, streams } = open(
    ["all", "info", "error"].map((name, index) => ({ path: `${folder}/${name}.log`, level: ["debug", "info", "error"][index] })),
  );
  const levels = ["debug", "info", "warn", "error"];
  return { run: paced(streams, (index) => logger[levels[index % 4]](MESSAGE, index, HOST)), finish };
};
