import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import { getLogger, Handler, type HandlerLike, type LogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { FingersCrossedHandler } from "@cordwood/filters";
import { JsonFormatter, PrettyFormatter, Secret } from "@cordwood/formatters";
import { FileHandler } from "@cordwood/handlers-file";
import { DatagramHandler, HttpHandler, SocketHandler, SysLogHandler } from "@cordwood/handlers-net";
import { LogQueue, MemoryHandler, prepareRecord, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, expect, test } from "vitest";

afterEach(() => resetLogging());

const VALUE = "hunter2-VALUE";

/** Everything that can be seen of a record without asking for the secret. */
class Seen extends Handler {
  text = "";

  protected override emit(record: LogRecord): void {
    this.text += `${record.message}${JSON.stringify(record)}${inspect(record, { depth: 9, showHidden: true })}${String(record.extra["list"])}\n`;
  }
}

test("a Secret in every part of a record leaves by no handler, no queue and no report of a failure", { timeout: 30_000 }, async () => {
  const out: Record<string, string> = { socket: "", http: "", datagram: "", report: "" };
  using folder = temporaryFolder();
  const tcp = createServer((socket) => socket.on("data", (data) => (out["socket"] += data.toString("latin1")))).listen(0, "127.0.0.1");
  const web = createHttpServer(async (request, response) => {
    out["http"] += String(request.url);
    for await (const chunk of request) out["http"] += String(chunk);
    response.end();
  }).listen(0, "127.0.0.1");
  const udp = createSocket("udp4").on("message", (message) => (out["datagram"] += `${message.toString("latin1")}\n`));
  udp.bind(0, "127.0.0.1");
  await Promise.all([tcp, web, udp].map((server) => once(server, "listening")));
  const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

  const seen = { memory: new Seen(), queue: new Seen(), held: new Seen() };
  const queue = new LogQueue();
  const listener = new QueueListener(queue, [seen.queue]);
  listener.start();
  class Broken extends Handler {
    protected override emit(record: LogRecord): void {
      throw new Error(`cannot write ${record.message} ${String(record.args)} ${JSON.stringify(record.extra)}`);
    }
  }
  class Frames extends Handler {
    text = "";
    protected override emit(record: LogRecord): void {
      const frame = serialize(prepareRecord(record));
      this.text += frame.toString("latin1") + inspect(deserialize(frame), { depth: 9 }) + inspect(structuredClone(prepareRecord(record)));
    }
  }
  const frames = new Frames();
  const file = join(folder.path, "out.log");
  const handlers: HandlerLike[] = [
    new SocketHandler("127.0.0.1", port(tcp)),
    new HttpHandler(`127.0.0.1:${port(web)}`, "/log", { method: "POST" }),
    new DatagramHandler("127.0.0.1", port(udp)),
    new SysLogHandler({ address: ["127.0.0.1", port(udp)] }),
    new MemoryHandler(1, { target: seen.memory }),
    new QueueHandler(queue),
    new FingersCrossedHandler(seen.held),
    new FileHandler(file, { formatter: new JsonFormatter() }),
    new FileHandler(`${file}.pretty`, { formatter: new PrettyFormatter({ color: true }) }),
    new Broken(),
    frames,
  ];
  const reports: unknown[] = [];
  setErrorReporter((report) => reports.push(report));
  for (const handler of handlers) getLogger().addHandler(handler);

  const secret = new Secret(VALUE);
  const fields = { secret, list: [secret], map: new Map([["a", secret]]), set: new Set([secret]), deep: { a: { b: secret } } };
  const failure = Object.assign(new Error("failed", { cause: secret }), { secret });
  getLogger("app").with({ bound: secret }).error("%s %o %j %r and more", secret, { secret }, secret, secret, secret, failure, fields);
  for (const handler of handlers) await handler.flush();
  for (let i = 0; i < 500 && Object.values(out).slice(0, 3).includes(""); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  await listener.stop();
  for (const handler of handlers) await handler.close();
  for (const server of [tcp, web, udp]) server.close();
  out["report"] = inspect(reports, { depth: 9 }) + JSON.stringify(reports);
  out["file"] = readFileSync(file, "utf8");
  out["pretty"] = readFileSync(`${file}.pretty`, "utf8");
  for (const [name, { text }] of Object.entries({ ...seen, frames })) out[name] = text;

  expect(Object.keys(out)).toHaveLength(10);
  for (const [name, text] of Object.entries(out)) {
    if (text.includes(VALUE) || text.includes(Buffer.from(VALUE).toString("base64").slice(0, 12))) throw new Error(`${name}: ${text}`);
    expect([name, text.includes("[secret]") || text.includes("%5Bsecret%5D")]).toEqual([name, true]);
  }
});
