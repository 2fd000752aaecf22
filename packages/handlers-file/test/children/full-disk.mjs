// Logs while the disk is full, frees space by removing the filler, logs on, and prints what it saw.
// full-disk.mjs <file> <filler> <records> <options as JSON>
import { rmSync } from "node:fs";
import { getLogger, setErrorReporter } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";

const [file, filler, records, options] = process.argv.slice(2);
const reports = [];
setErrorReporter((report) => reports.push(report.message));
const handler = new FileHandler(file, JSON.parse(options));
const logger = getLogger("disk");
logger.setLevel("INFO");
logger.addHandler(handler);
const padding = "x".repeat(280);
let thrown = 0;
let number = 0;
const log = (count) => {
  for (const end = number + count; number < end; number++) {
    try {
      logger.info("%d %s end", number, padding);
    } catch {
      thrown++;
    }
  }
};
log(Number(records) / 10);
globalThis.gc?.();
const before = process.memoryUsage.rss();
log((Number(records) * 9) / 10);
const grown = process.memoryUsage.rss() - before;
const full = handler.stats();
if (filler !== "") rmSync(filler);
const freedAt = number;
log(20);
await handler.flush();
handler.close();
console.log(JSON.stringify({ thrown, grown, full, stats: handler.stats(), reports, freedAt }));
