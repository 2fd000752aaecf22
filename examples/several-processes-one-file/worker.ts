import { getLogger, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { RotatingFileHandler } from "@cordwood/handlers-file";

const [name = "", records = ""] = process.argv.slice(2);

const logger = getLogger(name);
logger.setLevel("INFO");
logger.addHandler(
  new RotatingFileHandler("app.log", {
    shared: true,
    maxBytes: 50_000,
    backupCount: 100,
    formatter: new Formatter("%(levelname)s %(name)s %(message)s"),
  }),
);

for (let task = 0; task < Number(records); task++) logger.info("did task %d", task);
await shutdown();
