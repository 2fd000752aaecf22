// Sends datagrams of which the operating system has no buffer for the large ones, and tells what became of them.
import { createSocket } from "node:dgram";
import { makeLogRecord } from "@cordwood/core";
import { DatagramHandler } from "@cordwood/handlers-net";

const uncaught = [];
process.on("uncaughtException", (error) => uncaught.push(String(error)));
const arrived = [];
const receiver = createSocket("udp4").on("message", (message) => arrived.push(Number(/record (\d+)/.exec(message.toString())[1])));
await new Promise((resolve) => receiver.bind(0, "127.0.0.1", resolve));
const handler = new DatagramHandler("127.0.0.1", receiver.address().port, { closeTimeoutMs: 20_000, callSite: false });
const large = new Set(process.argv.slice(2).map(Number));
for (let i = 0; i < 20; i++) {
  const msg = `record ${i}${large.has(i) ? "x".repeat(60_000) : ""}`;
  handler.handle(makeLogRecord({ name: "a", levelno: 20, msg }));
}
const { user, system } = process.cpuUsage();
await handler.flush();
const cpu = process.cpuUsage({ user, system });
await handler.close();
await new Promise((resolve) => setTimeout(resolve, 100));
receiver.close();
process.stdout.write(JSON.stringify({ arrived, uncaught, stats: handler.stats(), cpuMs: (cpu.user + cpu.system) / 1_000 }));
