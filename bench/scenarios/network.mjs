// Records across the network: what a receiver takes into a rotated file, and what sending costs the caller.
import { fork, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HOST, MESSAGE, NAME, readText } from "../workloads.mjs";

const here = (name) => fileURLToPath(new URL(`./network/${name}`, import.meta.url));
const CONNECTIONS = 4;
const FILE_BYTES = 10 * 1024 * 1024;
const FORMAT = "%(asctime)s %(name)s %(levelname)s %(message)s";

/** Frames are written by another process, which is ready before the clock starts: what is measured is receiving. */
const sender = async (port, count, codec) => {
  const child = fork(here("blast.mjs"), [String(port), String(count), String(CONNECTIONS), codec]);
  await new Promise((resolve) => child.once("message", resolve));
  return () =>
    new Promise((resolve, reject) => {
      child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`the sender ended with ${code}`))));
      child.send("go");
    });
};
const until = async (holds) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
};

const receive =
  (codec, buffering = "record") =>
  async ({ file, count: records }) => {
    const { getLogger } = await import("@cordwood/core");
    const { Formatter } = await import("@cordwood/formatters");
    const { RotatingFileHandler } = await import("@cordwood/handlers-file");
    const { LogReceiver } = await import("@cordwood/handlers-net");
    const formatter = new Formatter(FORMAT);
    const handler = new RotatingFileHandler(file, { maxBytes: FILE_BYTES, backupCount: 1_000, formatter, buffering });
    getLogger().addHandler(handler);
    const receiver = await new LogReceiver({ tcp: { port: 0 } }).start();
    const send = await sender(receiver.addresses().tcp.port, records, codec);
    return {
      async run(count) {
        const begun = performance.now();
        await send();
        await until(() => receiver.stats().received >= count);
        return { figures: { recordsPerSecond: Math.round((count * 1_000) / (performance.now() - begun)) } };
      },
      async finish() {
        await receiver.close();
        await handler.close();
      },
    };
  };

/** The receiver of Python's cookbook: `socketserver` with a thread for each connection, into Python's RotatingFileHandler. */
const receiveInPython = async ({ file, count: records }) => {
  const python = spawn("python3", [here("receiver.py"), file, String(FILE_BYTES), FORMAT, String(CONNECTIONS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => python.once("close", resolve));
  const port = await new Promise((resolve) => python.stdout.once("data", (text) => resolve(Number(text.toString()))));
  const send = await sender(port, records, "pickle");
  return {
    async run(count) {
      const begun = performance.now();
      await send();
      await ended; // It ends when all connections have.
      return { figures: { recordsPerSecond: Math.round((count * 1_000) / (performance.now() - begun)) } };
    },
  };
};

/** Calls on a logger whose handler sends, or writes the same line to a file; the clock runs until nothing is held any more. */
const call = (makeHandler) => async (context) => {
  const { getLogger } = await import("@cordwood/core");
  const { handler, end } = await makeHandler(context);
  const logger = getLogger(NAME);
  logger.setLevel("DEBUG");
  logger.addHandler(handler);
  return {
    async run(count) {
      for (let index = 0; index < count; index++) {
        logger.info(MESSAGE, index, HOST);
        if (index % 5_000 === 4_999) await handler.flush();
      }
      await handler.flush();
      const { delivered } = handler.stats();
      return { lost: count - delivered };
    },
    finish: async () => {
      await handler.close();
      end?.();
    },
  };
};
const sink = async () => {
  const child = fork(here("sink.mjs"));
  const port = await new Promise((resolve) => child.once("message", resolve));
  return { port, end: () => child.kill() };
};
const sending = (options) => async (context) => {
  const { SocketHandler } = await import("@cordwood/handlers-net");
  const { port, end } = await sink();
  const spool = options.spool === true ? { spool: { directory: join(context.folder, "spool") } } : {};
  return { handler: new SocketHandler("127.0.0.1", port, { ...options, ...spool }), end };
};
const writing = async ({ folder }) => {
  const { JsonFormatter } = await import("@cordwood/formatters");
  const { FileHandler } = await import("@cordwood/handlers-file");
  return { handler: new FileHandler(join(folder, "same.log"), { formatter: new JsonFormatter({ preset: "python" }) }) };
};

export default [
  {
    name: "net-receive",
    order: 60,
    title: "records from 4 connections through a receiver into a 10 MiB rotated file",
    count: 400_000,
    shares: { "Python's receiver": 0.1 },
    cells: {
      cordwood: receive("json"),
      "cordwood, buffered": receive("json", { bytes: 65_536 }),
      "cordwood, from Python": receive("pickle"),
      "Python's receiver": receiveInPython,
    },
    base: "Python's receiver",
    always: ["cordwood, buffered", "cordwood, from Python", "Python's receiver"],
    outputs: [
      {
        name: "out.log",
        names: (_cell, folder) => readdirSync(folder).filter((name) => name.startsWith("out.log")),
      },
    ],
    read: readText,
    bars: [
      { of: null, measure: "recordsPerSecond", atLeast: 150_000 },
      { of: "Python's receiver", measure: "wall", atMost: 0.1 },
      { cell: "cordwood, buffered", of: "Python's receiver", measure: "wall", atMost: 0.1 },
    ],
  },
  {
    name: "net-send",
    order: 61,
    title: "a call whose record is sent over TCP, against the same line written to a file",
    count: 60_000,
    cells: {
      cordwood: call(sending({})),
      "cordwood, pickle": call(sending({ codec: "pickle" })),
      file: call(writing),
    },
    base: "file",
    always: ["cordwood, pickle", "file"],
    bars: [{ of: "file", measure: "cpu", atMost: 2 }],
  },
];
