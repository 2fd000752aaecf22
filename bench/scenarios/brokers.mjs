// Records sent to a broker and confirmed by it, 500 at a time: through a queue of ours, and by the bare client library with texts of the same shape.
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { fields, NAME } from "../workloads.mjs";

const BATCH = 500;
/** The client libraries are those that the package's own tests use. */
const require = createRequire(new URL("../../packages/handlers-queue/package.json", import.meta.url));
const client = async (name) => {
  const module = await import(require.resolve(name));
  return module.default ?? module;
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const unique = () => `cordwood-bench-${process.pid}-${Date.now().toString(36)}`;

/** What a record is on the wire, made by whoever uses the bare library. */
const text = (index) =>
  JSON.stringify({
    name: NAME,
    args: [],
    levelname: "INFO",
    levelno: 20,
    msg: "request done",
    pathname: "(unknown file)",
    filename: "(unknown file)",
    module: "(unknown file)",
    exc_info: null,
    exc_text: null,
    stack_info: null,
    lineno: 0,
    funcName: "(unknown function)",
    created: Date.now() / 1_000,
    msecs: 0,
    relativeCreated: 0,
    thread: 0,
    threadName: "MainThread",
    processName: "MainProcess",
    process: process.pid,
    taskName: null,
    ...fields(index),
  });

/** Logs as fast as the broker confirms, and ends when it has confirmed everything. */
const ours = (open) => async () => {
  const { getLogger } = await import("@cordwood/core");
  const { QueueHandler } = await import("@cordwood/handlers-queue");
  const { queue, arrived, end } = await open({ capacity: 100_000, maxBytes: 1e9, batchRecords: BATCH, flushMs: 600_000 });
  const handler = new QueueHandler(queue);
  getLogger().setLevel("INFO");
  getLogger().addHandler(handler);
  const logger = getLogger(NAME);
  // The connection is part of the preparation, as with the bare library.
  logger.info("connected");
  await handler.flush();
  const run = async (count) => {
    for (let index = 0; index < count; index++) {
      logger.info("request done", fields(index));
      if (index % BATCH === BATCH - 1) while (handler.stats().queued > 4 * BATCH) await pause(1);
    }
    await handler.flush();
    const lost = count + 1 - (await arrived(count + 1));
    return { lost: lost + count + 1 - handler.stats().delivered };
  };
  return { run, finish: end };
};

/** Sends one batch after the other, the next one made while the broker works on the last. */
const bare = (open) => async () => {
  const { send, arrived, end } = await open();
  const make = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, at) => text(from + at));
  await send([text(0)]);
  const run = async (count) => {
    let batch = make(0, Math.min(BATCH, count));
    for (let at = batch.length; batch.length > 0; at += batch.length) {
      const sent = send(batch);
      const next = make(at, Math.min(at + BATCH, count));
      await sent;
      batch = next;
    }
    return { lost: count + 1 - (await arrived(count + 1)) };
  };
  return { run, finish: end };
};

const redis = async () => {
  const { createClient } = await client("redis");
  const stream = unique();
  const connection = createClient({ url: "redis://127.0.0.1:6379", RESP: 2 });
  await connection.connect();
  const arrived = () => connection.xLen(stream);
  const drop = async () => {
    await connection.del([stream, `${stream}.dead`]);
    connection.destroy();
  };
  return { stream, connection, arrived, drop };
};
const redisOurs = async (options) => {
  const { RedisQueue } = await import("@cordwood/handlers-queue/redis");
  const { stream, arrived, drop } = await redis();
  const queue = new RedisQueue({ ...options, url: "redis://127.0.0.1:6379", stream, maxLength: 10_000_000 });
  return { queue, arrived, end: () => queue.close().then(drop) };
};
const redisBare = async () => {
  const { stream, connection, arrived, drop } = await redis();
  let id = 0;
  const add = (body) => connection.sendCommand(["XADD", stream, "MAXLEN", "~", "10000000", "*", "id", `${stream}-${++id}`, "data", body]);
  return { send: (bodies) => Promise.all(bodies.map(add)), arrived, end: drop };
};

