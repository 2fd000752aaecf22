// A worker process: just one handler needed, which sends everything to the queue.
import { getLogger, setProcessName, shutdown } from "@cordwood/core";
import { ProcessQueue, QueueHandler } from "@cordwood/handlers-queue";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
const LOGGERS = ["a.b.c", "d.e.f"] as const;
const MESSAGES = ["Random message #1", "Random message #2", "Random message #3"] as const;

const choice = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

setProcessName(process.argv[2] ?? "");
const root = getLogger();
root.addHandler(new QueueHandler(new ProcessQueue()));
root.setLevel("DEBUG");

for (let i = 0; i < 10; i++) {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
  getLogger(choice(LOGGERS)).log(choice(LEVELS), choice(MESSAGES));
}
await shutdown();
