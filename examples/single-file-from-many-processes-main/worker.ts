// A worker process: logs as usual, through a handler that sends everything to the main process.
import { getLogger, setProcessName, shutdown } from "@cordwood/core";
import { ProcessQueue, QueueHandler } from "@cordwood/handlers-queue";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
const LOGGERS = ["foo", "foo.bar", "foo.bar.baz", "spam", "spam.ham", "spam.ham.eggs"] as const;

const choice = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

setProcessName(process.argv[2] ?? "");
const root = getLogger();
root.setLevel("DEBUG");
root.addHandler(new QueueHandler(new ProcessQueue()));

for (let i = 0; i < 100; i++) getLogger(choice(LOGGERS)).log(choice(LEVELS), "Message no. %d", i);
await shutdown();
