// Logs numbered records as fast as it can until its standard input ends, then prints how many: renamed-writer.mjs <file> <class> <options as JSON>
import { makeLogRecord } from "@cordwood/core";
import { FileHandler, RotatingFileHandler, WatchedFileHandler } from "@cordwood/handlers-file";

const [file, kind, options] = process.argv.slice(2);
const kinds = { FileHandler, RotatingFileHandler, WatchedFileHandler };
const handler = new kinds[kind](file, JSON.parse(options));
let number = 0;
let ended = false;
process.stdin.on("end", () => (ended = true)).resume();
const log = () => {
  for (let count = 0; count < 200; count++) handler.handle(makeLogRecord({ msg: `${number++} end` }));
  if (!ended) return void setImmediate(log);
  handler.close();
  console.log(JSON.stringify({ number, stats: handler.stats() }));
};
log();
