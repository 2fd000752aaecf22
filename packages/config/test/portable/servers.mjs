// One test file of files, queues, network and configuration for every runtime with a file system: Node, Bun, Deno. It needs no test runner;
// `run()` says how each promise fared. scripts/check-runtimes.mjs starts it in each, with the packages as they are built.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { basicConfig, dictConfig, dictConfigSync, listen, loadConfig, sendConfig, stopListening } from "@cordwood/config";
import { getLogger, shutdown } from "@cordwood/core";
import { Formatter, JsonFormatter } from "@cordwood/formatters";
import { FileHandler, RotatingFileHandler } from "@cordwood/handlers-file";
import { HttpHandler, LogReceiver, SocketHandler, SysLogHandler } from "@cordwood/handlers-net";
import { LogQueue, QueueHandler, QueueListener, WorkerQueue } from "@cordwood/handlers-queue";

const RECORDS = 500;

const same = (actual, expected) => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`expected ${b}, got ${a}`);
};
const until = async (what, holds) => {
  const end = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what} did not come within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const lines = (path) => readFileSync(path, "utf8").trimEnd().split("\n");
const numbered = (prefix) => Array.from({ length: RECORDS }, (_, index) => `${prefix}${index}`);
const logAll = (logger) => {
  for (let index = 0; index < RECORDS; index++) logger.info("record %d", index);
};
/** A logger with one handler, of a name of its own. */
let loggers = 0;
const loggerOf = (handler) => {
  const logger = getLogger(`portable${loggers++}`);
  logger.setLevel("DEBUG");
  logger.propagate = false;
  logger.addHandler(handler);
  return logger;
};
const rounds = [
  ["SocketHandler to a LogReceiver", (port) => new SocketHandler("127.0.0.1", port)],
  ["SocketHandler with acknowledgements", (port) => new SocketHandler("127.0.0.1", port, { delivery: "acknowledged" })],
  ["SocketHandler with pickle frames", (port) => new SocketHandler("127.0.0.1", port, { codec: "pickle" })],
];

