import {
  checkOptions,
  type HandlerLike,
  type HandlerStats,
  LoggingError,
  type LogRecord,
  makeLogRecord,
  type OptionNames,
  show,
} from "@cordwood/core";
import type { RecordQueue, SendingEnd } from "./queue.js";
import { QueueHandler } from "./queue-handler.js";
import { QueueListener } from "./queue-listener.js";
import { delay } from "./soon.js";
import { wholeNumber } from "./when-full.js";

/** The two ends of one queue: the same object for a queue that has both. */
export interface QueuePair {
  readonly sender: SendingEnd & { stats?(): HandlerStats };
  readonly receiver: Omit<RecordQueue, keyof SendingEnd | "stats" | "close"> & { close?(): void | Promise<void> };
  /** Ends both, and whatever was started for them. */
  close(): void | Promise<void>;
}

/** How to test one kind of queue. */
export interface QueueConformanceOptions {
  /** A new, empty queue each time, with room for `capacity` records at least. */
  create(capacity: number): QueuePair | Promise<QueuePair>;
  /** Records put for the rules of order and number. Default 1 000. */
  readonly records?: number;
  /** Longest wait for a record to arrive, in milliseconds. Default 10 000. */
  readonly arrivalMs?: number;
}

const OPTIONS: OptionNames<QueueConformanceOptions> = { create: true, records: true, arrivalMs: true };

/** One rule of the contract, in words, and the way to try it: plain data, for any test runner. */
export interface QueueCase {
  /** The rule. */
  readonly name: string;
  /** Settles when the rule holds, rejects with a LoggingError `CONFORMANCE` that says what was seen instead. */
  run(): Promise<void>;
}

class Keeper implements HandlerLike {
  readonly level = 0;
  readonly records: LogRecord[] = [];
  flushes = 0;

  handle(record: LogRecord): void {
    this.records.push(record);
  }

  flush(): void {
    this.flushes++;
  }

  close(): void {}

  get messages(): string[] {
    return this.records.map((record) => record.message);
  }
}

interface Bench {
  readonly pair: QueuePair;
  readonly handler: QueueHandler;
  readonly keeper: Keeper;
  readonly listener: QueueListener<unknown>;
  arrived(count: number): Promise<void>;
}

