// Logs numbered records over a connection that will be cut, and tells its parent when it has noticed: by IPC. Asked to `log`, it logs one
// more; asked to `settle`, it waits for what is held and tells what became of it.
import { makeLogRecord, setErrorReporter } from "@cordwood/core";
import { SocketHandler, SysLogHandler } from "@cordwood/handlers-net";

const { kind, port, host, rate, options } = JSON.parse(process.argv[2]);
const begun = Date.now();
setErrorReporter((report) => {
  if (/the connection to .* was lost/.test(report.message)) process.send({ noticedMs: Date.now() - begun, why: String(report.error) });
});
const settings = { capacity: 1_000_000, reconnectInitialMs: 100, closeTimeoutMs: 60_000, ...options };
const handler =
  kind === "syslog"
    ? new SysLogHandler({ address: [host, port], transport: "tcp", protocol: "rfc5424", ...settings })
    : new SocketHandler(host, port, settings);
let sent = 0;
const log = () => handler.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${sent++}` }));
log();
await handler.flush();
const timer = setInterval(() => {
  // A busy machine may not reach the rate; the loop ends all the same.
  for (let due = Math.min(500, ((Date.now() - begun) / 1_000) * rate - sent); due > 0; due--) log();
}, 10);
process.send({ ready: Date.now() - begun });
process.on("message", async (asked) => {
  if (asked === "log") {
    log();
    return;
  }
  clearInterval(timer);
  await handler.close();
  process.send({ sent, stats: handler.stats() });
  process.disconnect();
});
