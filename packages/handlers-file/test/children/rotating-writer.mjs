// Logs numbered records through a rotating handler that is killed at one of its calls to the file system.
// rotating-writer.mjs <file> <acknowledged> <options as JSON> <records> <kill at call>
import { openSync, writeSync } from "node:fs";
import { makeLogRecord } from "@cordwood/core";
import { RotatingFileHandler } from "@cordwood/handlers-file";
import { killingAt } from "./faulty-system.mjs";

const [file, acknowledged, options, records, at] = process.argv.slice(2);
const descriptor = openSync(acknowledged, "a");
const handler = new RotatingFileHandler(file, { ...JSON.parse(options), fileSystem: killingAt(Number(at)) });
for (let number = 0; number < Number(records); number++) {
  handler.handle(makeLogRecord({ msg: `${number} end` }));
  writeSync(descriptor, `${number}\n`);
}
await handler.close();
