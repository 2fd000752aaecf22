// Opens and closes handlers and prints how many descriptors are open before and after: open-and-close.mjs <file> <times>
import { readdirSync } from "node:fs";
import { makeLogRecord } from "@cordwood/core";
import { RotatingFileHandler } from "@cordwood/handlers-file";

const [file, times] = process.argv.slice(2);
const open = () => readdirSync("/proc/self/fd").length;
const before = open();
for (let index = 0; index < Number(times); index++) {
  const handler = new RotatingFileHandler(file, { maxBytes: 500, backupCount: 3 });
  handler.handle(makeLogRecord({ msg: `${index}` }));
  handler.close();
}
console.log(JSON.stringify({ before, after: open() }));
