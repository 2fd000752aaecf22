import { type LogRecord, makeLogRecord } from "@cordwood/core";
import { LogQueue, ProcessQueue, type SendingEnd, WorkerQueue } from "@cordwood/handlers-queue";

type Pair = Awaited<ReturnType<Parameters<typeof import("@cordwood/handlers-queue").queueConformance>[0]["create"]>>;

const limits = (capacity: number) => ({ capacity, maxBytes: 64 * 1024 * 1024 });

export const logQueuePair = (capacity: number): Pair => {
  const queue = new LogQueue(limits(capacity));
  return { sender: queue, receiver: queue, close: () => queue.close() };
};

/** Two objects at one address, as two processes would have them. */
export const processQueuePair = (capacity: number): Pair => {
  const receiver = new ProcessQueue(limits(capacity));
  const sender = new ProcessQueue({ ...limits(capacity), address: receiver.address });
  return { sender, receiver, close: async () => void (await Promise.all([sender.close(), receiver.close()])) };
};

let channels = 0;

/** A worker whose handler sends what it gets back to this thread: its far end, made visible. */
export const workerQueuePair = async (capacity: number): Promise<Pair> => {
  const name = `conformance-${process.pid}-${++channels}`;
  process.env["QUEUE_TEST_CHANNEL"] = name;
  const queue = new WorkerQueue({ module: new URL("./worker-handlers.mjs", import.meta.url), export: "broadcasting" }, limits(capacity));
  const channel = new BroadcastChannel(name);
  const inbox = new LogQueue({ capacity: 1_000_000, maxBytes: 1e9 });
  channel.onmessage = (event) => {
    const { error, ...attributes } = JSON.parse((event as unknown as { data: string }).data) as Record<string, unknown>;
    inbox.put(makeLogRecord({ ...attributes, ...(error === undefined ? {} : { error: asError(error as Record<string, unknown>) }) }));
  };
  await queue.ready();
  const receiver = {
    get size() {
      return inbox.size;
    },
    take: (signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> => inbox.take(signal),
    // What the worker has handled is on its way through the channel.
    idle: () => new Promise<void>((resolve) => setTimeout(resolve, 50)),
  };
  return {
    sender: queue as SendingEnd,
    receiver,
    close: async () => {
      await queue.close();
      channel.close();
    },
  };
};

const asError = (data: Record<string, unknown>): Error => Object.assign(new Error(String(data["message"])), data);
