import { fork } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { deliveryOf, QueueHandler, QueueListener, queueConformance } from "@cordwood/handlers-queue";
import { missingService, scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { brokers } from "./support/brokers.js";
import { startProxy } from "./support/proxy.js";

// Crashes, restarts and servers take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const DIST = new URL("../dist/index.js", import.meta.url).href;
const ROOMY = { capacity: 1_000_000, maxBytes: 1e9, flushMs: 30_000 };
const record = (msg: string): LogRecord => makeLogRecord({ name: "a", levelno: 20, levelname: "INFO", msg });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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

    const waitFor = async (condition: () => boolean, ms = 20_000): Promise<void> => {
      const deadline = Date.now() + ms;
      while (!condition() && Date.now() < deadline) await pause(5);
      expect(condition()).toBe(true);
    };

    const create = (capacity: number) => {
      const sender = broker.queue(name, broker.port, { capacity, maxBytes: 64e6 });
      const receiver = broker.queue(name, broker.port);
      return { sender, receiver, close: async () => void (await Promise.all([sender.close(), receiver.close()])) };
    };
    for (const each of queueConformance({ create, records: 300 })) test(each.name, each.run);

    test("its connections cut again and again in mid-stream: nothing is missing, order holds, copies have the same id, and no call waits", async () => {
      const cuts = scaled(50);
      const proxy = await startProxy(broker.port);
      const sender = broker.queue(name, proxy.port, ROOMY);
      const receiver = broker.queue(name, proxy.port);
      const handler = new QueueHandler(sender);
      const ids = new Map<string, string>();
      const order: number[] = [];
      let copies = 0;
      const handle = (taken: LogRecord): void => {
        const id = deliveryOf(taken)?.id as string;
        if (ids.has(id)) {
          copies++;
          expect(ids.get(id)).toBe(taken.message);
        } else {
          ids.set(id, taken.message);
          order.push(Number(taken.message));
        }
      };
      const listener = new QueueListener(receiver, { level: 0, handle, flush: () => {}, close: () => {} }).start();
      let total = 0;
      const waits: number[] = [];
      const log = (): void => {
        const given = record(String(total++));
        const since = performance.now();
        handler.handle(given);
        waits.push(performance.now() - since);
      };
      for (let cut = 0; cut < cuts; cut++) {
        for (let i = 0; i < 100; i++) {
          log();
          if (i % 20 === 0) await pause(1);
        }
        const before = proxy.connections;
        proxy.cut();
        // Goes on logging until both ends are connected again, so that the next cut finds something to cut.
        for (const deadline = Date.now() + 3_000; proxy.connections < before + 2 && Date.now() < deadline; await pause(1)) log();
      }
      await handler.flush();
      await waitFor(() => order.length >= total, 60_000);
      expect(handler.stats()).toMatchObject({ accepted: total, delivered: total, dropped: {}, failed: {} });
      expect(order).toEqual(Array.from({ length: total }, (_, i) => i));
      await handler.close();
      await listener.stop();
      await receiver.close();
      await proxy.close();
      // What one call takes is work, never waiting: the few above 5 ms are pauses of the whole process.
      waits.sort((a, b) => a - b);
      expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThan(5);
      console.log(
        `${broker.name}: ${proxy.connections} connections, ${cuts} times all cut: ${total} records, 0 missing, 0 out of order, ${copies} copies given twice, ${receiver.receiverStats().dropped["duplicate"]} recognised; longest call ${waits.at(-1)?.toFixed(2)} ms`,
      );
    }, 180_000);

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
      await waitFor(() => seen.length === 10);
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
      await waitFor(() => tries.length === 5 && seen.length === 2);
      await broker.putText(name, "{ this is no record");
      await waitFor(() => receiver.receiverStats().failed["poison"] === 2);
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

    test("a consumer killed after it received and before it handled: the next one gets the records", async () => {
      using folder = temporaryFolder();
      const kills = scaled(30);
      const out = join(folder.path, "out.txt");
      const specifier = new URL(`./support/brokers.js`, import.meta.url).href.replace(
        "/test/support/brokers.js",
        `/dist/${broker.service === "rabbitmq" ? "amqp" : broker.service}.js`,
      );
      const options = {
        redis: { url: `redis://127.0.0.1:${broker.port}`, stream: name, claimIdleMs: 300 },
        nats: { servers: `127.0.0.1:${broker.port}`, stream: name, ackWaitMs: 300 },
        rabbitmq: { url: `amqp://guest:guest@127.0.0.1:${broker.port}`, queue: name },
      }[broker.service];
      const file = join(folder.path, "consumer.mjs");
      writeFileSync(
        file,
        `import { appendFileSync } from "node:fs";
         import { QueueListener } from ${JSON.stringify(DIST)};
         import * as module from ${JSON.stringify(specifier)};
         const Queue = module.RedisQueue ?? module.NatsQueue ?? module.AmqpQueue;
         const listener = new QueueListener(new Queue({ ...${JSON.stringify(options)}, reconnectMs: 10, prefetch: 5 }), []);
         // Some of the records are lost to a death in the middle: handled by nobody, acknowledged by nobody.
         listener.handle = (record) => {
           if (process.argv[2] === "dies" && Number(record.message) % 7 === 3) process.kill(process.pid, "SIGKILL");
           appendFileSync(${JSON.stringify(out)}, record.message + "\\n");
         };
         listener.start();`,
      );
      const sender = broker.queue(name, broker.port);
      const handler = new QueueHandler(sender);
      const total = kills * 7 + 5;
      for (let i = 0; i < total; i++) handler.handle(record(String(i)));
      await handler.close();
      const handled = (): Set<string> => new Set(existsSync(out) ? readFileSync(out, "utf8").trimEnd().split("\n") : []);
      for (let kill = 0; kill < 4; kill++) {
        const child = fork(file, ["dies"], { silent: true });
        await new Promise((resolve) => child.once("exit", resolve));
      }
      const last = fork(file, ["lives"], { silent: true });
      await waitFor(() => handled().size === total, 30_000);
      last.kill("SIGKILL");
      console.log(`${broker.name}: consumers killed 4 times, ${total} records, all handled by one that lived`);
    }, 120_000);

    test("names that could mean something else to the broker are refused", () => {
      for (const bad of ["a b", "a\r\nDEL x", "a>b", "*", "", "x".repeat(300)])
        expect(() => broker.queue(bad, broker.port)).toThrow(/OPTION_INVALID|give 1 to 200 letters/);
      expect(() => broker.queue("ok", broker.port, { prefetch: 0 })).toThrow(/prefetch is 0/);
    });
  });
}
