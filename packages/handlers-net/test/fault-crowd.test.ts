import { type ChildProcess, fork } from "node:child_process";
import { connect, type Socket } from "node:net";
import { makeLogRecord } from "@cordwood/core";
import { encodeFrame, type ReceiverStats } from "@cordwood/handlers-net";
import { fullCounts, scaled } from "@cordwood/test-kit";
import { afterEach, expect, test, vi } from "vitest";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const SENDERS = scaled(1_000);
const RATE = 100;
const PER_WRITE = 10;
const SECONDS = fullCounts ? 60 : 5;
const VISITORS = scaled(10_000);

interface Report {
  readonly received: number;
  readonly rss: number;
  readonly delayP99Ms: number;
  readonly stats: ReceiverStats;
}

let child: ChildProcess | undefined;
let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  child?.kill("SIGKILL");
});

const answer = <T>(): Promise<T> => new Promise((resolve) => child!.once("message", (message) => resolve(message as T)));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });

test("a thousand senders and ten thousand visitors who come and go: every record is taken, in bounded memory and time", async () => {
  child = fork(new URL("./support/crowd-receiver.mjs", import.meta.url).pathname);
  const { port } = await answer<{ port: number }>();
  const frame = encodeFrame(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: "one of many" }));
  const block = Buffer.concat(Array.from({ length: PER_WRITE }, () => frame));
  for (let i = 0; i < SENDERS; i += 50) sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => dial(port)))));
  child.send("begin");
  let visited = 0;
  const visit = async (): Promise<void> => {
    while (visited < VISITORS) {
      visited++;
      const socket = await dial(port);
      // Some say nothing, some break off in the middle of a frame.
      if (visited % 2 === 0) socket.write(frame.subarray(0, 50));
      socket.resetAndDestroy();
      await pause((SECONDS * 1_000 * 4) / VISITORS);
    }
  };
  const visits = Promise.all(Array.from({ length: 4 }, visit));
  const writes = (SECONDS * RATE) / PER_WRITE;
  const begun = Date.now();
  // Senders are spread over the time between two writes of one of them.
  for (let round = 0; round < writes; round++) {
    for (let part = 0; part < 10; part++) {
      for (let i = part; i < SENDERS; i += 10) sockets[i]!.write(block);
      const due = begun + (round * 10 + part + 1) * (PER_WRITE / RATE) * 100;
      await pause(Math.max(0, due - Date.now()));
    }
  }
  await visits;
  for (const socket of sockets) socket.end();
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.resume().once("close", resolve)))),
  );
  child.send("tell");
  const { received, rss, delayP99Ms, stats } = await answer<Report>();
  const sent = SENDERS * writes * PER_WRITE;
  console.log(
    `${SENDERS} connections with ${RATE} records/s each for ${SECONDS} s and ${visited} visitors: received ${received} of ${sent}; memory ${(rss / 1e6).toFixed(0)} MB; event loop late by ${delayP99Ms.toFixed(1)} ms (p99)`,
  );
  expect(received).toBe(sent);
  expect(stats.refused["connections"] ?? 0).toBe(0);
  expect(stats).toMatchObject({ connections: 0, heldBytes: 0 });
  expect(rss).toBeLessThan(256e6);
  // Beside other tests the event loop is late for other reasons too.
  expect(delayP99Ms).toBeLessThan(fullCounts ? 50 : 250);
});
