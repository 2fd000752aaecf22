import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { getLogger, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { QueueHandler, type WhenFull, WorkerQueue } from "@cordwood/handlers-queue";
import { fullCounts, scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

// Crashes and restarts take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const MODULE = new URL("./support/worker-handlers.mjs", import.meta.url);
const LINES_MODULE = new URL("./support/line-handlers.mjs", import.meta.url);
const DIST = new URL("../dist/index.js", import.meta.url).href;
const CORE = new URL("../../core/dist/index.js", import.meta.url).href;

describe("WorkerQueue", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let out: string;

  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
    folder = temporaryFolder();
    out = join(folder.path, "out.txt");
    process.env["QUEUE_TEST_OUT"] = out;
  });
  afterEach(() => folder.remove());

  const lines = (): string[] => (existsSync(out) ? readFileSync(out, "utf8").split("\n").slice(0, -1) : []);
  const record = (msg: string, levelno = 20) => makeLogRecord({ name: "a", levelno, msg });

  test("hands everything over in order, with the sender's names, and counts it", async () => {
    const queue = new WorkerQueue({ module: MODULE }, { whenFull: "block" });
    const handler = new QueueHandler(queue);
    getLogger().setLevel("INFO");
    getLogger().addHandler(handler);
    const total = scaled(1_000_000);
    for (let i = 0; i < total; i++) getLogger("a").info("record %d", i);
    await handler.flush();
    expect(handler.stats()).toMatchObject({ accepted: total, delivered: total, queued: 0, dropped: {}, failed: {} });
    await handler.close();
    expect(lines().length).toBe(total);
    expect(lines().every((line, i) => line.endsWith(` record ${i}`))).toBe(true);
    console.log(`worker: ${total} records, 0 lost, in order`);
  });

  test("8 threads put into one worker: nothing is lost, and each one's order holds", async () => {
    const each = scaled(1_000_000);
    const queue = new WorkerQueue({ module: MODULE });
    await queue.ready();
    const script = `
      const { workerData } = require("node:worker_threads");
      (async () => {
        const { attachWorkerQueue, QueueHandler } = await import(${JSON.stringify(DIST)});
        const { getLogger, setThreadName } = await import(${JSON.stringify(CORE)});
        setThreadName("producer-" + workerData.n);
        const handler = new QueueHandler(attachWorkerQueue(workerData.share, { whenFull: { block: { maxMs: 60000 } } }));
        getLogger().setLevel("INFO"); getLogger().addHandler(handler);
        for (let i = 0; i < workerData.each; i++) getLogger("a").info("%d", i);
        await handler.close();
        const { accepted, delivered } = handler.stats();
        if (accepted !== workerData.each || delivered !== workerData.each) throw new Error(JSON.stringify(handler.stats()));
      })();`;
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => {
        const thread = new Worker(script, { eval: true, workerData: { share: queue.share(), n, each } });
        return new Promise<void>((resolve, reject) =>
          thread.once("error", reject).once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`)))),
        );
      }),
    );
    await queue.close();
    clearInterval(watch);
    const grown = most - before;
    // Eight threads with their heaps and 4 MiB of shared memory each; the records themselves, all at once, would take more than a gigabyte.
    if (fullCounts) expect(grown).toBeLessThan(600e6);
    const next = new Map<string, number>();
    let disordered = 0;
    for (const line of lines()) {
      const [, thread, i] = line.split(" ") as [string, string, string];
      if (Number(i) !== (next.get(thread) ?? 0)) disordered++;
      next.set(thread, Number(i) + 1);
    }
    expect([...next.values()]).toEqual(Array(8).fill(each));
    expect(disordered).toBe(0);
    console.log(`8 × ${each} records: 0 lost, 0 out of order, ${Math.round(grown / 1e6)} MB more at most than before`);
  }, 300_000);

  test("a worker that dies again and again is replaced; nothing is missing, and what comes twice says so", async () => {
    const crashes = scaled(100);
    const queue = new WorkerQueue({ module: MODULE, export: "mortal" }, { whenFull: "block" });
    const handler = new QueueHandler(queue);
    await queue.ready();
    const sent: string[] = [];
    for (let crash = 0; crash < crashes; crash++) {
      for (let i = 0; i < 20; i++) {
        const text = i === 10 ? `${crash % 2 === 0 ? "die" : "throw"} once ${crash}` : `record ${crash} ${i}`;
        sent.push(text);
        handler.handle(record(text));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await handler.flush();
    while (handler.stats().queued > 0) await handler.flush();
    const seen = lines().map((line) => ({ again: !line.startsWith("- "), text: line.split(" ").slice(2).join(" ") }));
    expect(new Set(seen.map(({ text }) => text))).toEqual(new Set(sent));
    const once = new Set<string>();
    const unmarked = seen.filter(({ again, text }) => once.size === once.add(text).size && !again);
    expect(unmarked).toEqual([]);
    expect(handler.stats()).toMatchObject({ accepted: sent.length, delivered: sent.length, failed: {}, dropped: {} });
    await handler.close();
    console.log(`${crashes} crashes: ${sent.length} records, 0 missing, ${seen.length - sent.length} came twice, all of them marked`);
  }, 120_000);

  test("each death of the worker is noticed in the turn in which Node tells of it, within 100 ms", async () => {
    const crashes = scaled(100);
    const { getBuiltinModule } = process;
    const threads = getBuiltinModule("node:worker_threads");
    let queue: WorkerQueue | undefined;
    let told = 0;
    const unnoticed: number[] = [];
    /** Hears of its end before the queue does: one turn later the queue must have counted it. */
    class Watched extends threads.Worker {
      constructor(...given: ConstructorParameters<typeof threads.Worker>) {
        super(...given);
        this.once("exit", () => {
          const expected = ++told;
          setImmediate(() => {
            if (queue !== undefined && queue.crashes < expected) unnoticed.push(expected);
          });
        });
      }
    }
    process.getBuiltinModule = ((name: string) =>
      name === "node:worker_threads" ? { ...threads, Worker: Watched } : getBuiltinModule(name)) as typeof getBuiltinModule;
    try {
      queue = new WorkerQueue({ module: MODULE, export: "clocked" }, { whenFull: "block" });
      const handler = new QueueHandler(queue);
      await queue.ready();
      const noticed: number[] = [];
      const now = (): number => Number(process.hrtime.bigint() / 1_000n);
      for (let crash = 0; crash < crashes; crash++) {
        for (let i = 0; i < 5; i++)
          handler.handle(record(i === 2 ? `${crash % 2 === 0 ? "die" : "throw"} once ${crash}` : `${crash} ${i}`));
        // Every turn of this thread looks once.
        while (queue.crashes === crash) await new Promise(setImmediate);
        const at = now();
        const died = lines()
          .findLast((line) => line.startsWith("died "))
          ?.split(" ")[1];
        noticed.push((at - Number(died)) / 1_000);
        while (handler.stats().queued > 0) await handler.flush();
      }
      expect(queue.crashes).toBe(crashes);
      expect(unnoticed).toEqual([]);
      expect(handler.stats()).toMatchObject({ accepted: crashes * 5, delivered: crashes * 5, failed: {}, dropped: {} });
      await handler.close();
      noticed.sort((a, b) => a - b);
      const median = noticed[noticed.length >> 1] as number;
      const within = (ms: number): string => `${noticed.filter((each) => each <= ms).length} in ${ms} ms`;
      console.log(
        `${crashes} deaths noticed: ${[5, 10, 20, 50, 100, 200].map(within).join(", ")}; median ${median.toFixed(1)} ms, longest ${noticed.at(-1)?.toFixed(1)} ms`,
      );
      // The clock counts what the machine does meanwhile; the median does not, unless it is overloaded beyond all use.
      expect(median).toBeLessThan(100);
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  }, 300_000);

  const policies: WhenFull[] = ["drop-newest", "drop-oldest", { dropBelow: "WARNING" }, "block"];
  for (const whenFull of policies) {
    for (const formatted of [false, true]) {
      const what = `${JSON.stringify(whenFull)}, ${formatted ? "lines" : "records"}`;
      test(`with a worker at a tenth of the speed every record is where the counters say (${what})`, async () => {
        const total = scaled(200_000);
        const queue = new WorkerQueue(
          { module: formatted ? LINES_MODULE : MODULE, export: "dawdling" },
          { capacity: 1_000, whenFull: whenFull === "block" ? { block: { maxMs: 60_000 } } : whenFull },
        );
        await queue.ready();
        const handler = new QueueHandler(queue, formatted ? { formatter: { format: (given) => given.message } } : {});
        const levels = new Map<number, number>();
        const most = { queued: 0 };
        for (let i = 0; i < total; i++) {
          const level = i % 7 === 0 ? 40 : 20;
          levels.set(i, level);
          handler.handle(record(String(i), level));
          most.queued = Math.max(most.queued, handler.stats().queued);
          if (i % 100 === 99) await new Promise(setImmediate);
        }
        while (handler.stats().queued > 0) await handler.flush();
        const { accepted, delivered, dropped, failed } = handler.stats();
        await handler.close();
        // The queue's own word about what it lost, if it was due by then, is no number.
        const handled = lines().map(Number).filter(Number.isInteger);
        expect(accepted).toBe(total);
        expect(delivered + (dropped["full"] ?? 0)).toBe(total);
        expect(failed).toEqual({});
        expect(handled.length).toBe(delivered);
        expect(handled.every((n, i) => i === 0 || n > (handled[i - 1] as number))).toBe(true);
        expect(most.queued).toBeLessThanOrEqual(1_000);
        if (whenFull === "block") expect(delivered).toBe(total);
        else expect(dropped["full"]).toBeGreaterThan(0);
        const share = (level: number): number =>
          handled.filter((n) => levels.get(n) === level).length / [...levels.values()].filter((each) => each === level).length;
        if (whenFull !== "drop-oldest") expect(share(40)).toBeGreaterThanOrEqual(share(20));
        console.log(`${what}: ${total} put, ${delivered} handled, ${dropped["full"] ?? 0} dropped, at most ${most.queued} held`);
      });
    }
  }
});
