// Several processes, one file: each sends its records to a receiver, and only the process of the receiver writes the file.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { getLogger, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { RotatingFileHandler } from "@cordwood/handlers-file";
import { LogReceiver } from "@cordwood/handlers-net";

const file = new RotatingFileHandler("all.log", { maxBytes: 10_000_000, backupCount: 5 });
file.setFormatter(new Formatter("%(processName)s %(name)s %(levelname)s %(message)s"));
getLogger().addHandler(file);

// A Unix socket: only this user's processes can reach it.
const receiver = await new LogReceiver({ unix: { path: "receiver.sock" } }).start();

const workers = [1, 2, 3, 4].map((number) => fork(new URL("./worker.js", import.meta.url), ["receiver.sock", String(number)]));
await Promise.all(workers.map((worker) => once(worker, "exit")));
await receiver.close();
await shutdown();

const lines = readFileSync("all.log", "utf8").trimEnd().split("\n");
console.log(`${lines.length} lines of ${workers.length} processes in one file`);
for (const number of [1, 2, 3, 4]) {
  const own = lines.filter((line) => line.startsWith(`Worker-${number} `));
  const numbers = own.map((line) => Number(line.split(" ").at(-1)));
  const inOrder = numbers.every((each, index) => each === index);
  console.log(`Worker-${number}: ${own.length} lines, ${inOrder ? "in order" : "out of order"}; the last: ${own.at(-1)}`);
}
