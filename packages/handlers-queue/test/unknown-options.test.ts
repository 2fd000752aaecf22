import { getHandlerByName } from "@cordwood/core";
import {
  attachWorkerQueue,
  BufferingHandler,
  LogQueue,
  MemoryHandler,
  ProcessQueue,
  QueueHandler,
  QueueListener,
  WorkerQueue,
  type WorkerQueueShare,
} from "@cordwood/handlers-queue";
import { AmqpQueue } from "@cordwood/handlers-queue/amqp";
import { NatsQueue } from "@cordwood/handlers-queue/nats";
import { RedisQueue } from "@cordwood/handlers-queue/redis";
import { ZeroMqQueue } from "@cordwood/handlers-queue/zeromq";
import { expect, test } from "vitest";

const module = "data:text/javascript,export default []";
const BLOCK = { block: { maxMs: 5 } };

test.each([
  [
    "LogQueue",
    () => new LogQueue({ size: 5 } as object),
    'LogQueue: there is no option "size"; known are name, capacity, maxBytes, whenFull',
  ],
  [
    "LogQueue, dropBelow and more",
    () => new LogQueue({ whenFull: { dropBelow: 30, orElse: 1 } as object } as object),
    'LogQueue: whenFull with dropBelow: there is no option "orElse"',
  ],
  [
    "LogQueue, two policies",
    () => new LogQueue({ whenFull: { dropBelow: 30, ...BLOCK } }),
    'whenFull with dropBelow: there is no option "block"',
  ],
  [
    "LogQueue, block and more",
    () => new LogQueue({ whenFull: { ...BLOCK, orElse: 1 } as object } as object),
    'whenFull with block: there is no option "orElse"',
  ],
  [
    "LogQueue, inside block",
    () => new LogQueue({ whenFull: { block: { max_ms: 5 } } as object } as object),
    'whenFull.block: there is no option "max_ms"; known are maxMs',
  ],
  ["QueueHandler", () => new QueueHandler(new LogQueue(), { handlers: [] } as object), 'QueueHandler: there is no option "handlers"'],
  [
    "QueueListener",
    () => new QueueListener(new LogQueue(), [], { drain: 5 } as object),
    'QueueListener: there is no option "drain"; known are respectHandlerLevel, drainMs',
  ],
  ["BufferingHandler", () => new BufferingHandler(1, { flushLevel: 5 } as object), 'BufferingHandler: there is no option "flushLevel"'],
  ["MemoryHandler", () => new MemoryHandler(1, { flushlevel: 5 } as object), 'MemoryHandler: there is no option "flushlevel"'],
  ["ProcessQueue", () => new ProcessQueue({ adress: "x" } as object), 'ProcessQueue: there is no option "adress"'],
  ["WorkerQueue", () => new WorkerQueue({ module }, { hung: 5 } as object), 'WorkerQueue: there is no option "hung"'],
  [
    "WorkerQueue, resourceLimits",
    () => new WorkerQueue({ module }, { resourceLimits: { maxOld: 5 } as object }),
    'WorkerQueue: resourceLimits: there is no option "maxOld"',
  ],
  [
    "attachWorkerQueue",
    () => attachWorkerQueue({ name: "q" } as WorkerQueueShare, { closeMs: 5 } as object),
    'attachWorkerQueue: there is no option "closeMs"',
  ],
  ["NatsQueue", () => new NatsQueue({ server: "x" } as object), 'NatsQueue: there is no option "server"'],
  ["RedisQueue", () => new RedisQueue({ uri: "redis://user:s3cret@host" } as object), 'RedisQueue: there is no option "uri"'],
  ["AmqpQueue", () => new AmqpQueue({ uri: "amqp://user:s3cret@host" } as object), 'AmqpQueue: there is no option "uri"'],
  ["ZeroMqQueue", () => new ZeroMqQueue({ bind: "tcp://127.0.0.1:*", linger: 5 } as object), 'ZeroMqQueue: there is no option "linger"'],
])("%s refuses an option that it does not know", (_name, construct, message) => {
  expect(construct).toThrow(message);
  expect(construct).toThrow(expect.objectContaining({ code: "OPTION_UNKNOWN" }));
  expect(construct).not.toThrow(/s3cret/);
});

test("a MemoryHandler that was refused is not open: nothing is flushed or reported at exit", () => {
  const target = { handle: 5 };
  expect(() => new MemoryHandler(1, { name: "refused", target: target as never })).toThrow(/no handle\(record\)/);
  expect(() => new MemoryHandler(Number.NaN, { name: "refused" })).toThrow(/MemoryHandler: capacity is NaN/);
  expect(getHandlerByName("refused")).toBeUndefined();
});