const record = (msg: string, more: Readonly<Record<string, unknown>> = {}): LogRecord =>
  makeLogRecord({ name: "conformance", levelno: 20, levelname: "INFO", msg, ...more });

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** The contract of queues, rule by rule. */
export function queueConformance(options: QueueConformanceOptions): readonly QueueCase[] {
  checkOptions("queueConformance", options, OPTIONS);
  if (typeof options.create !== "function")
    throw new LoggingError("OPTION_INVALID", "queueConformance: create is no function; give one that makes a new, empty queue");
  const many = wholeNumber("queueConformance", "records", options.records ?? 1_000, "records", 10);
  wholeNumber("queueConformance", "arrivalMs", options.arrivalMs ?? 10_000, "milliseconds");
  const rule = (name: string, test: (bench: Bench) => Promise<void>): QueueCase => ({ name, run: () => withBench(options, many, test) });
  return [
    rule("hands over every record, in the order in which it was put", async ({ handler, keeper, arrived }) => {
      for (let i = 0; i < many; i++) handler.handle(record(`record ${i}`));
      await arrived(many);
      expectEqual(
        keeper.messages,
        Array.from({ length: many }, (_, i) => `record ${i}`),
      );
    }),
    rule("keeps what a record says: name, level, time, message, fields and error", async ({ handler, keeper, arrived }) => {
      const error = new TypeError("wrong kind", { cause: new Error("deeper") });
      const sent = {
        name: "a.b",
        levelno: 40,
        levelname: "ERROR",
        msg: "n=%d é 😀",
        args: [7],
        created: 1057675785.896,
        user: "alice",
        error,
      };
      handler.handle(makeLogRecord(sent));
      await arrived(1);
      const got = keeper.records[0] as LogRecord;
      expectEqual([got.name, got.levelno, got.levelname, got.message, got.created], ["a.b", 40, "ERROR", "n=7 é 😀", 1057675785.896]);
      expectEqual(got.extra["user"], "alice");
      const { name, message, stack, cause } = (got.error ?? {}) as Error;
      expectEqual([name, message, stack, (cause as Error | undefined)?.message], ["TypeError", "wrong kind", error.stack, "deeper"]);
    }),
    rule("keeps the values of the moment of the call", async ({ handler, keeper, arrived }) => {
      const fields = { user: "alice", nested: { list: [1, 2] } };
      handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: "now", fields }));
      fields.user = "bob";
      fields.nested.list.push(3);
      await arrived(1);
      const { user, nested } = (keeper.records[0] as LogRecord).extra;
      expectEqual([user, nested], ["alice", { list: [1, 2] }]);
    }),
    rule("does not change the record it is given", async ({ handler, arrived }) => {
      const given = record("n=%d", { args: [7], user: "alice" });
      const before = JSON.stringify(given);
      handler.handle(given);
      await arrived(1);
      expectEqual(JSON.stringify(given), before);
    }),
    rule("takes a text of any characters, and a long one", async ({ handler, keeper, arrived }) => {
      const texts = ['"quoted" \\ back', "a\u001db\u001ec\u001fd\u0000e", "two\nlines\r\n", "é😀\u2028", "x".repeat(100_000), ""];
      for (const text of texts) handler.handle(record(text));
      await arrived(texts.length);
      expectEqual(keeper.messages, texts);
    }),
    rule("settles flush when everything put before is handed over, or counted", async ({ handler, pair }) => {
      for (let i = 0; i < 100; i++) handler.handle(record(`record ${i}`));
      await handler.flush();
      const { accepted, delivered, queued } = handler.stats();
      expectEqual([accepted, queued], [100, 0]);
      expectEqual(delivered + sum(handler.stats().dropped), 100);
      if (pair.sender.stats !== undefined) checkSum(pair.sender.stats());
    }),
    rule("counts every record once: accepted = delivered + queued + dropped + failed", async ({ handler, arrived }) => {
      for (let i = 0; i < many; i++) handler.handle(record(`record ${i}`));
      checkSum(handler.stats());
      await handler.flush();
      checkSum(handler.stats());
      await arrived(many);
      expectEqual(handler.stats().accepted, many);
    }),
    rule(
      "flushes the handlers of a stopped listener, and hands over what was put before the stop",
      async ({ handler, keeper, listener }) => {
        for (let i = 0; i < 100; i++) handler.handle(record(`record ${i}`));
        await handler.flush();
        await listener.stop();
        expectEqual(keeper.records.length, 100);
        expectEqual(keeper.flushes > 0, true);
      },
    ),
    rule("drops and counts what is put after close, and closes twice without harm", async ({ handler }) => {
      await handler.close();
      await handler.close();
      handler.handle(record("late"));
      expectEqual(handler.stats().dropped["closed"], 1);
      checkSum(handler.stats());
    }),
    rule("goes on after a handler has thrown", async ({ handler, keeper, arrived }) => {
      let threw = 0;
      const handle = keeper.handle.bind(keeper);
      keeper.handle = (given) => {
        if (given.message === "bad" && threw++ === 0) throw new Error("thrown by a handler on purpose");
        handle(given);
      };
      for (const text of ["before", "bad", "after"]) handler.handle(record(text));
      await arrived(2);
      expectEqual(keeper.messages.includes("after"), true);
    }),
  ];
}

async function withBench(options: QueueConformanceOptions, capacity: number, test: (bench: Bench) => Promise<void>): Promise<void> {
  // For records below WARNING a tenth of the capacity is not there.
  const pair = await options.create(Math.ceil(capacity / 0.9) + 1);
  const handler = new QueueHandler(pair.sender);
  const keeper = new Keeper();
  const listener = new QueueListener<unknown>(pair.receiver, [keeper]).start();
  const arrived = async (count: number): Promise<void> => {
    const deadline = Date.now() + (options.arrivalMs ?? 10_000);
    while (keeper.records.length < count && Date.now() < deadline) await delay(5);
    if (keeper.records.length < count) throw unlike(`${keeper.records.length} records arrived`, `${count}`);
  };
  try {
    await test({ pair, handler, keeper, listener, arrived });
  } finally {
    await handler.close();
    await listener.stop();
    await pair.close();
  }
}

function checkSum({ accepted, delivered, queued, dropped, failed }: HandlerStats): void {
  expectEqual(accepted, delivered + queued + sum(dropped) + sum(failed));
}

function expectEqual(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw unlike(show(got), show(wanted));
}

const unlike = (got: string, wanted: string): LoggingError =>
  new LoggingError("CONFORMANCE", `wanted ${wanted.slice(0, 500)}, but got ${got.slice(0, 500)}`);
