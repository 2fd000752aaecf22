import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { getLogger, Handler, type HandlerLike, type LogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { FingersCrossedHandler, RepeatHandler } from "@cordwood/filters";
import { JsonFormatter } from "@cordwood/formatters";
import { FileHandler, RotatingFileHandler } from "@cordwood/handlers-file";
import { DatagramHandler, HttpHandler, SocketHandler, SysLogHandler } from "@cordwood/handlers-net";
import { LogQueue, MemoryHandler, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, expect, test } from "vitest";
import { hostileValues } from "../../formatters/test/values.js";

afterEach(() => resetLogging());

const PLACES: Readonly<Record<string, (value: unknown) => readonly unknown[]>> = {
  field: (value) => ["hostile", { value, kept: "kept" }],
  "nested field": (value) => ["hostile", { list: [{ value }], kept: "kept" }],
  argument: (value) => ["hostile %s", value, { kept: "kept" }],
  "error property": (value) => ["hostile", Object.assign(new Error("failed"), { value }), { kept: "kept" }],
};

class Lines extends Handler {
  readonly lines: string[] = [];
  readonly #json = new JsonFormatter();
  protected override emit(record: LogRecord): void {
    this.lines.push(this.#json.format(record));
  }
}

test("no hostile value throws out of a call or keeps a record from any handler, and the fields beside it survive", {
  timeout: 60_000,
}, async () => {
  using folder = temporaryFolder();
  const got = { tcp: "", http: "", datagrams: 0 };
  const tcp = createServer((socket) => socket.on("data", (data) => (got.tcp += data.toString("latin1")))).listen(0, "127.0.0.1");
  const web = createHttpServer(async (request, response) => {
    for await (const chunk of request) got.http += String(chunk);
    response.end();
  }).listen(0, "127.0.0.1");
  const udp = createSocket({ type: "udp4", recvBufferSize: 8_388_608 }).on("message", () => got.datagrams++);
  udp.bind(0, "127.0.0.1");
  await Promise.all([tcp, web, udp].map((server) => once(server, "listening")));
  const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
  const lines = { memory: new Lines(), queue: new Lines(), held: new Lines(), repeated: new Lines(), direct: new Lines() };
  const queue = new LogQueue();
  const listener = new QueueListener(queue, [lines.queue]);
  listener.start();
  const json = new JsonFormatter();
  const file = (name: string): string => join(folder.path, name);
  const handlers: Readonly<Record<string, HandlerLike & { stats?(): unknown }>> = {
    socket: new SocketHandler("127.0.0.1", port(tcp)),
    http: new HttpHandler(`127.0.0.1:${port(web)}`, "/log", { method: "POST" }),
    datagram: new DatagramHandler("127.0.0.1", port(udp)),
    syslog: new SysLogHandler({ address: ["127.0.0.1", port(udp)] }),
    memory: new MemoryHandler(50, { target: lines.memory }),
    queue: new QueueHandler(queue),
    held: new FingersCrossedHandler(lines.held, { maxRecords: 10_000 }),
    repeated: new RepeatHandler(lines.repeated),
    file: new FileHandler(file("a.log"), { formatter: json }),
    rotating: new RotatingFileHandler(file("b.log"), { formatter: json }),
    direct: lines.direct,
  };
  const reports: { readonly cause?: string; readonly message?: string }[] = [];
  setErrorReporter((report) => reports.push(report));
  const root = getLogger();
  root.setLevel("INFO");
  for (const handler of Object.values(handlers)) root.addHandler(handler);

  let count = 0;
  const logger = getLogger("app");
  for (const which of Object.keys(hostileValues())) {
    for (const [place, args] of Object.entries(PLACES)) {
      try {
        const [message, ...rest] = args(hostileValues()[which]);
        logger.info(`${which} as ${place}: ${String(message)}`, ...(rest as never[]));
      } catch (error) {
        throw new Error(`${which} as ${place}`, { cause: error });
      }
      count++;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  logger.error("what is held is written");
  count++;
  for (const handler of Object.values(handlers)) await handler.flush();
  await listener.stop();
  for (const handler of Object.values(handlers)) await handler.close();
  for (const server of [tcp, web, udp]) server.close();

  expect(count).toBeGreaterThan(4 * 60);
  expect(reports).toEqual([]);
  for (const [name, handler] of Object.entries(handlers)) {
    if (handler.stats === undefined) continue;
    expect([name, handler.stats()]).toEqual([name, expect.objectContaining({ accepted: count, dropped: {}, failed: {} })]);
  }
  const written = {
    ...Object.fromEntries(Object.entries(lines).map(([name, { lines: all }]) => [name, all])),
    file: readFileSync(file("a.log"), "utf8").trimEnd().split("\n"),
    rotating: readFileSync(file("b.log"), "utf8").trimEnd().split("\n"),
  };
  for (const [name, all] of Object.entries(written)) {
    expect([name, all.length]).toEqual([name, count]);
    for (const line of all.slice(0, -1)) {
      if ((JSON.parse(line) as { kept?: string }).kept !== "kept") throw new Error(`${name}: ${line.slice(0, 500)}`);
    }
  }
});
