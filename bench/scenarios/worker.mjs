// What it costs to hand records to another thread, or to a listener in this one: the caller's time for each call, and everything until all is written.
import { fields, NAME, readJson } from "../workloads.mjs";

const outputs = [{ name: "out.log" }];
const pinoTransport = async (file) => {
  const { default: pino } = await import("pino");
  // Its worker keeps no process alive, not even one that waits for it.
  const hold = setInterval(() => {}, 1_000);
  const transport = pino.transport({ target: "pino/file", options: { destination: file } });
  await new Promise((resolve) => transport.once("ready", resolve));
  const finish = () =>
    new Promise((resolve) => {
      transport.once("close", () => {
        clearInterval(hold);
        resolve();
      });
      transport.end();
    });
  const logger = pino({ name: NAME }, transport);
  return { log: (index) => logger.info(fields(index), "request done"), finish };
};

/** What logs one record through a handler at the root. */
const logThrough = async (handler) => {
  const { getLogger } = await import("@cordwood/core");
  getLogger().setLevel("INFO");
  getLogger().addHandler(handler);
  const logger = getLogger(NAME);
  return (index) => logger.info("request done", fields(index));
};

const workerQueueWith = async (file, module, options) => {
  const { QueueHandler, WorkerQueue } = await import("@cordwood/handlers-queue");
  process.env.BENCH_FILE = file;
  const queue = new WorkerQueue(
    { module: new URL(`../processes/${module}.mjs`, import.meta.url) },
    { whenFull: { block: { maxMs: 60_000 } } },
  );
  await queue.ready();
  const handler = new QueueHandler(queue, options);
  return { log: await logThrough(handler), finish: () => handler.close() };
};

/** As pino does: the caller makes the line, the worker writes it. */
const workerQueue = async (file) => {
  const { JsonFormatter } = await import("@cordwood/formatters");
  return workerQueueWith(file, "line-handlers", { formatter: new JsonFormatter({ preset: "pino" }) });
};

/** The worker makes the line. */
const workerQueueOfRecords = (file) => workerQueueWith(file, "worker-handlers", {});

const logQueueWith = async (file, module, options) => {
  const { LogQueue, QueueHandler, QueueListener } = await import("@cordwood/handlers-queue");
  process.env.BENCH_FILE = file;
  const { default: handlers } = await import(`../processes/${module}.mjs`);
  const queue = new LogQueue({ whenFull: "block" });
  const target = handlers();
  const listener = new QueueListener(queue, target).start();
  const finish = async () => {
    await listener.stop();
    await target.close();
  };
  return { log: await logThrough(new QueueHandler(queue, options)), finish };
};

const logQueue = async (file) => {
  const { JsonFormatter } = await import("@cordwood/formatters");
  return logQueueWith(file, "line-handlers", { formatter: new JsonFormatter({ preset: "pino" }) });
};

/** The listener makes the line. */
const logQueueOfRecords = (file) => logQueueWith(file, "worker-handlers", {});

const burst =
  (open) =>
  async ({ file }) => {
    const { log, finish } = await open(file);
    const run = (count) => {
      for (let index = 0; index < count; index++) log(index);
    };
    return { run, finish };
  };

/** A server's pace: some records, then a turn of the event loop. Each call is timed. */
const timed =
  (open) =>
  async ({ file }) => {
    const { log, finish } = await open(file);
    const run = async (count) => {
      const times = new Float64Array(count);
      for (let index = 0; index < count; index++) {
        const before = process.hrtime.bigint();
        log(index);
        times[index] = Number(process.hrtime.bigint() - before) / 1_000;
        if (index % 50 === 49) await new Promise(setImmediate);
      }
      times.sort();
      const at = (share) => times[Math.floor(count * share)];
      return { figures: { p50Us: at(0.5), p99Us: at(0.99), p999Us: at(0.999) } };
    };
    return { run, finish };
  };

const cells = (how) => ({
  cordwood: how(workerQueue),
  "cordwood, records": how(workerQueueOfRecords),
  "cordwood, LogQueue": how(logQueue),
  "cordwood, LogQueue, records": how(logQueueOfRecords),
  pino: how(pinoTransport),
});
const always = ["cordwood, records", "cordwood, LogQueue", "cordwood, LogQueue, records"];

export default [
  {
    name: "worker",
    order: 25,
    title: "JSON with five fields, handed over in one burst: WorkerQueue, LogQueue, pino.transport",
    count: 1_000_000,
    cells: cells(burst),
    always,
    outputs,
    read: readJson,
    bars: [
      { measure: "cpu", atMost: 0.5 },
      { cell: "cordwood, LogQueue", of: "pino", measure: "cpu", atMost: 0.5 },
    ],
  },
  {
    name: "worker-call",
    order: 26,
    title: "the same, 50 records a turn of the event loop, each call timed (p50, p99 and p99.9 in microseconds)",
    count: 300_000,
    cells: cells(timed),
    always,
    outputs,
    read: readJson,
    bars: [
      { measure: "cpu", atMost: 0.5 },
      { measure: "p50Us", atMost: 0.4 },
      { measure: "p99Us", atMost: 2 },
      { cell: "cordwood, LogQueue", of: "pino", measure: "cpu", atMost: 0.5 },
      { cell: "cordwood, LogQueue", of: "pino", measure: "p50Us", atMost: 0.4 },
      { cell: "cordwood, LogQueue", of: "pino", measure: "p99Us", atMost: 1 },
    ],
  },
];
