import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeLogRecord } from "@cordwood/core";
import { ProcessQueue, QueueHandler, QueueListener } from "@cordwood/handlers-queue";
import { fullCounts, scaled } from "@cordwood/test-kit";
import { describe, expect, test, vi } from "vitest";
import { DIST, ended, folder, program } from "./support/programs.js";
import { waitFor } from "./support/wait-for.js";

// Crashes, restarts and servers take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe("ProcessQueue", () => {
  const SENDER = `
    const [n, each, how] = process.argv.slice(2);
    setProcessName("worker " + n);
    const handler = new QueueHandler(new ProcessQueue({ whenFull: { block: { maxMs: 60000 } } }));
    getLogger().setLevel("DEBUG"); getLogger().addHandler(handler);
    for (let i = 0; i < Number(each); i++) getLogger("a.b").info("%d", i);
    if (how === "exit") process.exit(0);
    if (how === "shutdown") await shutdown();`;

  test("10 processes send to one listener: nothing is lost, and each one's order and name are kept", async () => {
    const each = scaled(100_000);
    const file = program("sender.mjs", SENDER);
    const queue = new ProcessQueue();
    const next = new Map<string, number>();
    let disordered = 0;
    const target = {
      level: 0,
      handle: (record: { processName: string; message: string }) => {
        if ((next.get(record.processName) ?? 0) !== Number(record.message)) disordered++;
        next.set(record.processName, Number(record.message) + 1);
      },
      flush: () => {},
      close: () => {},
    };
    const before = process.memoryUsage().rss;
    const listener = new QueueListener(queue, target).start();
    const ways = ["exit", "natural end", "shutdown"];
    const codes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        ended(fork(file, [String(n), String(each), ways[n % 3] as string], { env: { ...process.env, ...queue.env } })),
      ),
    );
    await listener.stop();
    await queue.close();
    expect(codes).toEqual(Array(10).fill(0));
    expect([...next.keys()].sort()).toEqual(Array.from({ length: 10 }, (_, n) => `worker ${n}`));
    expect([...next.values()]).toEqual(Array(10).fill(each));
    expect(disordered).toBe(0);
    expect(queue.stats()).toMatchObject({ accepted: 10 * each, delivered: 10 * each, queued: 0 });
    expect(existsSync(dirname(queue.address))).toBe(false);
    const grown = process.memoryUsage().rss - before;
    if (fullCounts) expect(grown).toBeLessThan(400e6);
    console.log(`10 × ${each} records from 10 processes: 0 lost, 0 out of order, ${Math.round(grown / 1e6)} MB more than before`);
  }, 240_000);

  test("the listener's process killed and started again misses nothing, and what comes twice has the same id", async () => {
    const rounds = scaled(30);
    const out = join(folder.path, "out.txt");
    const listener = program(
      "listener.mjs",
      `import { appendFileSync } from "node:fs";
       import { deliveryOf } from ${JSON.stringify(DIST)};
       const target = { level: 0, handle(r) { appendFileSync(${JSON.stringify(out)}, deliveryOf(r).id + " " + r.message + "\\n"); }, flush() {}, close() {} };
       new QueueListener(new ProcessQueue(), target).start();`,
    );
    const queue = new ProcessQueue({ address: join(folder.path, "socket"), hungMs: 10_000 });
    const handler = new QueueHandler(queue);
    let sent = 0;
    const send = (count: number): void => {
      for (let i = 0; i < count; i++) handler.handle(makeLogRecord({ name: "a", levelno: 20, msg: String(sent++) }));
    };
    for (let round = 0; round < rounds; round++) {
      const child = fork(listener, { env: { ...process.env, ...queue.env } });
      send(500);
      const before = sent;
      await waitFor(() => existsSync(out) && readFileSync(out, "utf8").includes(` ${before - 400}\n`));
      send(300);
      child.kill("SIGKILL");
      await ended(child);
    }
    const last = fork(listener, { env: { ...process.env, ...queue.env } });
    await handler.flush();
    await waitFor(() => handler.stats().queued === 0);
    last.kill("SIGKILL");
    await handler.close();
    const lines = readFileSync(out, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]);
    const texts = new Map(lines);
    expect(texts.size).toBe(sent);
    const firsts = [...texts.values()].map(Number);
    expect(firsts).toEqual(Array.from({ length: sent }, (_, i) => i));
    expect(handler.stats()).toMatchObject({ accepted: sent, delivered: sent, dropped: {}, failed: {} });
    console.log(`listener killed ${rounds} times: ${sent} records, 0 missing, ${lines.length - sent} came twice with the same id`);
  }, 120_000);
});
