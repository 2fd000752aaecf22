import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { getLogger, type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { QueueHandler, QueueListener, queueConformance } from "@cordwood/handlers-queue";
import { recordFromJson, recordJson, ZeroMqQueue } from "@cordwood/handlers-queue/zeromq";
import { temporaryFolder } from "@cordwood/test-kit";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Push } from "zeromq";
import { CaptureHandler } from "./support/capture.js";
import { waitFor } from "./support/wait-for.js";

vi.setConfig({ testTimeout: 60_000 });

// The system's Python, for which Debian has the binding.
const PYTHON = "/usr/bin/python3";
const hasZmq = spawnSync(PYTHON, ["-c", "import zmq"]).status === 0;
// Where everything is asked for, a missing one is a failure and not a skip.
const skipped = !hasZmq && process.env["CORDWOOD_REQUIRE_SERVICES"] !== "1";
const noZmq = skipped ? " (skipped: python3-zmq is not installed)" : "";

const WAIT_MS = 40_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const freeAddress = async (): Promise<string> => {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
};

describe("ZeroMqQueue", () => {
  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
  });

  const create = async (capacity: number) => {
    const address = await freeAddress();
    const sender = new ZeroMqQueue({ connect: address, capacity, maxBytes: 64e6 });
    const receiver = new ZeroMqQueue({ bind: address });
    return { sender, receiver, close: async () => void (await Promise.all([sender.close(), receiver.close()])) };
  };
  for (const each of queueConformance({ create, records: 300 })) test(each.name, each.run);

  test("with push and pull, a listener that comes late gets what waited for it", async () => {
    const address = await freeAddress();
    const handler = new QueueHandler(new ZeroMqQueue({ connect: address }));
    for (let i = 0; i < 100; i++) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    await pause(50);
    const receiver = new ZeroMqQueue({ bind: address });
    const target = new CaptureHandler("target");
    const listener = new QueueListener(receiver, target).start();
    await waitFor(() => target.records.length === 100, WAIT_MS);
    await handler.close();
    await listener.stop();
    await receiver.close();
    expect(target.messages).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  });

  test("a stopped listener reads what had arrived while the event loop stood still", async () => {
    const address = await freeAddress();
    const queue = new ZeroMqQueue({ bind: address });
    const target = new CaptureHandler("target");
    const listener = new QueueListener(queue, target).start();
    const push = new Push({ linger: 0 });
    const text = (i: number): string => recordJson(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    push.connect(address);
    await push.send(text(0));
    await waitFor(() => target.records.length === 1, WAIT_MS);
    // Behind an immediate come the timers, and then only what has arrived.
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = listener.stop();
    for (let i = 1; i <= 100; i++) await push.send(text(i));
    for (const until = Date.now() + 600; Date.now() < until; );
    await stopped;
    push.close();
    await queue.close();
    expect(target.messages).toEqual(Array.from({ length: 101 }, (_, i) => String(i)));
  });

  test("with pub and sub, every listener gets what is published while it listens", async () => {
    const address = await freeAddress();
    const handler = new QueueHandler(new ZeroMqQueue({ bind: address, pattern: "pub-sub" }));
    const ends = [1, 2].map((n) => {
      const queue = new ZeroMqQueue({ connect: address, pattern: "pub-sub" });
      const target = new CaptureHandler(`target ${n}`);
      return { queue, target, listener: new QueueListener(queue, target).start() };
    });
    for (let n = 0; ends.some(({ target }) => target.records.length === 0); n++) {
      handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: `knock ${n}` }));
      await pause(5);
    }
    handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: "for all" }));
    await waitFor(() => ends.every(({ target }) => target.messages.at(-1) === "for all"), WAIT_MS);
    for (const { listener, queue } of ends) {
      await listener.stop();
      await queue.close();
    }
    await handler.close();
  });

  test("refuses to be both bound and connected, or neither, or a pattern it does not know", () => {
    expect(() => new ZeroMqQueue({})).toThrow(/exactly one of bind and connect/);
    expect(() => new ZeroMqQueue({ bind: "tcp://127.0.0.1:1", connect: "tcp://127.0.0.1:1" })).toThrow(/exactly one of bind and connect/);
    expect(() => new ZeroMqQueue({ bind: "tcp://127.0.0.1:1", pattern: "req" as "pub-sub" })).toThrow(/"push-pull" or "pub-sub"/);
  });

  test.skipIf(skipped)(`the cookbook's Python handler is understood here${noZmq}`, async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "sender.py");
    const address = await freeAddress();
    writeFileSync(
      file,
      `
import json, logging, sys, time, zmq
from logging.handlers import QueueHandler

class ZeroMQSocketHandler(QueueHandler):
    def __init__(self, uri, socktype=zmq.PUB, ctx=None):
        self.ctx = ctx or zmq.Context()
        socket = zmq.Socket(self.ctx, socktype)
        socket.connect(uri)
        QueueHandler.__init__(self, socket)
    def enqueue(self, record):
        self.queue.send_string(json.dumps(record.__dict__))
    def close(self):
        self.queue.close()

logging.getLogger().setLevel(logging.DEBUG)
handler = ZeroMQSocketHandler(sys.argv[1], zmq.PUSH)
logging.getLogger().addHandler(handler)
log = logging.getLogger("a.b")
log.info("user %s took %d ms", "alice", 7, extra={"user": "alice"})
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it failed: 100%% é")
# Waits until what was sent has left: a process that ends before it is connected would lose it.
handler.close()
handler.ctx.term()
`,
    );
    const queue = new ZeroMqQueue({ bind: address });
    const target = new CaptureHandler("target");
    const listener = new QueueListener(queue, target).start();
    const child = spawn(PYTHON, [file, address], { stdio: "inherit" });
    await waitFor(() => target.records.length === 2, WAIT_MS);
    await new Promise((resolve) => child.once("exit", resolve));
    await listener.stop();
    await queue.close();
    const [first, second] = target.records as [LogRecord, LogRecord];
    expect([first.name, first.levelname, first.message, first.extra["user"], first.processName, first.funcName]).toEqual([
      "a.b",
      "INFO",
      "user alice took 7 ms",
      "alice",
      "MainProcess",
      "<module>",
    ]);
    expect(first.process).toBe(child.pid);
    expect(second.levelname).toBe("ERROR");
    expect(second.message).toMatch(/^it failed: 100%% é\nTraceback [\s\S]*ZeroDivisionError: division by zero$/);
  });

  test.skipIf(skipped)(`the cookbook's Python listener understands what is sent from here${noZmq}`, async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "listener.py");
    const address = await freeAddress();
    writeFileSync(
      file,
      `
import json, logging, sys, zmq
from logging.handlers import QueueListener

class ZeroMQSocketListener(QueueListener):
    def __init__(self, uri, *handlers, **kwargs):
        self.ctx = kwargs.get('ctx') or zmq.Context()
        socket = zmq.Socket(self.ctx, zmq.PULL)
        socket.bind(uri)
        QueueListener.__init__(self, socket, *handlers)
    def dequeue(self, block=True):
        return logging.makeLogRecord(json.loads(self.queue.recv()))

class Print(logging.StreamHandler):
    def emit(self, record):
        print(self.format(record), getattr(record, "user", None), record.process, flush=True)

handler = Print()
handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(processName)s %(created).3f %(message)s"))
listener = ZeroMQSocketListener(sys.argv[1], handler)
for _ in range(2):
    listener.handle(listener.dequeue())
`,
    );
    const child: ChildProcess = spawn(PYTHON, [file, address], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (printed += text));
    const handler = new QueueHandler(new ZeroMqQueue({ connect: address }));
    getLogger().setLevel("INFO");
    getLogger().addHandler(handler);
    getLogger("a.b").info("user %s took %d ms, 100%%", "alice", 7, { user: "alice" });
    getLogger("a.b").error("failed", new TypeError("wrong"));
    // One that hears nothing would listen for ever.
    const patience = setTimeout(() => child.kill(), 30_000);
    await new Promise((resolve) => child.once("exit", resolve));
    clearTimeout(patience);
    await handler.close();
    expect(printed).toMatch(new RegExp(`^a\\.b INFO MainProcess \\d+\\.\\d{3} user alice took 7 ms, 100% alice ${process.pid}\n`));
    expect(printed).toMatch(/a\.b ERROR MainProcess \d+\.\d{3} failed\nTypeError: wrong\n {4}at /);
  });
});

