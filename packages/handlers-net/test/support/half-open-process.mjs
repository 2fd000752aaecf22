// Logs numbered records over a connection that will be cut, and tells its parent when it has noticed: by IPC, as `settle` is asked for.
import { makeLogRecord, setErrorReporter } from "@cordwood/core";
import { SocketHandler } from "@cordwood/handlers-net";

const { port, host, rate, options } = JSON.parse(process.argv[2]);
const begun = Date.now();
setErrorReporter((report) => {
  if (/the connection to .* was lost/.test(report.message)) process.send({ noticedMs: Date.now() - begun, why: String(report.error) });
});
const handler = new SocketHandler(host, port, { capacity: 1_000_000, reconnectInitialMs: 100, closeTimeoutMs: 60_000, ...options });
let sent = 0;
const log = () => handler.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${sent++}` }));
log();
await handler.flush();
const timer = setInterval(() => {
  // A busy machine may not reach the rate; the loop ends all the same.
  for (let due = Math.min(500, ((Date.now() - begun) / 1_000) * rate - sent); due > 0; due--) log();
}, 10);
process.send({ ready: Date.now() - begun });
process.once("message", async () => {
  clearInterval(timer);
  await handler.close();
  process.send({ sent, stats: handler.stats() });
  process.disconnect();
});
