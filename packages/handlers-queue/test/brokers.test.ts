import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { deliveryOf, QueueHandler, QueueListener, queueConformance } from "@cordwood/handlers-queue";
import { missingService } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { brokers } from "./support/brokers.js";
import { startProxy } from "./support/proxy.js";
import { waitFor } from "./support/wait-for.js";

// Crashes, restarts and servers take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const record = (msg: string): LogRecord => makeLogRecord({ name: "a", levelno: 20, levelname: "INFO", msg });

const WAIT_MS = 20_000;
// A name of this run alone: a run that was killed may have left queues behind, and process ids come again.
const run = `cordwood-test-${process.pid}-${Date.now().toString(36)}`;
let names = 0;

for (const broker of brokers) {
  const missing = await missingService(broker.service);

  describe.skipIf(missing)(`${broker.name}${missing ? ` (skipped: ${missing})` : ""}`, () => {
    let name = "";
    beforeEach(() => {
      resetLogging();
      setErrorReporter(() => {});
      name = `${run}-${++names}`;
    });
    afterEach(() => broker.remove(name));

    const create = (capacity: number) => {
      const sender = broker.queue(name, broker.port, { capacity, maxBytes: 64e6 });
      const receiver = broker.queue(name, broker.port);
      return { sender, receiver, close: async () => void (await Promise.all([sender.close(), receiver.close()])) };
    };
    for (const each of queueConformance({ create, records: 300 })) test(each.name, each.run);

    test("absent at the start: records wait, and are sent when it appears", async () => {
      const proxy = await startProxy(broker.port);
      proxy.shut();
      const sender = broker.queue(name, proxy.port, { flushMs: 100 });
      const receiver = broker.queue(name, proxy.port);
      const handler = new QueueHandler(sender);
      const seen: string[] = [];
      const listener = new QueueListener(receiver, {
        level: 0,
        handle: (taken) => void seen.push(taken.message),
        flush: () => {},
        close: () => {},
      }).start();
      for (let i = 0; i < 10; i++) handler.handle(record(String(i)));
      await handler.flush();
      expect(handler.stats()).toMatchObject({ accepted: 10, delivered: 0, queued: 10 });
      proxy.open();
      await waitFor(() => seen.length === 10, WAIT_MS);
      expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
      await handler.close();
      await listener.stop();
      await receiver.close();
      await proxy.close();
    });

    test("absent for good: memory is bounded by the capacity, and the end counts what was never sent", async () => {
      const proxy = await startProxy(broker.port);
      proxy.shut();
      const handler = new QueueHandler(broker.queue(name, proxy.port, { capacity: 100, flushMs: 50 }));
      for (let i = 0; i < 1_000; i++) handler.handle(record(String(i)));
      expect(handler.stats()).toMatchObject({ accepted: 1_000, queued: 90, dropped: { full: 910 } });
      await handler.close();
      expect(handler.stats()).toMatchObject({ accepted: 1_000, delivered: 0, queued: 0, dropped: { full: 910, shutdown: 90 } });
      await proxy.close();
      // The queue was never made there; removing what is not there is harmless.
    });

    test("a record that cannot be handled is set aside after five tries, and does not stop the others", async () => {
      const { sender, receiver, close } = create(1_000);
      const handler = new QueueHandler(sender);
      const tries: number[] = [];
      const seen: string[] = [];
      class Picky extends QueueListener<typeof receiver> {
        override handle(taken: LogRecord): void {
          if (taken.message === "bad") {
            tries.push(deliveryOf(taken)?.tries ?? 0);
            throw new Error("thrown on purpose");
          }
          seen.push(taken.message);
        }
      }
      const listener = new Picky(receiver, []).start();
      for (const text of ["first", "bad", "last"]) handler.handle(record(text));
      await handler.flush();
      await waitFor(() => tries.length === 5 && seen.length === 2, WAIT_MS);
      await broker.putText(name, "{ this is no record");
      await waitFor(() => receiver.receiverStats().failed["poison"] === 2, WAIT_MS);
      await listener.stop();
      await handler.close();
      await close();
      const dead = await broker.dead(name);
      expect(dead.map((text) => (text.startsWith("{ this") ? text : (JSON.parse(text) as { msg: string }).msg)).sort()).toEqual([
        "bad",
        "{ this is no record",
      ]);
      expect(seen).toEqual(["first", "last"]);
    });

    test("a record that its sender says it has sent before may have been handled, though the broker hands it out once", async () => {
      const { sender, receiver, close } = create(1_000);
      const handler = new QueueHandler(sender);
      const seen: unknown[] = [];
      class Look extends QueueListener<typeof receiver> {
        override handle(taken: LogRecord): void {
          const { tries, redelivered } = deliveryOf(taken) ?? {};
          seen.push([taken.message, tries, redelivered]);
        }
      }
      const listener = new Look(receiver, []).start();
      handler.handle(record("first"));
      await handler.flush();
      await broker.putAgain(name, "elsewhere-1", JSON.stringify(record("sent again")));
      await waitFor(() => seen.length === 2, WAIT_MS);
      expect(seen).toEqual([
        ["first", 1, false],
        ["sent again", 1, true],
      ]);
      await listener.stop();
      await handler.close();
      await close();
    });

    test("names that could mean something else to the broker are refused", () => {
      for (const bad of ["a b", "a\r\nDEL x", "a>b", "*", "", "x".repeat(300)])
        expect(() => broker.queue(bad, broker.port)).toThrow(/OPTION_INVALID|give 1 to 200 letters/);
      expect(() => broker.queue("ok", broker.port, { prefetch: 0 })).toThrow(/prefetch is 0/);
    });
  });
}
