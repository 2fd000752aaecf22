import {
  attachWorkerQueue,
  BufferingHandler,
  type HandlerSource,
  LogQueue,
  MemoryHandler,
  mergeByTime,
  ProcessQueue,
  QueueHandler,
  QueueListener,
  queueConformance,
  WorkerQueue,
  type WorkerQueueShare,
} from "@cordwood/handlers-queue";
import { AmqpQueue } from "@cordwood/handlers-queue/amqp";
import { NatsQueue } from "@cordwood/handlers-queue/nats";
import { RedisQueue } from "@cordwood/handlers-queue/redis";
import { ZeroMqQueue } from "@cordwood/handlers-queue/zeromq";
import { expect, test } from "vitest";

const module = "data:text/javascript,export default []";
const bind = "tcp://127.0.0.1:*";
const create = () => ({ sender: new LogQueue(), receiver: new LogQueue(), close() {} });
// biome-ignore lint/suspicious/noExplicitAny: what the types would refuse is what is tried here
type Wrong = any;

/** Option, a value that it cannot have, what makes it, what the message says beside the owner and the option. */
const cases: [owner: string, option: string, value: Wrong, make: (value: Wrong) => unknown, expected: string][] = [
  ["QueueListener", "drainMs", -1, (drainMs) => new QueueListener(new LogQueue(), [], { drainMs }), "milliseconds, 0 or more"],
  ["QueueListener", "drainMs", "5", (drainMs) => new QueueListener(new LogQueue(), [], { drainMs }), "milliseconds, 0 or more"],
  ["QueueListener", "drainMs", Number.NaN, (drainMs) => new QueueListener(new LogQueue(), [], { drainMs }), "milliseconds, 0 or more"],
  [
    "QueueListener",
    "respectHandlerLevel",
    "yes",
    (value) => new QueueListener(new LogQueue(), [], { respectHandlerLevel: value }),
    "true or false",
  ],
  ["QueueHandler", "uses", "pathname", (uses) => new QueueHandler(new LogQueue(), { uses }), "a list of texts"],
  ["BufferingHandler", "uses", [1], (uses) => new BufferingHandler(1, { uses }), "a list of texts"],
  ["MemoryHandler", "flushOnClose", 0, (flushOnClose) => new MemoryHandler(1, { flushOnClose }), "true or false"],
  ["LogQueue", "name", 5, (name) => new LogQueue({ name }), "a text"],
  ["ProcessQueue", "name", "", (name) => new ProcessQueue({ name }), "a text"],
  ["ProcessQueue", "address", "", (address) => new ProcessQueue({ address }), "a path"],
  ["ProcessQueue", "address", 7, (address) => new ProcessQueue({ address }), "a path"],
  ["ProcessQueue", "hungMs", 0, (hungMs) => new ProcessQueue({ hungMs }), "1 or more"],
  ["ProcessQueue", "closeMs", 1.5, (closeMs) => new ProcessQueue({ closeMs }), "1 or more"],
  ["WorkerQueue", "name", null, (name) => new WorkerQueue({ module }, { name: name as never }), "a text"],
  ["WorkerQueue", "closeMs", "1", (closeMs) => new WorkerQueue({ module }, { closeMs }), "1 or more"],
  ["WorkerQueue", "respectHandlerLevel", 1, (value) => new WorkerQueue({ module }, { respectHandlerLevel: value }), "true or false"],
  [
    "WorkerQueue",
    "resourceLimits.maxOldGenerationSizeMb",
    "64",
    (value) => new WorkerQueue({ module }, { resourceLimits: { maxOldGenerationSizeMb: value } }),
    "megabytes",
  ],
  ["WorkerQueue", "export", 5, (value) => new WorkerQueue({ module, export: value } as HandlerSource), "the name of an export"],
  ["WorkerQueue", "base", 5, (base) => new WorkerQueue({ module, base } as HandlerSource), "a file or folder"],
  ["attachWorkerQueue", "the share", {}, (share) => attachWorkerQueue(share as WorkerQueueShare), "what share() of a WorkerQueue gave"],
  ["RedisQueue", "url", "http://user:s3cret@host", (url) => new RedisQueue({ url }), "redis:// or rediss://"],
  ["RedisQueue", "url", "s3cret", (url) => new RedisQueue({ url }), "redis:// or rediss://"],
  ["RedisQueue", "options", "redis://user:s3cret@host", (options) => new RedisQueue(options), "an object"],
  ["RedisQueue", "client", "s3cret", (client) => new RedisQueue({ client }), "an object"],
  ["RedisQueue", "maxLength", 0, (maxLength) => new RedisQueue({ maxLength }), "entries, 1 or more"],
  ["RedisQueue", "claimIdleMs", -1, (claimIdleMs) => new RedisQueue({ claimIdleMs }), "1 or more"],
  ["AmqpQueue", "url", "redis://user:s3cret@host", (url) => new AmqpQueue({ url }), "amqp:// or amqps://"],
  ["AmqpQueue", "url", new URL("amqp://user:s3cret@host"), (url) => new AmqpQueue({ url }), "amqp:// or amqps://"],
  ["AmqpQueue", "options", "amqp://user:s3cret@host", (options) => new AmqpQueue(options), "an object"],
  ["AmqpQueue", "socket", null, (socket) => new AmqpQueue({ socket }), "an object"],
  ["AmqpQueue", "queueType", "stream", (queueType) => new AmqpQueue({ queueType }), "give"],
  ["NatsQueue", "options", "nats://user:s3cret@host", (options) => new NatsQueue(options), "an object"],
  ["NatsQueue", "servers", 4222, (servers) => new NatsQueue({ servers }), "the address of a server"],
  ["NatsQueue", "servers", ["a", ""], (servers) => new NatsQueue({ servers }), "the address of a server"],
  ["NatsQueue", "connection", "s3cret", (connection) => new NatsQueue({ connection }), "an object"],
  ["NatsQueue", "ackWaitMs", 0, (ackWaitMs) => new NatsQueue({ ackWaitMs }), "1 or more"],
  ["NatsQueue", "batchRecords", 0, (batchRecords) => new NatsQueue({ batchRecords }), "records, 1 or more"],
  ["NatsQueue", "flushMs", Number.POSITIVE_INFINITY, (flushMs) => new NatsQueue({ flushMs }), "1 or more"],
  ["ZeroMqQueue", "bind", 5556, (value) => new ZeroMqQueue({ bind: value }), 'such as "tcp://'],
  ["ZeroMqQueue", "connect", "", (connect) => new ZeroMqQueue({ connect }), 'such as "tcp://'],
  ["ZeroMqQueue", "connect", ["tcp://127.0.0.1:5556", null], (connect) => new ZeroMqQueue({ connect }), 'such as "tcp://'],
  ["ZeroMqQueue", "connect", [], (connect) => new ZeroMqQueue({ connect }), 'such as "tcp://'],
  ["ZeroMqQueue", "highWaterMark", 0, (highWaterMark) => new ZeroMqQueue({ bind, highWaterMark }), "messages, 1 or more"],
  ["ZeroMqQueue", "highWaterMark", "1000", (highWaterMark) => new ZeroMqQueue({ bind, highWaterMark }), "messages, 1 or more"],
  ["ZeroMqQueue", "lingerMs", -1, (lingerMs) => new ZeroMqQueue({ bind, lingerMs }), "milliseconds, 0 or more"],
  ["mergeByTime", "maxWaitMs", -1, (maxWaitMs) => mergeByTime([], { maxWaitMs }), "milliseconds, 0 or more"],
  ["mergeByTime", "timeOf", "created", (timeOf) => mergeByTime([], { timeOf }), "a function"],
  ["mergeByTime", "onLate", 5, (onLate) => mergeByTime([], { onLate }), "a function"],
  ["mergeByTime", "follow", "yes", (follow) => mergeByTime([], { follow }), "true or false"],
  ["queueConformance", "create", undefined, (value) => queueConformance({ create: value }), "one that makes a new, empty queue"],
  ["queueConformance", "records", 0, (records) => queueConformance({ create, records }), "records, 10 or more"],
  ["queueConformance", "arrivalMs", 0, (arrivalMs) => queueConformance({ create, arrivalMs }), "milliseconds, 1 or more"],
];

test.each(cases)("%s refuses %s: %j when it is made", (owner, option, value, make, expected) => {
  let thrown: { code?: string; message?: string } = {};
  try {
    make(value);
  } catch (error) {
    thrown = error as typeof thrown;
  }
  expect(thrown.code).toBe("OPTION_INVALID");
  expect(thrown.message).toMatch(new RegExp(`^${owner}: ${option.replace(".", "\\.")} is `));
  expect(thrown.message).toContain(expected);
  expect(thrown.message).not.toContain("s3cret");
});

test("mergeByTime and the conformance kit refuse options that they do not know", () => {
  expect(() => mergeByTime([], { maxWait: 5 } as Wrong)).toThrow(/mergeByTime: there is no option "maxWait"/);
  expect(() => queueConformance({ create, many: 5 } as Wrong)).toThrow(/queueConformance: there is no option "many"/);
});

test("what has no need to wait may say so", async () => {
  const listener = new QueueListener(new LogQueue(), [], { drainMs: 0 }).start();
  await listener.stop();
  expect(() => new ZeroMqQueue({ bind, lingerMs: 0 })).not.toThrow();
});
