import { EventEmitter, once } from "node:events";
import { type LogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { LogQueue, queueConformance, type ReceivingEnd, type RecordOwner, type SendingEnd } from "@cordwood/handlers-queue";
import { recordFromJson, recordJson } from "@cordwood/handlers-queue/zeromq";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { logQueuePair, processQueuePair, workerQueuePair } from "./support/pairs.js";

// Crashes, restarts and servers take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  resetLogging();
  setErrorReporter(() => {});
});

for (const [name, create] of [
  ["LogQueue", logQueuePair],
  ["ProcessQueue", processQueuePair],
  ["WorkerQueue", workerQueuePair],
] as const) {
  describe(`${name} keeps the contract of queues`, () => {
    for (const each of queueConformance({ create })) test(each.name, each.run);
  });
}

/** A queue as somebody else may write one, from the public parts alone: texts in a list. */
class TextQueue implements SendingEnd, ReceivingEnd {
  readonly copies = true;
  private readonly texts: { readonly text: string; readonly owner: RecordOwner | undefined }[] = [];
  private readonly news = new EventEmitter();
  private isClosed = false;

  get size(): number {
    return this.texts.length;
  }

  put(record: LogRecord, owner?: RecordOwner): string {
    if (this.isClosed) return "closed";
    this.texts.push({ text: recordJson(record), owner });
    setImmediate(() => this.news.emit("text"));
    return "queued";
  }

  async flush(): Promise<void> {
    while (this.texts.length > 0) await new Promise(setImmediate);
  }

  take(signal?: AbortSignal): LogRecord | null | Promise<LogRecord | null> {
    const first = this.texts.shift();
    if (first === undefined) return signal?.aborted ? null : this.later(signal);
    first.owner?.settled("delivered", "", 1);
    return recordFromJson(first.text);
  }

  async closeSender(): Promise<void> {
    await this.flush();
    this.isClosed = true;
  }

  private async later(signal: AbortSignal | undefined): Promise<LogRecord | null> {
    await once(this.news, "text", signal === undefined ? {} : { signal }).catch(() => {});
    return this.take(signal);
  }
}

describe("a third party's queue keeps the contract of queues", () => {
  const create = () => {
    const queue = new TextQueue();
    return { sender: queue, receiver: queue, close() {} };
  };
  for (const each of queueConformance({ create })) test(each.name, each.run);
});

describe("the conformance kit", () => {
  const failing = async (rule: string, spoil: (queue: LogQueue) => void): Promise<string> => {
    const create = (capacity: number) => {
      const queue = new LogQueue({ capacity });
      spoil(queue);
      return { sender: queue, receiver: queue, close: () => queue.close() };
    };
    const found = queueConformance({ create, records: 20, arrivalMs: 100 }).find(({ name }) => name.startsWith(rule));
    return (found as { run(): Promise<void> }).run().then(
      () => "held",
      (error: Error) => error.message,
    );
  };

  test("notices a queue that loses a record", async () => {
    const seen = await failing("hands over every record", (queue) => {
      const put = queue.put.bind(queue);
      let n = 0;
      queue.put = (record, owner) => (++n === 7 ? "queued" : put(record, owner));
    });
    expect(seen).toMatch(/wanted 20, but got 19 records arrived/);
  });

  test("notices a queue that changes the order", async () => {
    const seen = await failing("hands over every record", (queue) => {
      const put = queue.put.bind(queue);
      let held: Parameters<typeof put> | undefined;
      queue.put = (...args) => {
        if (held === undefined && args[0].message === "record 3") {
          held = args;
          return "queued";
        }
        const outcome = put(...args);
        if (args[0].message === "record 4" && held !== undefined) put(...held);
        return outcome;
      };
    });
    expect(seen).toMatch(/record 4.*record 3/);
  });

  test("notices a queue that shares the caller's objects", async () => {
    expect(await failing("keeps the values of the moment", (queue) => Object.assign(queue, { copies: true }))).toMatch(/alice/);
  });

  test("notices counters that do not add up", async () => {
    const seen = await failing("settles flush", (queue) => {
      const stats = queue.stats.bind(queue);
      queue.stats = () => ({ ...stats(), accepted: stats().accepted + 1 });
    });
    expect(seen).toMatch(/wanted 100, but got 101|wanted 101, but got 100/);
  });
});
