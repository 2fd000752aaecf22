// Logs 10,000 records and ends in the way that is asked for: ending.mjs <file> <options as JSON> <way>
import { getLogger, shutdownOn } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";

const [file, options, way] = process.argv.slice(2);
const logger = getLogger("ending");
logger.setLevel("INFO");
logger.addHandler(new FileHandler(file, JSON.parse(options)));
if (way === "SIGTERM with shutdownOn") shutdownOn(["SIGTERM"]);

const log = () => {
  for (let number = 0; number < 10_000; number++) logger.info("%d", number);
};

if (way === "process.exit later") {
  setTimeout(() => {
    log();
    process.exit(3);
  }, 20);
} else {
  log();
  if (way === "process.exit in the first tick") process.exit(3);
  if (way === "uncaught error") throw new Error("uncaught");
  if (way === "unhandled rejection") Promise.reject(new Error("unhandled"));
  if (way.startsWith("SIGTERM")) {
    setInterval(() => {}, 1_000);
    setTimeout(() => process.kill(process.pid, "SIGTERM"), 5);
  }
}
