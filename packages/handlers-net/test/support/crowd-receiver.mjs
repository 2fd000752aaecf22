// A receiver in a process of its own that counts, and on request tells what it has taken, its memory and how long its event loop was late.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { LogReceiver } from "@cordwood/handlers-net";

let received = 0;
const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: () => void received++ }).start();
const delay = monitorEventLoopDelay({ resolution: 5 });
let rss = 0;
setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 50);
process.on("message", (text) => {
  if (text === "begin") delay.enable();
  else process.send({ received, rss, delayP99Ms: delay.percentile(99) / 1e6, stats: receiver.stats() });
});
process.once("disconnect", () => process.exit(0));
process.send({ port: receiver.addresses().tcp.port });
