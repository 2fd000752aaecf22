// Dealing with handlers that block: the caller hands its records to a queue and goes on; a listener gives them to the slow handlers.
import type { AddressInfo } from "node:net";
import { getLogger, StreamHandler, shutdown } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { SmtpHandler } from "@cordwood/handlers-net";
import { LogQueue, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { SMTPServer } from "smtp-server";

// A mail server that takes two seconds for each message.
let mails = 0;
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  onData(stream, _session, done) {
    stream.resume();
    stream.once("end", () => {
      mails++;
      setTimeout(done, 2_000);
    });
  },
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.server.address() as AddressInfo;

const stream = new StreamHandler(process.stdout, { formatter: new Formatter("%(threadName)s: %(message)s") });
const mail = new SmtpHandler(["127.0.0.1", port], "app@example.com", ["ops@example.com"], "Trouble", { level: "ERROR" });

const queue = new LogQueue();
const root = getLogger();
root.addHandler(new QueueHandler(queue));
const listener = new QueueListener(queue, [stream, mail], { respectHandlerLevel: true }).start();

let longestPause = 0;
const log = (message: string): void => {
  const before = performance.now();
  root.error(message);
  longestPause = Math.max(longestPause, performance.now() - before);
};

// The output shows the thread that logged.
root.warning("Look out!");
log("The disk is full");
log("The disk is still full");

const since = performance.now();
await listener.stop();
await shutdown();
const seconds = (performance.now() - since) / 1_000;

console.log(`${mails} mails; the last one was through after more than ${Math.min(4, Math.floor(seconds))} seconds`);
console.log(`the caller's longest pause: less than ${Math.ceil(longestPause / 100) * 100} ms`);
server.close(() => {});