const promises = {
  async "a file holds each record, the error with its stack"(folder) {
    const handler = new FileHandler(join(folder, "app.log"), { formatter: new Formatter("%(levelname)s %(message)s") });
    const logger = loggerOf(handler);
    logAll(logger);
    logger.exception("broken", new Error("cause"));
    await handler.close();
    const found = lines(join(folder, "app.log"));
    same(found.slice(0, RECORDS), numbered("INFO record "));
    same(found.slice(RECORDS, RECORDS + 2), ["ERROR broken", "Error: cause"]);
  },
  async "a buffered file is written at the flush"(folder) {
    const handler = new FileHandler(join(folder, "app.log"), {
      buffering: { bytes: 65_536, intervalMs: 60_000 },
      formatter: new JsonFormatter(),
    });
    logAll(loggerOf(handler));
    await handler.flush();
    same(
      lines(join(folder, "app.log")).map((line) => JSON.parse(line).message),
      numbered("record "),
    );
    await handler.close();
  },
  async "a rotating file keeps its archives, compressed"(folder) {
    const handler = new RotatingFileHandler(join(folder, "app.log"), { maxBytes: 1_000, backupCount: 3, compress: "gzip" });
    logAll(loggerOf(handler));
    await handler.close();
    same(readdirSync(folder).sort(), ["app.log", "app.log.1.gz", "app.log.2.gz", "app.log.3.gz"]);
    const kept = ["3.gz", "2.gz", "1.gz"].flatMap((end) =>
      gunzipSync(readFileSync(join(folder, `app.log.${end}`)))
        .toString()
        .trimEnd()
        .split("\n"),
    );
    kept.push(...lines(join(folder, "app.log")));
    same(kept, numbered("record ").slice(-kept.length));
  },
  async "a queue and its listener hand everything on in order"(folder) {
    const target = new FileHandler(join(folder, "app.log"));
    const queue = new LogQueue();
    const listener = new QueueListener(queue, target);
    listener.start();
    logAll(loggerOf(new QueueHandler(queue)));
    await listener.stop();
    await target.close();
    same(lines(join(folder, "app.log")), numbered("record "));
  },
  async "a worker writes everything in order"(folder) {
    const queue = new WorkerQueue({
      document: {
        version: 1,
        handlers: { file: { class: "logging.FileHandler", filename: join(folder, "app.log") } },
        root: { level: "DEBUG", handlers: ["file"] },
      },
    });
    const handler = new QueueHandler(queue);
    logAll(loggerOf(handler));
    await queue.close();
    same(lines(join(folder, "app.log")), numbered("record "));
  },
  ...Object.fromEntries(
    rounds.map(([name, create]) => [
      name,
      async () => {
        const got = [];
        const receiver = new LogReceiver({ tcp: { port: 0 }, onRecord: (record) => got.push(record.message) });
        await receiver.start();
        const handler = create(receiver.addresses().tcp.port);
        logAll(loggerOf(handler));
        await until("the last record", () => got.length >= RECORDS);
        await handler.close();
        await receiver.close();
        same(got, numbered("record "));
      },
    ]),
  ),
  async "syslog datagrams carry priority and message"() {
    const { createSocket } = await import("node:dgram");
    const socket = createSocket("udp4");
    const got = [];
    socket.on("message", (bytes) => got.push(bytes.toString()));
    await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const handler = new SysLogHandler({ address: ["127.0.0.1", socket.address().port] });
    loggerOf(handler).warning("a %s", "warning");
    await until("the datagram", () => got.length > 0);
    await handler.close();
    socket.close();
    same(got, ["<12>a warning\0"]);
  },
  async "HttpHandler posts what the form holds"() {
    const { createServer } = await import("node:http");
    const got = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (text) => (body += text));
      request.on("end", () => {
        got.push(`${request.method} ${new URLSearchParams(body).get("msg")}`);
        response.end("ok");
      });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const handler = new HttpHandler(`127.0.0.1:${server.address().port}`, "/log", { method: "POST" });
    loggerOf(handler).info("posted");
    await until("the request", () => got.length > 0);
    await handler.close();
    await new Promise((resolve) => server.close(resolve));
    same(got, ["POST posted"]);
  },
  async "a document configures handlers of every package, now and later"(folder) {
    const document = (name) => ({
      version: 1,
      formatters: { short: { format: "%(levelname)s:%(name)s:%(message)s" } },
      handlers: {
        file: { class: "logging.handlers.RotatingFileHandler", filename: join(folder, name), maxBytes: 1e6, formatter: "short" },
      },
      root: { level: "INFO", handlers: ["file"] },
    });
    await dictConfig(document("one.log"));
    getLogger("app").info("one");
    dictConfigSync({ ...document("two.log"), disable_existing_loggers: false });
    getLogger("app").info("two");
    same([lines(join(folder, "one.log")), lines(join(folder, "two.log"))], [["INFO:app:one"], ["INFO:app:two"]]);
  },
  async "files of YAML, TOML, JSON and INI load"(folder) {
    const files = {
      "a.yaml": "version: 1\nroot: { level: DEBUG }\n",
      "a.toml": 'version = 1\n[root]\nlevel = "INFO"\n',
      "a.json": '{ "version": 1, /* a comment */ "root": { "level": "ERROR" } }',
      "a.ini": "[loggers]\nkeys=root\n[handlers]\nkeys=\n[formatters]\nkeys=\n[logger_root]\nlevel=CRITICAL\nhandlers=\n",
    };
    const levels = [];
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
      await loadConfig(join(folder, name));
      levels.push(getLogger().level);
    }
    same(levels, [10, 20, 40, 50]);
  },
  async "a running program takes levels over its port"() {
    basicConfig({ force: true, level: "WARNING" });
    const server = await listen({ port: 0 });
    await sendConfig({ version: 1, incremental: true, root: { level: "DEBUG" } }, { port: server.port });
    await until("the level", () => getLogger().level === 10);
    await stopListening();
  },
};

/** How each promise fared: its name, and what was wrong. */
export async function run() {
  const results = [];
  for (const [name, hold] of Object.entries(promises)) {
    const folder = mkdtempSync(join(tmpdir(), "cordwood-portable-"));
    try {
      await hold(folder);
      results.push({ name });
    } catch (error) {
      results.push({ name, problem: String(error?.stack ?? error) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  await shutdown();
  return results;
}
