// logrotate renames the file and creates another; the handler sees that and writes to the new one. No signal is needed.
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { getLogger } from "@cordwood/core";
import { WatchedFileHandler } from "@cordwood/handlers-file";

const logger = getLogger("app");
logger.setLevel("INFO");
logger.addHandler(new WatchedFileHandler("app.log"));

/** What logrotate does with the configuration beside this file. */
const logrotate = (generation: number): void => {
  renameSync("app.log", `app.log.${generation}`);
  writeFileSync("app.log", "", { mode: 0o600 });
};

logger.info("before the first rotation");
logrotate(1);
logger.info("after it");
logger.info("and on");
logrotate(2);
logger.info("after the second one");

for (const name of readdirSync(".").sort()) console.log(name);
