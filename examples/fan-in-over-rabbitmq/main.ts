// Fan in over RabbitMQ: three producers, two consumers that share the records, and no record lost or doubled.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "amqplib";

// A name of this run alone: what a run that was killed has left behind is another queue's.
const queue = `cordwood-example-${process.pid}-${Date.now().toString(36)}`;
const env = { ...process.env, QUEUE: queue };
const start = (program: string, name: string) => fork(new URL(program, import.meta.url), [name], { env });

const consumers = [1, 2].map((n) => start("./consumer.js", `consumer-${n}`));
const producers = [1, 2, 3].map((n) => start("./producer.js", `producer-${n}`));
await Promise.all(producers.map((producer) => once(producer, "exit")));

const lines = (): string[] =>
  ["consumer-1.log", "consumer-2.log"].flatMap((name) => (existsSync(name) ? readFileSync(name, "utf8").split("\n").slice(0, -1) : []));
for (const deadline = Date.now() + 20_000; lines().length < 300 && Date.now() < deadline; )
  await new Promise((resolve) => setTimeout(resolve, 20));
for (const consumer of consumers) {
  consumer.send("stop");
  await once(consumer, "exit");
}

console.log(`${lines().length} records of ${producers.length} producers at ${consumers.length} consumers`);
for (const n of [1, 2, 3]) {
  const own = lines().filter((line) => line.includes(` producer-${n} `));
  console.log(`producer-${n}: ${own.length} records, ${new Set(own).size} different ones`);
}

const connection = await connect("amqp://127.0.0.1");
const channel = await connection.createChannel();
for (const name of [queue, `${queue}.dead`]) await channel.deleteQueue(name);
await connection.close();
