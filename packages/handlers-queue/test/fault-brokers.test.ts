import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { deliveryOf, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { missingService, scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { brokers } from "./support/brokers.js";
import { startProxy } from "./support/proxy.js";
import { waitFor } from "./support/wait-for.js";

const DIST = new URL("../dist/index.js", import.meta.url).href;
const ROOMY = { capacity: 1_000_000, maxBytes: 1e9, flushMs: 30_000 };
const record = (msg: string, name = "a"): LogRecord => makeLogRecord({ name, levelno: 20, levelname: "INFO", msg });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const WAIT_MS = 60_000;
/** Looks of half a second in which nothing comes. */
const QUIET_LOOKS = 20;
// A name of this run alone: a run that was killed may have left queues behind, and process ids come again.
const run = `cordwood-fault-${process.pid}-${Date.now().toString(36)}`;
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
      await waitFor(() => order.length >= total, WAIT_MS);
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

    test("what its sender sends again after a cut says so, for a consumer that has not seen the first copy", async () => {
      const cuts = scaled(50);
      const proxy = await startProxy(broker.port);
      const sender = broker.queue(name, proxy.port, ROOMY);
      const handler = new QueueHandler(sender);
      let total = 0;
      const log = (): void => handler.handle(record(String(total++)));
      for (let cut = 0; cut < cuts; cut++) {
        log();
        await handler.flush();
        proxy.mute();
        for (let i = 0; i < 50; i++) log();
        await pause(20);
        proxy.cut();
      }
      await handler.flush();
      const seen = new Set<string>();
      let copies = 0;
      let marked = 0;
      for (const { id, again } of await broker.stored(name)) {
        if (again) marked++;
        if (seen.has(id)) {
          copies++;
          expect(again).toBe(true);
        }
        seen.add(id);
      }
      expect(seen.size).toBe(total);
      // NATS itself leaves out a second copy, marked or not.
      if (broker.service === "nats") expect(copies).toBe(0);
      else expect(copies).toBeGreaterThan(0);
      await handler.close();
      await proxy.close();
      console.log(
        `${broker.name}: its sender cut off ${cuts} times: ${total} records, ${marked} sent again and marked, ${copies} of them copies`,
      );
    }, 180_000);

    test("its consumers killed again and again in mid-stream: nothing acknowledged is missing, copies say so, and order holds", async () => {
      using folder = temporaryFolder();
      const kills = scaled(100);
      const out = join(folder.path, "out.txt");
      const specifier = new URL(`../dist/${broker.service === "rabbitmq" ? "amqp" : broker.service}.js`, import.meta.url).href;
      const options = {
        redis: { url: `redis://127.0.0.1:${broker.port}`, stream: name, claimIdleMs: 200 },
        nats: { servers: `127.0.0.1:${broker.port}`, stream: name, ackWaitMs: 200 },
        rabbitmq: { url: `amqp://guest:guest@127.0.0.1:${broker.port}`, queue: name },
      }[broker.service];
      const file = join(folder.path, "consumer.mjs");
      writeFileSync(
        file,
        `import { appendFileSync } from "node:fs";
         import { deliveryOf, QueueListener } from ${JSON.stringify(DIST)};
         import * as module from ${JSON.stringify(specifier)};
         const Queue = module.RedisQueue ?? module.NatsQueue ?? module.AmqpQueue;
         // Started ahead, so that the next one need not be waited for; it connects when the one before it is dead.
         process.once("message", ({ life, after, handled }) => {
           const listener = new QueueListener(new Queue({ ...${JSON.stringify(options)}, reconnectMs: 10, prefetch: 5 }), []);
           let count = 0;
           const die = () => { process.kill(process.pid, "SIGKILL"); for (;;); };
           // A death before the record is handled, or after it and before it is acknowledged.
           listener.handle = (record) => {
             if (++count > after && !handled) die();
             const { id, redelivered } = deliveryOf(record);
             appendFileSync(${JSON.stringify(out)}, [life, record.name, record.message, id, redelivered].join(" ") + "\\n");
             if (count > after) die();
           };
           listener.start();
         });`,
      );
      const start = (): { readonly child: ChildProcess; readonly dead: Promise<unknown> } => {
        const child = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
        return { child, dead: new Promise((resolve) => child.once("exit", resolve)) };
      };
      const producers = ["p0", "p1"].map((from) => ({ from, handler: new QueueHandler(broker.queue(name, broker.port, ROOMY)), sent: 0 }));
      const log = (): void => {
        for (const producer of producers) producer.handler.handle(record(String(producer.sent++), producer.from));
      };
      const standby = [start(), start()];
      try {
        for (let life = 0; life < kills; life++) {
          const { child, dead } = standby.shift() as ReturnType<typeof start>;
          standby.push(start());
          // More than it handles: it dies with others in its hands, and while more are on their way.
          const after = 1 + ((life * 7) % 12);
          for (let i = 0; i <= after; i += 2) log();
          child.send({ life, after, handled: life % 2 === 0 });
          let alive = true;
          void dead.then(() => (alive = false));
          for (let i = 0; alive; i++) {
            if (i % 10 === 0) log();
            await pause(1);
          }
          expect(child.signalCode).toBe("SIGKILL");
        }
        standby[0]?.child.send({ life: kills, after: Number.MAX_SAFE_INTEGER, handled: true });
        await Promise.all(producers.map(({ handler }) => handler.flush()));
        const total = producers.reduce((sum, { sent }) => sum + sent, 0);
        const seen = () =>
          (existsSync(out) ? readFileSync(out, "utf8") : "")
            .split("\n")
            .slice(0, -1)
            .map((line) => {
              const [life, from, n, id, again] = line.split(" ") as [string, string, string, string, string];
              return { life: Number(life), from, n: Number(n), id, again: again === "true" };
            });
        const handled = (): number => new Set(seen().map(({ id }) => id)).size;
        let quiet = 0;
        for (let before = handled(); before < total && quiet < QUIET_LOOKS; ) {
          await pause(500);
          const now = handled();
          quiet = now === before ? quiet + 1 : 0;
          before = now;
        }
        // What was in the hands of more than five that died is put aside, as what may be what kills them.
        const aside = handled() < total ? (await broker.dead(name)).map((text) => JSON.parse(text) as { name: string; msg: string }) : [];
        expect(aside.length).toBeLessThanOrEqual(Math.ceil(kills / 20));
        const all = seen();
        const byId = new Map<string, string>();
        let copies = 0;
        let unmarked = 0;
        for (const { id, from, n, again } of all) {
          const text = `${from} ${n}`;
          if (byId.has(id)) {
            copies++;
            if (!again) unmarked++;
            expect(byId.get(id)).toBe(text);
          } else byId.set(id, text);
        }
        expect(unmarked).toBe(0);
        let disordered = 0;
        for (const { from, handler, sent } of producers) {
          expect(handler.stats()).toMatchObject({ accepted: sent, delivered: sent, dropped: {}, failed: {} });
          const own = all.filter((one) => one.from === from);
          const put = aside.filter(({ name: of }) => of === from).map(({ msg }) => Number(msg));
          expect([...new Set([...own.map(({ n }) => n), ...put])].sort((a, b) => a - b)).toEqual(upTo(sent));
          // What a dead one had in its hands comes later; everything else is in order at each that takes it, and from one to the next.
          const fresh = own.filter(({ again }) => !again).map(({ n }) => n);
          disordered += fresh.filter((n, i) => i > 0 && n <= (fresh[i - 1] as number)).length;
        }
        expect(disordered).toBe(0);
        console.log(
          `${broker.name}: consumers killed ${kills} times, ${total} records acknowledged, 0 missing, ${aside.length} put aside after six deaths, ${copies} handled twice and marked, 0 out of order`,
        );
      } finally {
        for (const { child } of standby) child.kill("SIGKILL");
        await Promise.all(producers.map(({ handler }) => handler.close()));
      }
    }, 600_000);
  });
}