const nats = async () => {
  const { connect } = await client("@nats-io/transport-node");
  const { jetstream, jetstreamManager } = await client("@nats-io/jetstream");
  const stream = unique();
  const connection = await connect({ servers: "127.0.0.1:4222" });
  const manager = await jetstreamManager(connection);
  const arrived = async () => (await manager.streams.info(stream)).state.messages;
  const drop = async () => {
    await manager.streams.delete(stream);
    await connection.close();
  };
  return { stream, connection, manager, jetstream, arrived, drop };
};
const natsOurs = async (options) => {
  const { NatsQueue } = await import("@cordwood/handlers-queue/nats");
  const { stream, arrived, drop } = await nats();
  const queue = new NatsQueue({ ...options, servers: "127.0.0.1:4222", stream });
  return { queue, arrived, end: () => queue.close().then(drop) };
};
const natsBare = async () => {
  const { stream, connection, manager, jetstream, arrived, drop } = await nats();
  const subject = `${stream}.records`;
  const window = { max_msgs: 1_000_000, duplicate_window: 120_000 * 1_000_000 };
  await manager.streams.add({ name: stream, subjects: [subject], ...window });
  const publisher = jetstream(connection);
  let id = 0;
  const send = (bodies) => Promise.all(bodies.map((body) => publisher.publish(subject, body, { msgID: `${stream}-${++id}` })));
  return { send, arrived, end: drop };
};

const amqp = async () => {
  const library = await client("amqplib");
  const queue = unique();
  const connection = await library.connect("amqp://guest:guest@127.0.0.1:5672");
  const channel = await connection.createConfirmChannel();
  const arrived = async (count) => {
    // What is confirmed is there; the number of it may be told a moment later.
    for (let look = 0; ; look++) {
      const { messageCount } = await channel.checkQueue(queue);
      if (messageCount >= count || look === 1_000) return messageCount;
      await pause(5);
    }
  };
  const drop = async () => {
    await channel.deleteQueue(queue);
    await channel.deleteQueue(`${queue}.dead`);
    await connection.close();
  };
  return { name: queue, channel, arrived, drop };
};
const amqpOurs = async (options) => {
  const { AmqpQueue } = await import("@cordwood/handlers-queue/amqp");
  const { name, arrived, drop } = await amqp();
  const queue = new AmqpQueue({ ...options, url: "amqp://guest:guest@127.0.0.1:5672", queue: name });
  return { queue, arrived, end: () => queue.close().then(drop) };
};
const amqpBare = async () => {
  const { name, channel, arrived, drop } = await amqp();
  await channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "quorum" } });
  let id = 0;
  const send = async (bodies) => {
    for (const body of bodies) {
      channel.sendToQueue(name, Buffer.from(body), { persistent: true, messageId: `${name}-${++id}`, contentType: "application/json" });
    }
    await channel.waitForConfirms();
  };
  return { send, arrived, end: drop };
};

/** A thread that counts what is pushed to it. */
const counter = async () => {
  const script = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { Pull } = require(workerData.zeromq);
    const socket = new Pull({ receiveHighWaterMark: 100000 });
    let count = 0, wanted = Infinity;
    const tell = () => { if (count >= wanted) { parentPort.postMessage(count); socket.close(); parentPort.close(); } };
    parentPort.on("message", (most) => { wanted = most; tell(); });
    (async () => {
      await socket.bind("tcp://127.0.0.1:*");
      parentPort.postMessage(socket.lastEndpoint);
      for await (const _ of socket) { count++; tell(); }
    })().catch(() => {});`;
  const worker = new Worker(script, { eval: true, workerData: { zeromq: require.resolve("zeromq") } });
  const address = await new Promise((resolve) => worker.once("message", resolve));
  const arrived = (count) =>
    new Promise((resolve) => {
      worker.once("message", resolve);
      worker.postMessage(count);
    });
  return { address, arrived };
};
const zeromqOurs = async (options) => {
  const { ZeroMqQueue } = await import("@cordwood/handlers-queue/zeromq");
  const { address, arrived } = await counter();
  const queue = new ZeroMqQueue({ ...options, connect: address });
  return { queue, arrived, end: () => queue.close() };
};
const zeromqBare = async () => {
  const { Push } = await client("zeromq");
  const { address, arrived } = await counter();
  const socket = new Push();
  socket.connect(address);
  const send = async (bodies) => {
    for (const body of bodies) await socket.send(body);
  };
  return { send, arrived, end: () => socket.close() };
};

const scenario = (name, order, title, count, cells) => ({
  name,
  order,
  title: `${title}: sent and confirmed, 500 at a time, by the queue and by the bare client (wall: 2 is half of its throughput)`,
  count,
  cells: { cordwood: ours(cells.ours), bare: bare(cells.bare) },
  base: "bare",
  always: ["cordwood", "bare"],
  bars: [{ of: "bare", measure: "wall", atMost: 2 }],
});

export default [
  scenario("redis", 60, "Redis Streams", 100_000, { ours: redisOurs, bare: redisBare }),
  scenario("nats", 61, "NATS JetStream", 50_000, { ours: natsOurs, bare: natsBare }),
  scenario("amqp", 62, "RabbitMQ, a quorum queue", 50_000, { ours: amqpOurs, bare: amqpBare }),
  scenario("zeromq", 63, "ZeroMQ, push and pull", 100_000, { ours: zeromqOurs, bare: zeromqBare }),
];