describe("records from outside", () => {
  test("are data: a fixed list of attributes with their types, and fields", () => {
    const record = recordFromJson(
      '{"name":5,"levelno":"30","msg":"m","lineno":"x","__proto__":{"polluted":1},"layout":"x","bound":{"a":1},"extra":{"msg":"clash"},"user":"alice","error":{"name":"E","message":"no","stack":"E: no\\n at x"}}',
    );
    expect([record.name, record.levelno, record.message, record.lineno]).toEqual(["root", 0, "m", 0]);
    expect(record.bound).toBeUndefined();
    expect(record.extra["user"]).toBe("alice");
    expect(record.extra["msg"]).toBe("clash");
    expect(record.error).toBeInstanceOf(Error);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("are refused when they are no record, too long, too deep or too wide", () => {
    for (const bad of [
      "",
      "[]",
      "5",
      "{",
      "[".repeat(100_000),
      `{"a":"${"x".repeat(2_000_000)}"}`,
      JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [i, 1]))),
    ]) {
      expect(() => recordFromJson(bad)).toThrow(/a record from outside/);
    }
    expect(recordFromJson(`{"msg":"m","deep":"${"[".repeat(1_000)}"}`).message).toBe("m");
  });

  test("come back as they went, by the quick way and by the long one", () => {
    for (const attributes of [
      { user: "alice", n: 1 },
      { msg2: null },
      { nested: { a: [1] } },
      { fields: { msg: "clash" } },
      { error: new RangeError("far") },
      { exc_text: "T", stack_info: "S" },
    ]) {
      const record = makeLogRecord({
        name: "a.b",
        levelno: 40,
        levelname: "ERROR",
        msg: 'quote " %d',
        args: [7],
        created: 12.5,
        ...attributes,
      });
      const back = recordFromJson(recordJson(record));
      expect([back.name, back.levelno, back.levelname, back.message, back.created, back.excText, back.stackInfo, back.process]).toEqual([
        "a.b",
        40,
        "ERROR",
        'quote " 7',
        12.5,
        record.excText,
        record.stackInfo,
        process.pid,
      ]);
      expect(JSON.stringify(back.extra)).toBe(JSON.stringify(record.extra));
      expect((back.error as Error | undefined)?.message).toBe((record.error as Error | undefined)?.message);
    }
  });
});
