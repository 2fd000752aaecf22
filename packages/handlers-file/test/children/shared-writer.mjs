// Writes numbered records to a shared file: shared-writer.mjs <file> <id> <count> <kind> <options as JSON>
import { makeLogRecord } from "@cordwood/core";
import { FileHandler, RotatingFileHandler, TimedRotatingFileHandler } from "@cordwood/handlers-file";

const [file, id, count, kind, options] = process.argv.slice(2);
const kinds = { FileHandler, RotatingFileHandler, TimedRotatingFileHandler };
const handler = new kinds[kind](file, { shared: true, ...JSON.parse(options) });
const padding = "x".repeat(80);
for (let index = 0; index < Number(count); index++) handler.handle(makeLogRecord({ msg: `${id} ${index} ${padding}` }));
await handler.close();
console.log(JSON.stringify(handler.stats()));
