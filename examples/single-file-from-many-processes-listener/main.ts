// Logging to a single file from several processes: a listener process writes, ten workers send it their records.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { ProcessQueue } from "@cordwood/handlers-queue";

// Only the address of the queue is needed here: children find it in their environment.
const queue = new ProcessQueue();
const env = { ...process.env, ...queue.env };

const listener = fork(new URL("./listener.js", import.meta.url), { env });
const workers = Array.from({ length: 10 }, (_, i) => {
  const worker = fork(new URL("./worker.js", import.meta.url), [`Process-${i + 2}`], { env });
  return { name: `Process-${i + 2}`, ended: once(worker, "exit") };
});
for (const worker of workers) console.log("Worker started: %s", worker.name);
for (const worker of workers) {
  await worker.ended;
  console.log("Worker finished: %s", worker.name);
}

// Tell the listener to finish, and wait for it.
listener.send("stop");
await once(listener, "exit");

const names = readdirSync(".").filter((name) => name.startsWith("mptest.log"));
const lines = names.flatMap((name) => readFileSync(name, "utf8").trimEnd().split("\n"));
const whole = lines.filter((line) =>
  /^[\d-]+ [\d:,]+ Process-\d+ +[a-f.]+ (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) +Random message #\d$/.test(line),
);
console.log(`${names.length} files, none larger than 300 bytes: ${names.every((name) => readFileSync(name).length <= 300)}`);
console.log(`every line of the last ones is whole: ${whole.length === lines.length}`);
