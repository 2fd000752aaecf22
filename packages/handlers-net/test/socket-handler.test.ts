import type { Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type LogRecord, setErrorReporter } from "@cordwood/core";
import { DatagramHandler, HttpHandler, LogReceiver, SocketHandler, type SocketHandlerOptions, SysLogHandler } from "@cordwood/handlers-net";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test, vi } from "vitest";
import { closing, listen, numbered, quick, sum } from "./support/sending.js";
import { until } from "./support/until.js";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

/** The numbers of the whole frames in a stream. */
const numbersIn = (bytes: Buffer): number[] => {
  const numbers: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    numbers.push(Number(/record (\d+)/.exec(bytes.toString("latin1", at, end))![1]));
    at = end;
  }
  return numbers;
};

describe("SocketHandler", () => {
  test("keeps records while the far side is away, and sends them in order when it comes", async () => {
    const probe = await listen(() => {});
    const { port } = probe;
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    const handler = new SocketHandler("127.0.0.1", port, { ...quick, closeTimeoutMs: 5_000 });
    for (let i = 0; i < 100; i++) handler.handle(numbered(i));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(handler.stats()).toMatchObject({ accepted: 100, queued: 100 });
    const seen: string[] = [];
    const receiver = await new LogReceiver({ tcp: { port } }, { onRecord: (record) => void seen.push(record.getMessage()) }).start();
    closing.push(receiver);
    await handler.flush();
    await until("all", () => seen.length === 100);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => `record ${i}`));
    await handler.close();
  });

  test("tries again on Python's schedule: one second, doubling to thirty, each cut by up to half", async () => {
    // The schedule itself, a hundred times faster.
    const attempts: number[] = [];
    const handler = new SocketHandler("127.0.0.1", 1, { reconnectInitialMs: 10, reconnectMaxMs: 300, closeTimeoutMs: 1_200 });
    setErrorReporter((report) => {
      if (/next attempt/.test(report.message)) attempts.push(Number(/in (\d+) ms/.exec(report.message)![1]));
    });
    handler.handle(numbered(0));
    // Reports come once a minute for each cause; the wait is what the first says.
    await until("the first attempt", () => attempts.length === 1);
    expect(attempts[0]).toBeGreaterThanOrEqual(5);
    expect(attempts[0]).toBeLessThanOrEqual(10);
    await handler.close();
    const server = { count: 0 };
    const flapping = await listen((socket) => {
      server.count++;
      socket.destroy();
    });
    const second = new SocketHandler("127.0.0.1", flapping.port, { reconnectInitialMs: 40, reconnectMaxMs: 40, closeTimeoutMs: 1 });
    const timer = setInterval(() => second.handle(numbered(1)), 5);
    await new Promise((resolve) => setTimeout(resolve, 400));
    clearInterval(timer);
    await second.close();
    expect(server.count).toBeGreaterThanOrEqual(5);
    expect(server.count).toBeLessThanOrEqual(21);
  });

  test.for([["drop-newest", [0, 1, 2]] as const, ["drop-oldest", [7, 8, 9]] as const])(
    "a full queue loses the right records and counts them (%s)",
    async ([whenFull, kept]) => {
      const probe = await listen(() => {});
      const { port } = probe;
      await new Promise<void>((resolve) => probe.close(() => resolve()));
      const handler = new SocketHandler("127.0.0.1", port, { ...quick, capacity: 3, whenFull, closeTimeoutMs: 5_000 });
      for (let i = 0; i < 10; i++) handler.handle(numbered(i));
      expect(handler.stats()).toMatchObject({ accepted: 10, queued: 3, dropped: { full: 7 } });
      const seen: number[] = [];
      const receiver = await new LogReceiver(
        { tcp: { port } },
        { onRecord: (record) => void seen.push(Number(record.getMessage().slice(7))) },
      ).start();
      closing.push(receiver);
      await handler.flush();
      await until("the kept ones", () => seen.length === 3);
      expect(seen).toEqual(kept);
      await handler.close();
    },
  );

  test("a record that is too long is dropped and counted, and the next one arrives", async () => {
    const seen: LogRecord[] = [];
    const receiver = await new LogReceiver(
      { tcp: { port: 0 }, udp: { port: 0 } },
      { onRecord: (record) => void seen.push(record) },
    ).start();
    closing.push(receiver);
    const { tcp, udp } = receiver.addresses();
    for (const handler of [
      new SocketHandler("127.0.0.1", tcp!.port, { maxFrameBytes: 2_000 }),
      new DatagramHandler("127.0.0.1", udp!.port),
    ]) {
      handler.handle(numbered(1, "x".repeat(70_000)));
      handler.handle(numbered(2));
      await handler.flush();
      expect(handler.stats()).toMatchObject({ accepted: 2, delivered: 1, dropped: { tooLarge: 1 } });
      await handler.close();
    }
    await until("both", () => seen.length === 2);
  });

  test("records that wait take the memory that is counted for them, whatever their form", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const queue = { capacity: 1_000_000, maxBytes: 16_777_216, closeTimeoutMs: 1 };
    const padding = "x".repeat(1_000);
    const makers = {
      json: () => new SocketHandler("127.0.0.1", 1, queue),
      pickle: () => new SocketHandler("127.0.0.1", 1, { codec: "pickle", ...queue }),
      acknowledged: () => new SocketHandler("127.0.0.1", 1, { delivery: "acknowledged", ...queue }),
      syslog: () => new SysLogHandler({ address: ["127.0.0.1", 1], transport: "tcp", framing: "octet-counting", ...queue }),
      ndjson: () => new HttpHandler("127.0.0.1:1", "/", { format: "ndjson", ...queue }),
    };
    const settle = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    for (const [form, make] of Object.entries(makers)) {
      await settle();
      const before = process.memoryUsage().arrayBuffers;
      const handler = make();
      for (let i = 0; i < 30_000; i++) {
        handler.handle(numbered(i, padding));
        Buffer.from(padding); // What the program itself takes from the pool in between is not the handler's to keep.
      }
      await settle();
      const grown = process.memoryUsage().arrayBuffers - before;
      const { queued, dropped } = handler.stats();
      console.log(`${form}: ${queued} records wait in ${(grown / 1e6).toFixed(1)} MB`);
      expect(dropped["full"]).toBeGreaterThan(0);
      expect([form, grown < 16_777_216 * 1.1]).toEqual([form, true]);
      await handler.close();
    }
  });

  test("a connection on which nothing leaves any more is given up", async () => {
    let connections = 0;
    const stuck = await listen((socket) => {
      connections++;
      socket.pause();
    });
    const handler = new SocketHandler("127.0.0.1", stuck.port, {
      stallTimeoutMs: 200,
      ...quick,
      maxBytes: 64_000_000,
      capacity: 1_000_000,
    });
    for (let i = 0; i < 20_000; i++) handler.handle(numbered(i, "x".repeat(1_000)));
    await until("another connection", () => connections >= 2);
    await until("the count of what was being written", () => (handler.stats().failed["connection"] ?? 0) > 0);
    await handler.close();
    const { accepted, delivered, queued, dropped, failed } = handler.stats();
    expect(delivered + queued + sum(dropped) + sum(failed)).toBe(accepted);
  });

  test("of a connection that is given up, what its far side reads later is all but what was counted as lost", async () => {
    const heard: { chunks: Buffer[]; socket: Socket }[] = [];
    const server = await listen((socket) => {
      const chunks: Buffer[] = [];
      heard.push({ chunks, socket });
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      if (heard.length === 1) socket.pause();
    });
    const handler = new SocketHandler("127.0.0.1", server.port, {
      ...{ stallTimeoutMs: 400, ...quick, closeTimeoutMs: 20_000 },
      ...{ maxBytes: 64_000_000, capacity: 1_000_000 },
    });
    for (let i = 0; i < 20_000; i++) handler.handle(numbered(i, "x".repeat(1_000)));
    await until("another connection", () => heard.length === 2);
    heard[0]!.socket.resume();
    await handler.close();
    await until("the ends", () => heard.every(({ socket }) => socket.readableEnded));
    const arrived = new Set(heard.flatMap(({ chunks }) => numbersIn(Buffer.concat(chunks))));
    const { accepted, delivered, dropped, failed } = handler.stats();
    const counted = sum(dropped) + sum(failed);
    console.log(`a write was cut off: lost ${accepted - arrived.size}, counted ${counted}`);
    expect(failed["connection"]).toBeGreaterThan(0);
    expect(delivered + counted).toBe(accepted);
    expect(accepted - arrived.size).toBeLessThanOrEqual(counted);
    expect(counted).toBeLessThanOrEqual(512);
  });

  test("a connection that was idle for long is watched all the same", async () => {
    let connections = 0;
    const stuck = await listen((socket) => {
      connections++;
      socket.once("data", () => socket.pause());
    });
    const handler = new SocketHandler("127.0.0.1", stuck.port, {
      stallTimeoutMs: 200,
      ...quick,
      maxBytes: 64_000_000,
      capacity: 1_000_000,
    });
    handler.handle(numbered(0));
    await handler.flush();
    await new Promise((resolve) => setTimeout(resolve, 600));
    for (let i = 0; i < 20_000; i++) handler.handle(numbered(i, "x".repeat(1_000)));
    await until("another connection", () => connections >= 2);
    await handler.close();
  });

  test.for([
    ["resets the handshake", (socket: Socket): unknown => socket.resetAndDestroy(), /ECONNRESET|disconnected/],
    ["is silent in the handshake", (): unknown => undefined, /no TLS handshake within/],
    ["speaks no TLS", (socket: Socket): unknown => socket.write("220 hello\r\n"), /SSL|packet length|wrong version/i],
  ] as const)("a far side that %s gets no record, none of which is lost before the end", async ([, behave, reason]) => {
    const reports: string[] = [];
    setErrorReporter((report) => reports.push(`${report.message} ${String(report.error)}`));
    let heard = "";
    const server = await listen((socket) => {
      socket.on("data", (chunk: Buffer) => (heard += chunk.toString("latin1")));
      behave(socket);
    });
    const handler = new SocketHandler("localhost", server.port, { ...quick, tls: true, handshakeTimeoutMs: 60, closeTimeoutMs: 50 });
    for (let i = 0; i < 5; i++) handler.handle(numbered(i));
    await until("a report", () => reports.some((report) => reason.test(report)));
    expect(handler.stats()).toMatchObject({ accepted: 5, queued: 5, failed: {} });
    expect(heard).not.toContain("record");
    await handler.close();
    expect(handler.stats()).toMatchObject({ queued: 0, failed: { unsent: 5 } });
  });

  test("a name that cannot be found is looked up again, and what waits is counted at the end", async () => {
    const reports: string[] = [];
    setErrorReporter((report) => reports.push(String(report.error)));
    const handler = new SocketHandler("no-such-host.invalid", 9, { ...quick, capacity: 5, closeTimeoutMs: 50 });
    for (let i = 0; i < 8; i++) handler.handle(numbered(i));
    await until("a report", () => reports.some((report) => /ENOTFOUND|EAI_AGAIN/.test(report)));
    await handler.close();
    expect(handler.stats()).toMatchObject({ accepted: 8, delivered: 0, queued: 0, dropped: { full: 3 }, failed: { unsent: 5 } });
  });

  test("a process ends by itself when nothing is held, and waits five seconds at most for what is", async () => {
    const folder = temporaryFolder();
    const seen: string[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void seen.push(record.getMessage()) }).start();
    closing.push(receiver);
    const script = new URL("./support/exiting-process.mjs", import.meta.url).pathname;
    const begun = Date.now();
    const there = await runNode(script, { args: [String(receiver.addresses().tcp!.port)] });
    expect([there.code, there.stderr]).toEqual([0, ""]);
    await until("all", () => seen.length === 100);
    expect(Date.now() - begun).toBeLessThan(4_000);
    const away = await runNode(script, { args: ["1"] });
    expect(away.code).toBe(0);
    expect(away.stderr).toMatch(/the process ended before 127\.0\.0\.1:1 took all records.*100/s);
    folder.remove();
  });

  test("misuse is refused with what to do about it", () => {
    expect(() => new SocketHandler("")).toThrow(/host/);
    expect(() => new SocketHandler("localhost", 99_999)).toThrow(/99999.*65535/);
    expect(() => new SocketHandler("localhost", 1, { codec: "xml" as "json" })).toThrow(/"xml".*"json" or "pickle"/);
    expect(() => new SocketHandler("localhost", 1, { capcity: 5 } as SocketHandlerOptions)).toThrow(/capcity/);
    expect(() => new SocketHandler("localhost", 1, { capacity: 0 })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    expect(() => new SocketHandler("localhost", 1, { delivery: "at-most-once", spool: { directory: "/tmp/x" } })).toThrow(/acknowledged/);
    expect(() => new DatagramHandler("localhost", null as unknown as number)).toThrow(/Unix datagram/);
    expect(() => new SocketHandler("localhost", 1, { ackTimeoutMs: 5 })).toThrow(/ackTimeoutMs is for acknowledged/);
    expect(() => new SocketHandler("localhost", 1, { spool: { directory: "/tmp/x" }, capacity: 5 })).toThrow(
      /capacity is for a queue in memory/,
    );
    expect(() => new SocketHandler("localhost", 1, { delivery: "acknowledged", whenFull: "drop-oldest" })).toThrow(/whenFull/);
    expect(() => new SysLogHandler({ framing: "newline" })).toThrow(/framing is for streams/);
    expect(() => new SysLogHandler({ hostname: "box" })).toThrow(/hostname is for RFC 5424/);
    expect(() => new HttpHandler("localhost", "/", { gzip: true })).toThrow(/gzip is for batches/);
    expect(() => new SysLogHandler({ facility: "nosuch" })).toThrow(expect.objectContaining({ code: "SYSLOG_FACILITY_UNKNOWN" }));
  });
});

describe("DatagramHandler", () => {
  test("a far side that refuses is counted and reported, never an uncaught error", async () => {
    const handler = new DatagramHandler("127.0.0.1", 1);
    for (let i = 0; i < 50; i++) {
      handler.handle(numbered(i));
      await handler.flush();
    }
    const { accepted, delivered, failed } = handler.stats();
    console.log(`datagrams to a closed port: ${accepted}; refused and counted: ${failed["refused"] ?? 0}`);
    expect(delivered + sum(failed)).toBe(accepted);
    expect(failed["refused"]).toBeGreaterThan(0);
    await handler.close();
  });

  test("a name that cannot be found is tried again, and what waits is counted", async () => {
    const handler = new DatagramHandler("no-such-host.invalid", 9, { capacity: 5, closeTimeoutMs: 50 });
    for (let i = 0; i < 8; i++) handler.handle(numbered(i));
    await handler.close();
    expect(handler.stats()).toMatchObject({ accepted: 8, delivered: 0, queued: 0, dropped: { full: 3 }, failed: { unsent: 5 } });
  });
});
