// Logs numbered records to a shared rotating file until it is killed; each is acknowledged when its call has returned.
// endless-shared-writer.mjs <file> <acknowledged> <id> <options as JSON>
import { openSync, writeSync } from "node:fs";
import { makeLogRecord } from "@cordwood/core";
import { RotatingFileHandler } from "@cordwood/handlers-file";

const [file, acknowledged, id, options] = process.argv.slice(2);
const descriptor = openSync(acknowledged, "a");
const handler = new RotatingFileHandler(file, { shared: true, ...JSON.parse(options) });
let number = 0;
const log = () => {
  for (let count = 0; count < 50; count++) {
    handler.handle(makeLogRecord({ msg: `${id} ${number} ${"x".repeat(80)}` }));
    writeSync(descriptor, `${id} ${number++}\n`);
  }
  setImmediate(log);
};
log();
