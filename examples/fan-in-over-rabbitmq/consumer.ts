// A consumer: writes what it gets to a file of its own, until it is told to stop.
import { shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";
import { QueueListener } from "@cordwood/handlers-queue";
import { openQueue } from "./queue.js";

const file = new FileHandler(`${process.argv[2]}.log`, { formatter: new Formatter("%(created).6f %(processName)s %(message)s") });
const queue = openQueue();
const listener = new QueueListener(queue, file).start();

process.once("message", async () => {
  await listener.stop();
  await queue.close();
  await shutdown();
  process.disconnect();
});
