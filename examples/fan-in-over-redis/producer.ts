// A producer: logs as usual, through a handler that sends.
import { getLogger, setProcessName, shutdown } from "@cordwood/core";
import { QueueHandler } from "@cordwood/handlers-queue";
import { openQueue } from "./queue.js";

setProcessName(process.argv[2] ?? "");
const root = getLogger();
root.setLevel("INFO");
root.addHandler(new QueueHandler(openQueue()));

for (let i = 0; i < 100; i++) getLogger("orders").info("order %d", i);
await shutdown();
