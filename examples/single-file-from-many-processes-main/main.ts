// Logging to a single file from several processes, the listener in the main process: the configuration there says where records of each logger go.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dictConfig } from "@cordwood/config";
import { getLogger, shutdown } from "@cordwood/core";
import { ProcessQueue, QueueListener } from "@cordwood/handlers-queue";

// Counts what the console would show: some hundred lines.
const console_ = { lines: 0, write: () => ++console_.lines };

const queue = new ProcessQueue();
const env = { ...process.env, ...queue.env };
const workers = [1, 2, 3, 4, 5].map((n) => fork(new URL("./worker.js", import.meta.url), [`worker ${n}`], { env }));

await dictConfig({
  version: 1,
  formatters: {
    detailed: { class: "logging.Formatter", format: "%(asctime)s %(name)-15s %(levelname)-8s %(processName)-10s %(message)s" },
  },
  handlers: {
    console: { class: "logging.StreamHandler", level: "INFO", stream: console_ },
    file: { class: "logging.FileHandler", filename: "mplog.log", mode: "w", formatter: "detailed" },
    foofile: { class: "logging.FileHandler", filename: "mplog-foo.log", mode: "w", formatter: "detailed" },
    errors: { class: "logging.FileHandler", filename: "mplog-errors.log", mode: "w", level: "ERROR", formatter: "detailed" },
  },
  loggers: { foo: { handlers: ["foofile"] } },
  root: { level: "DEBUG", handlers: ["console", "file", "errors"] },
});

const toLoggers = {
  level: 0,
  handle: (record: Parameters<QueueListener["handle"]>[0]) => getLogger(record.name).handle(record),
  flush: () => {},
  close: () => {},
};
const listener = new QueueListener(queue, toLoggers).start();

// At this point, the main process could do some useful work of its own. Once it has, it waits for the workers …
await Promise.all(workers.map((worker) => once(worker, "exit")));
// … and tells the listener to finish up, too.
await listener.stop();
await queue.close();
await shutdown();

const lines = (name: string): string[] => readFileSync(name, "utf8").trimEnd().split("\n");
const all = lines("mplog.log");
const foo = lines("mplog-foo.log");
const errors = lines("mplog-errors.log");
console.log(`mplog.log: ${all.length} lines of ${new Set(all.map((line) => line.slice(49, 59).trimEnd())).size} processes`);
console.log(
  `mplog-foo.log: ${foo.length === all.filter((line) => line.slice(24).startsWith("foo")).length ? "all of foo and below, and nothing else" : "wrong"}`,
);
console.log(`mplog-errors.log: ${errors.every((line) => /(?:ERROR|CRITICAL) +worker/.test(line)) ? "errors only" : "wrong"}`);
console.log(
  `console: ${console_.lines === all.filter((line) => !/ DEBUG +worker/.test(line)).length ? "everything from INFO on" : "wrong"}`,
);
for (const n of [1, 2, 3, 4, 5]) {
  const own = all.filter((line) => line.includes(`worker ${n} `)).map((line) => Number(line.split(" ").at(-1)));
  console.log(`worker ${n}: messages 0 to ${own.at(-1)}, ${own.every((number, i) => number === i) ? "in order" : "out of order"}`);
}
