// Logs records of random length without end; writes the number, length, level and time of each to another file once its call has returned.
// acknowledged-writer.mjs <file> <acknowledged> <options as JSON> <longest record>
import { openSync, writeSync } from "node:fs";
import { makeLogRecord } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";

const [file, acknowledged, options, longest] = process.argv.slice(2);
const handler = new FileHandler(file, JSON.parse(options));
const descriptor = openSync(acknowledged, "a");
for (let number = 0; ; number++) {
  const levelno = number % 50 === 49 ? 30 : 20;
  const length = 1 + Math.floor(Math.random() ** 4 * Number(longest));
  const record = makeLogRecord({ msg: `${number} ${"x".repeat(length)} end`, levelno });
  handler.handle(record);
  writeSync(descriptor, `${number} ${record.getMessage().length + 1} ${levelno} ${record.created * 1_000}\n`);
}
