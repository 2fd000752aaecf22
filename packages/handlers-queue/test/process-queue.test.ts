import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeLogRecord } from "@cordwood/core";
import { deliveryOf, ProcessQueue, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { describe, expect, test, vi } from "vitest";
import { CaptureHandler } from "./support/capture.js";
import { ended, folder, program } from "./support/programs.js";
import { waitFor } from "./support/wait-for.js";

// Crashes, restarts and servers take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe("ProcessQueue", () => {
  test("the listener may be a process of its own, with a configuration of its own, also under cluster", async () => {
    const out = join(folder.path, "out.txt");
    const queue = new ProcessQueue();
    const env = { ...process.env, ...queue.env };
    const listening = fork(
      program(
        "listener.mjs",
        `import { appendFileSync } from "node:fs";
         const target = { level: 0, handle(r) { appendFileSync(${JSON.stringify(out)}, r.processName + " " + r.message + "\\n"); }, flush() {}, close() {} };
         const queue = new ProcessQueue();
         const listener = new QueueListener(queue, target).start();
         process.once("message", async () => { await listener.stop(); await queue.close(); process.disconnect(); });`,
      ),
      { env },
    );
    const application = fork(
      program(
        "cluster.mjs",
        `if (cluster.isPrimary) {
           const workers = [1, 2].map((n) => cluster.fork({ NAME: "cluster worker " + n }));
           await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve))));
         } else {
           setProcessName(process.env.NAME);
           getLogger().setLevel("INFO"); getLogger().addHandler(new QueueHandler(new ProcessQueue()));
           for (let i = 0; i < 50; i++) getLogger("a").info("%d", i);
           await shutdown();
           process.exit(0);
         }`,
      ),
      { env },
    );
    expect(await ended(application)).toBe(0);
    listening.send("stop");
    expect(await ended(listening)).toBe(0);
    const lines = readFileSync(out, "utf8").trimEnd().split("\n");
    for (const n of [1, 2]) {
      expect(lines.filter((line) => line.startsWith(`cluster worker ${n} `))).toEqual(
        Array.from({ length: 50 }, (_, i) => `cluster worker ${n} ${i}`),
      );
    }
  });

  test("records put before there is a listener wait for it, in this process too", async () => {
    const queue = new ProcessQueue();
    const target = new CaptureHandler("target");
    const handler = new QueueHandler(queue);
    for (let i = 0; i < 5; i++) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    const listener = new QueueListener(queue, target).start();
    for (let i = 5; i < 10; i++) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    await waitFor(() => target.records.length === 10);
    await listener.stop();
    await queue.close();
    expect(target.messages).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
    const { accepted, delivered, queued } = handler.stats();
    expect([accepted, delivered, queued]).toEqual([10, 10, 0]);
  });

  test("a record that cannot be handled comes again four times, then it is given up and counted", async () => {
    const queue = new ProcessQueue();
    const tries: number[] = [];
    const listener = new (class extends QueueListener {
      override handle(record: Parameters<QueueListener["handle"]>[0]): void {
        if (record.message !== "bad") return;
        tries.push(deliveryOf(record)?.tries ?? 0);
        throw new Error("thrown on purpose");
      }
    })(queue, []);
    listener.start();
    const file = program(
      "bad.mjs",
      `const handler = new QueueHandler(new ProcessQueue());
       for (const msg of ["good", "bad", "good"]) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg }));
       await shutdown();
       process.exitCode = handler.stats().delivered === 2 && handler.stats().failed.poison === 1 ? 0 : 5;`,
    );
    expect(await ended(fork(file, { env: { ...process.env, ...queue.env } }))).toBe(0);
    await listener.stop();
    await queue.close();
    expect(tries).toEqual([1, 2, 3, 4, 5]);
    expect(queue.stats()).toMatchObject({ accepted: 3, delivered: 2, failed: { poison: 1 } });
  });

  test("a connection that speaks another language is closed, and the others go on", async () => {
    const { connect } = await import("node:net");
    const queue = new ProcessQueue();
    const target = new CaptureHandler("target");
    const listener = new QueueListener(queue, target).start();
    await waitFor(() => existsSync(queue.address));
    const socket = connect(queue.address);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
    await closed;
    const file = program(
      "one.mjs",
      `new QueueHandler(new ProcessQueue()).handle(makeLogRecord({ name: "a", levelno: 20, msg: "fine" })); await shutdown();`,
    );
    expect(await ended(fork(file, { env: { ...process.env, ...queue.env } }))).toBe(0);
    await listener.stop();
    await queue.close();
    expect(target.messages).toEqual(["fine"]);
  });

  test("a sender without a listener ends in about 2 seconds and says what it could not deliver", async () => {
    const file = program(
      "alone.mjs",
      `const h = new QueueHandler(new ProcessQueue()); h.handle(makeLogRecord({ name: "a", levelno: 20, msg: "m" })); process.on("exit", () => process.send(h.stats()));`,
    );
    const child = fork(file, { env: { ...process.env, CORDWOOD_PROCESS_QUEUE: join(folder.path, "nobody") }, silent: true });
    const since = Date.now();
    const stats = await new Promise((resolve) => child.once("message", resolve));
    await ended(child);
    expect(Date.now() - since).toBeLessThan(4_000);
    expect(stats).toMatchObject({ accepted: 1, delivered: 0, queued: 0, dropped: { shutdown: 1 } });
  });

  test("a sender whose own event loop stood still does not take its listener for dead", async () => {
    const receiver = new ProcessQueue({ address: join(folder.path, "still") });
    const target = new CaptureHandler("target");
    const listener = new QueueListener(receiver, target).start();
    await waitFor(() => existsSync(receiver.address));
    const handler = new QueueHandler(new ProcessQueue({ address: receiver.address, hungMs: 200 }));
    handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: "first" }));
    await handler.flush();
    for (let i = 0; i < 10; i++) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: String(i) }));
    // Behind an immediate come the timers, and then only what has arrived.
    await new Promise((resolve) => setImmediate(resolve));
    const closed = handler.close();
    for (const until = Date.now() + 500; Date.now() < until; );
    await closed;
    expect(handler.stats()).toMatchObject({ accepted: 11, delivered: 11, queued: 0, dropped: {}, failed: {} });
    await listener.stop();
    await receiver.close();
    expect(target.records.length).toBe(11);
  });

  test("refuses to let the caller handle records: the handlers are in another process", () => {
    expect(() => new ProcessQueue({ whenFull: "inline" })).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        message: expect.stringMatching(/^ProcessQueue: whenFull "inline" is not possible.*give "block".*LogQueue$/),
      }),
    );
  });
});
