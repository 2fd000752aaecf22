// Logs numbered records at a steady rate while its parent does something to the receiver, and tells what that cost it.
// Asked over IPC: "go" begins, "settle" waits for what is held and answers with the figures.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { getLogger, Handler, setErrorReporter } from "@cordwood/core";
import { encodeFrame, HttpHandler, SocketHandler, SysLogHandler } from "@cordwood/handlers-net";

const { kind, port, rate, recordBytes, maxBytes, patienceMs } = JSON.parse(process.argv[2]);
setErrorReporter(() => {}); // Lost connections are what this is about.
const queue = { capacity: 1_000_000, maxBytes, closeTimeoutMs: 120_000 };
const patience = { stallTimeoutMs: patienceMs };
const quick = { reconnectInitialMs: 50, reconnectMaxMs: 500 };
const handler = {
  acknowledged: () =>
    new SocketHandler("127.0.0.1", port, { delivery: "acknowledged", ackTimeoutMs: (patienceMs * 3) / 4, ...queue, ...quick, ...patience }),
  plain: () => new SocketHandler("127.0.0.1", port, { ...queue, ...quick, ...patience }),
  syslog: () =>
    new SysLogHandler({ address: ["127.0.0.1", port], transport: "tcp", framing: "octet-counting", ...queue, ...quick, ...patience }),
  http: () =>
    new HttpHandler(`127.0.0.1:${port}`, "/", { format: "ndjson", ...queue, retryInitialMs: 100, retryMaxMs: 1_000, maxAttempts: 1_000 }),
}[kind]();
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const logger = getLogger("app");
logger.setLevel("INFO");
logger.addHandler(handler);

/** The same work, and nothing is sent: what other programs of the machine take from a call they take from this one as well. */
class Encoding extends Handler {
  emit(record) {
    encodeFrame(record);
  }
}
const control = getLogger("control");
control.propagate = false;
control.setLevel("INFO");
control.addHandler(new Encoding());

const padding = "x".repeat(recordBytes);
/** Milliseconds of each call; as large as it can become, so that it does not grow. */
const calls = new Float64Array(200_000);
const controls = new Float64Array(200_000);
let sent = 0;
const log = () => {
  const begun = performance.now();
  control.info("record %d %s", sent, padding);
  const before = performance.now();
  logger.info("record %d %s", sent, padding);
  calls[sent] = performance.now() - before;
  controls[sent++] = before - begun;
};
/** What is alive, buffers included, and what the operating system says. */
const memory = () => {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: heapUsed + external, rss };
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const message = (wanted) => new Promise((resolve) => process.on("message", (text) => text === wanted && resolve()));
const told = { go: message("go"), settle: message("settle") };

// Everything is compiled, and every buffer of the connection made, before anything is measured.
for (let i = 0; i < 3_000; i++) {
  log();
  if (i % 20 === 19) await pause(1);
}
await handler.flush();
await pause(50);
collect(); // What ended with the warming up is let go of in two steps.
const baseline = memory();
process.send({ ready: sent });
await told.go;

const peak = { live: 0, rss: 0 };
const from = sent;
const begun = performance.now();
let settling = false;
void told.settle.then(() => (settling = true));
for (let sampled = begun; !settling; ) {
  const now = performance.now();
  for (let due = Math.min(100, ((now - begun) / 1_000) * rate - (sent - from)); due > 0; due--) log();
  if (now - sampled > 250) {
    sampled = now;
    const { live, rss } = memory();
    peak.live = Math.max(peak.live, live);
    peak.rss = Math.max(peak.rss, rss);
  }
  await pause(1);
}
const p99 = (times) => times.slice(from, sent).sort()[Math.floor((sent - from) * 0.99)];
const p99Ms = p99(calls);
const controlP99Ms = p99(controls);
await handler.close();
process.send({
  sent,
  stats: handler.stats(),
  p99Ms,
  controlP99Ms,
  grownLive: peak.live - baseline.live,
  grownRss: peak.rss - baseline.rss,
});
process.disconnect();
