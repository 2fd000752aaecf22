// Nothing is lost while the receiver is away, dies, and comes back: records wait in a spool on disk until the receiver confirms them.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { getLogger, setErrorReporter } from "@cordwood/core";
import { SocketHandler } from "@cordwood/handlers-net";

setErrorReporter(() => {}); // What is reported on the way: that the receiver cannot be reached for now.

const startReceiver = async (port: number): Promise<{ process: ChildProcess; port: number }> => {
  const child = fork(new URL("./receiver.js", import.meta.url), [String(port)]);
  const [listening] = (await once(child, "message")) as [number];
  return { process: child, port: listening };
};
const confirmed = async (handler: SocketHandler, count: number): Promise<void> => {
  while (handler.stats().delivered < count) await new Promise((resolve) => setTimeout(resolve, 5));
};

let receiver = await startReceiver(0);
const options = { spool: { directory: "spool", maxBytes: 50_000_000 }, reconnectInitialMs: 20, reconnectMaxMs: 100 };
let handler = new SocketHandler("127.0.0.1", receiver.port, options);
const logger = getLogger("orders");
logger.setLevel("DEBUG");
logger.addHandler(handler);

for (let order = 0; order < 1_000; order++) logger.info("order %d", order);
await confirmed(handler, 1_000);
console.log("1000 records sent and confirmed");

receiver.process.kill("SIGKILL");
await once(receiver.process, "exit");
console.log("the receiver was killed");

for (let order = 1_000; order < 2_000; order++) logger.info("order %d", order);
await handler.close(); // The sender ends as well, with 1000 records unconfirmed.
console.log(`${handler.stats().queued} records wait in the spool while both are gone`);

receiver = await startReceiver(receiver.port);
logger.removeHandler(handler);
handler = new SocketHandler("127.0.0.1", receiver.port, options);
logger.addHandler(handler);
for (let order = 2_000; order < 3_000; order++) logger.info("order %d", order);
await confirmed(handler, 2_000);
await handler.close();
receiver.process.disconnect();
await once(receiver.process, "exit");

const orders = readFileSync("received.txt", "utf8").trimEnd().split("\n").map(Number);
console.log(
  `${orders.length} records arrived, ${orders.every((order, index) => order === index) ? "each once and in order" : "not as they were sent"}`,
);
