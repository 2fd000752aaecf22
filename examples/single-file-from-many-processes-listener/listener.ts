// The listener process: its own configuration, and no level or filter logic applied to what it receives.
import { getLogger, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { RotatingFileHandler } from "@cordwood/handlers-file";
import { ProcessQueue, QueueListener } from "@cordwood/handlers-queue";

// The files are small so that the results can be seen easily.
const handler = new RotatingFileHandler("mptest.log", { maxBytes: 300, backupCount: 10 });
handler.setFormatter(new Formatter("%(asctime)s %(processName)-10s %(name)s %(levelname)-8s %(message)s"));
getLogger().addHandler(handler);

const queue = new ProcessQueue();
const toLoggers = {
  level: 0,
  handle: (record: Parameters<QueueListener["handle"]>[0]) => getLogger(record.name).handle(record),
  flush: () => {},
  close: () => {},
};
const listener = new QueueListener(queue, toLoggers).start();

process.once("message", async () => {
  await listener.stop();
  await queue.close();
  await shutdown();
  process.disconnect();
});
