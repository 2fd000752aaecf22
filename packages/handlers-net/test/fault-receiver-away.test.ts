import { type LogRecord, makeLogRecord } from "@cordwood/core";
import { LogReceiver, SocketHandler } from "@cordwood/handlers-net";
import { fullCounts, scaled } from "@cordwood/test-kit";
import { describe, expect, test, vi } from "vitest";
import { listen, numbered, quick, sum } from "./support/sending.js";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const p99 = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;

describe("SocketHandler", () => {
  test("what is lost is what is counted, while the receiver comes and goes and the caller never waits", async () => {
    const seconds = fullCounts ? 180 : 6;
    const rate = 1_000;
    const probe = await listen(() => {});
    const { port } = probe;
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    const seen: Record<string, Set<number>> = { plain: new Set(), acknowledged: new Set() };
    const order: number[] = [];
    const onRecord = (record: LogRecord): void => {
      const [kind, number] = record.getMessage().split(" ") as [string, string];
      seen[kind]!.add(Number(number));
      if (kind === "acknowledged") order.push(Number(number));
    };
    const start = (): Promise<LogReceiver> => new LogReceiver({ tcp: { port } }, { onRecord }).start();
    const handlers = {
      plain: new SocketHandler("127.0.0.1", port, { ...quick, capacity: 500, closeTimeoutMs: 5_000 }),
      acknowledged: new SocketHandler("127.0.0.1", port, {
        ...quick,
        delivery: "acknowledged",
        capacity: 200_000,
        maxBytes: 1e9,
        closeTimeoutMs: 20_000,
      }),
    };
    let receiver: LogReceiver | undefined = await start();
    const calls: number[] = [];
    let sent = 0;
    const begun = Date.now();
    // A third of the time it is there, a third away, a third there again.
    for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = Date.now() - begun) {
      const away = elapsed > (seconds * 1_000) / 3 && elapsed < (seconds * 2_000) / 3;
      if (away && receiver !== undefined) {
        void receiver.close();
        receiver = undefined;
      } else if (!away && receiver === undefined) receiver = await start();
      for (; sent < (elapsed / 1_000) * rate; sent++) {
        for (const [kind, handler] of Object.entries(handlers)) {
          const record = makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `${kind} ${sent}` });
          const before = performance.now();
          handler.handle(record);
          calls.push(performance.now() - before);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const handler of Object.values(handlers)) await handler.close();
    await receiver!.close();
    const plain = handlers.plain.stats();
    const lost = sum(plain.dropped) + sum(plain.failed);
    const { delivered } = handlers.acknowledged.stats();
    console.log(
      `receiver away for ${(seconds / 3).toFixed(0)} s of ${seconds} under ${rate} records/s: acknowledged ${delivered} of ${sent}, in order; at most once ${seen["plain"]!.size} of ${sent}, lost ${sent - seen["plain"]!.size}, counted ${lost}; call p99 ${(p99(calls) * 1_000).toFixed(0)} µs`,
    );
    expect([delivered, seen["acknowledged"]!.size]).toEqual([sent, sent]);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(sent - seen["plain"]!.size).toBe(lost);
    expect(lost).toBeGreaterThan(0);
    expect(p99(calls)).toBeLessThan(1);
  });

  test("a receiver that does not read costs no more than the queue", async () => {
    const bytes = 4_000_000;
    const stuck = await listen((socket) => socket.pause());
    const handler = new SocketHandler("127.0.0.1", stuck.port, {
      maxBytes: bytes,
      capacity: 1_000_000,
      closeTimeoutMs: 1,
      stallTimeoutMs: 60_000,
    });
    const line = "x".repeat(1_000);
    const rss: number[] = [];
    for (let round = 0; round < scaled(300); round++) {
      for (let i = 0; i < 500; i++) handler.handle(numbered(i, line));
      await new Promise((resolve) => setTimeout(resolve, 1));
      rss.push(process.memoryUsage().arrayBuffers);
    }
    const { accepted, dropped, queued } = handler.stats();
    const growth = Math.max(...rss) - rss[0]!;
    console.log(
      `records for a receiver that reads nothing: ${accepted}; queued ${queued}, dropped ${dropped["full"]}; buffers grew by ${(growth / 1e6).toFixed(1)} MB with a queue of ${bytes / 1e6} MB`,
    );
    expect(dropped["full"]).toBeGreaterThan(0);
    expect(growth).toBeLessThan(bytes + 8_000_000);
    await handler.close();
  });
});
