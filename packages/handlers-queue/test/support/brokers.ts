import { AmqpQueue, type AmqpQueueOptions } from "@cordwood/handlers-queue/amqp";
import { NatsQueue } from "@cordwood/handlers-queue/nats";
import { RedisQueue } from "@cordwood/handlers-queue/redis";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNats, headers } from "@nats-io/transport-node";
import amqplib from "amqplib";
import { createClient } from "redis";

/** One kind of broker, as the tests need it. */
export interface Broker {
  readonly name: string;
  readonly port: number;
  readonly service: "redis" | "nats" | "rabbitmq";
  /** A queue of that name through a port; options as all brokers have them. */
  queue(
    name: string,
    port: number,
    options?: Pick<AmqpQueueOptions, "capacity" | "maxBytes" | "prefetch" | "flushMs">,
  ): RedisQueue | NatsQueue | AmqpQueue;
  /** The bodies in the place for undeliverable records. */
  dead(name: string): Promise<string[]>;
  remove(name: string): Promise<void>;
  /** What stands in the queue: each message's id, and whether its sender says that it sent it before. */
  stored(name: string): Promise<{ readonly id: string; readonly again: boolean }[]>;
  /** Puts a record where the records are, as a sender does that has sent it before. */
  putAgain(name: string, id: string, body: string): Promise<void>;
  /** Puts a text that is no record where the records are. */
  putText(name: string, text: string): Promise<void>;
}

/** Short waits: a test cannot sit through those that are right for production. */
const QUICK = { reconnectMs: 10, longestReconnectMs: 100 };

const redis: Broker = {
  name: "Redis Streams",
  port: 6379,
  service: "redis",
  queue: (name, port, options) =>
    new RedisQueue({ ...QUICK, ...options, url: `redis://127.0.0.1:${port}`, stream: name, claimIdleMs: 500 }),
  dead: (name) =>
    withRedis(async (client) => {
      const entries = (await client.xRange(`${name}.dead`, "-", "+")) ?? [];
      return entries.map((entry) => entry?.message["data"] ?? "");
    }),
  stored: (name) =>
    withRedis(async (client) => {
      const entries = (await client.xRange(name, "-", "+")) ?? [];
      return entries.map((entry) => ({ id: entry?.message["id"] ?? "", again: entry?.message["again"] === "1" }));
    }),
  remove: (name) => withRedis(async (client) => void (await client.del([name, `${name}.dead`]))),
  putAgain: (name, id, body) => withRedis(async (client) => void (await client.xAdd(name, "*", { id, data: body, again: "1" }))),
  putText: (name, text) => withRedis(async (client) => void (await client.xAdd(name, "*", { id: "x-1", data: text }))),
};

async function withRedis<T>(run: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> {
  const client = createClient({ url: "redis://127.0.0.1:6379", RESP: 2 });
  await client.connect();
  try {
    return await run(client as ReturnType<typeof createClient>);
  } finally {
    client.destroy();
  }
}

const nats: Broker = {
  name: "NATS JetStream",
  port: 4222,
  service: "nats",
  queue: (name, port, options) => new NatsQueue({ ...QUICK, ...options, servers: `127.0.0.1:${port}`, stream: name, ackWaitMs: 500 }),
  dead: (name) =>
    withNats(async (manager) => {
      const { state } = await manager.streams.info(name);
      const found: string[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage(name, { seq });
        if (message?.subject === `${name}.dead`) found.push(message.string());
      }
      return found;
    }),
  stored: (name) =>
    withNats(async (manager) => {
      const { state } = await manager.streams.info(name);
      const found: { id: string; again: boolean }[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage(name, { seq });
        found.push({ id: message?.header.get("Nats-Msg-Id") ?? "", again: message?.header.has("Cordwood-Again") === true });
      }
      return found;
    }),
  remove: (name) => withNats(async (manager) => void (await manager.streams.delete(name).catch(() => false))),
  putAgain: async (name, id, body) => {
    const connection = await connectNats({ servers: "127.0.0.1:4222" });
    const marks = headers();
    marks.set("Nats-Msg-Id", id);
    marks.set("Cordwood-Again", "1");
    connection.publish(`${name}.records`, body, { headers: marks });
    await connection.flush();
    await connection.close();
  },
  putText: async (name, text) => {
    const connection = await connectNats({ servers: "127.0.0.1:4222" });
    connection.publish(`${name}.records`, text);
    await connection.flush();
    await connection.close();
  },
};

async function withNats<T>(run: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>): Promise<T> {
  const connection = await connectNats({ servers: "127.0.0.1:4222" });
  try {
    return await run(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

const rabbitmq: Broker = {
  name: "RabbitMQ",
  port: 5672,
  service: "rabbitmq",
  queue: (name, port, options) => new AmqpQueue({ ...QUICK, ...options, url: `amqp://guest:guest@127.0.0.1:${port}`, queue: name }),
  dead: (name) =>
    withRabbit(async (channel) => {
      const found: string[] = [];
      for (let message = await channel.get(`${name}.dead`); message !== false; message = await channel.get(`${name}.dead`))
        found.push(message.content.toString());
      return found;
    }),
  stored: (name) =>
    withRabbit(async (channel) => {
      const found: { id: string; again: boolean }[] = [];
      for (let message = await channel.get(name); message !== false; message = await channel.get(name)) {
        const { messageId, headers } = message.properties;
        found.push({ id: String(messageId), again: headers?.["cordwood-again"] === true });
      }
      return found;
    }),
  remove: (name) =>
    withRabbit(async (channel) => {
      await channel.deleteQueue(name);
      await channel.deleteQueue(`${name}.dead`);
    }),
  putAgain: (name, id, body) =>
    withRabbit(
      async (channel) => void channel.sendToQueue(name, Buffer.from(body), { messageId: id, headers: { "cordwood-again": true } }),
    ),
  putText: (name, text) => withRabbit(async (channel) => void channel.sendToQueue(name, Buffer.from(text))),
};

async function withRabbit<T>(
  run: (channel: Awaited<ReturnType<Awaited<ReturnType<typeof amqplib.connect>>["createChannel"]>>) => Promise<T>,
): Promise<T> {
  const connection = await amqplib.connect("amqp://guest:guest@127.0.0.1:5672");
  try {
    const channel = await connection.createChannel();
    const result = await run(channel);
    await channel.close();
    return result;
  } finally {
    await connection.close();
  }
}

export const brokers: readonly Broker[] = [redis, nats, rabbitmq];
