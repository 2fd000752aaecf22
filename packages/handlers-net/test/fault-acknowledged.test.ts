import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { encodeFrame, LogReceiver, SocketHandler, type SocketHandlerOptions } from "@cordwood/handlers-net";
import { fullCounts, scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { randomFrom } from "./support/random.js";
import { until } from "./support/until.js";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  setErrorReporter(() => {});
});
afterEach(() => {
  folder.remove();
  resetLogging();
});

const quick = { reconnectInitialMs: 5, reconnectMaxMs: 20 };
const acknowledged = (port: number, more: SocketHandlerOptions = {}): SocketHandler =>
  new SocketHandler("127.0.0.1", port, { delivery: "acknowledged", ...quick, ...more });
const numbered = (i: number): LogRecord => makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${i}` });
const send = (handler: SocketHandler, from: number, to: number): void => {
  for (let i = from; i < to; i++) handler.handle(numbered(i));
};
const numberOf = (record: LogRecord): number => Number(/\d+/.exec(record.getMessage())![0]);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("acknowledged delivery", () => {
  test("delivers each record once and in order, and counts it when it is confirmed", async () => {
    const seen: number[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void seen.push(numberOf(record)) }).start();
    const handler = acknowledged(receiver.addresses().tcp!.port);
    send(handler, 0, 5_000);
    expect(handler.stats()).toMatchObject({ accepted: 5_000, delivered: 0, queued: 5_000 });
    await handler.flush();
    expect(seen).toEqual(range(5_000));
    expect(handler.stats()).toEqual({ accepted: 5_000, delivered: 5_000, queued: 0, dropped: {}, failed: {} });
    await handler.close();
    await receiver.close();
  });

  test("confirms a record only when the promise of onRecord has settled, and sends it again when that fails", async () => {
    const seen: number[] = [];
    const failures = new Map<number, number>();
    const onRecord = async (record: LogRecord): Promise<void> => {
      const number = numberOf(record);
      await new Promise((resolve) => setTimeout(resolve, 1));
      const count = failures.get(number) ?? 0;
      failures.set(number, count + 1);
      if (number % 10 === 3 && count < 2) throw new Error("not now");
      seen.push(number);
    };
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord }).start();
    const handler = acknowledged(receiver.addresses().tcp!.port, { closeTimeoutMs: 20_000 });
    send(handler, 0, 50);
    await handler.flush();
    expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(range(50));
    expect(handler.stats()).toMatchObject({ delivered: 50, queued: 0, failed: {} });
    await handler.close();
    await receiver.close();
  });

  test("a receiver that is closed confirms what it has handled, and the rest goes to the next one", async () => {
    const seen: number[] = [];
    const onRecord = (record: LogRecord): void => void seen.push(numberOf(record));
    let receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord }).start();
    const { port } = receiver.addresses().tcp!;
    const handler = acknowledged(port, { capacity: 100_000, maxBytes: 1e9, closeTimeoutMs: 20_000 });
    for (let round = 0; round < 10; round++) {
      send(handler, round * 2_000, round * 2_000 + 2_000);
      await until("some records", () => seen.length > round * 2_000 + 100);
      await receiver.close();
      receiver = await new LogReceiver({ tcp: { port } }, { onRecord }).start();
    }
    await handler.flush();
    expect(seen).toEqual(range(20_000));
    await handler.close();
    await receiver.close();
  });

  test("with a state file, a receiver that was started again leaves out what it had handled before", async () => {
    const stateFile = join(folder.path, "sources");
    const seen: number[] = [];
    const start = (port: number): Promise<LogReceiver> =>
      new LogReceiver({ tcp: { port } }, { stateFile, onRecord: (record) => void seen.push(numberOf(record)) }).start();
    let receiver = await start(0);
    const { port } = receiver.addresses().tcp!;
    const socket = connectTo(port);
    const frames = (from: number, to: number): Buffer => Buffer.concat(range(to - from).map((i) => encodeFrame(numbered(from + i))));
    const greeting = (next: number): Buffer => {
      const text = `{"cordwood":1,"source":"0123456789ab","next":${next}}`;
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32BE(text.length);
      return Buffer.concat([prefix, Buffer.from(text)]);
    };
    let answers = "";
    socket.on("data", (chunk: Buffer) => (answers += chunk.toString("latin1")));
    socket.write(Buffer.concat([greeting(1), frames(0, 10)]));
    await until("the confirmation", () => answers.includes('"ack":10'));
    await receiver.close();
    receiver = await start(port);
    // A sender that did not hear the confirmation sends all of it again.
    const again = connectTo(port);
    again.on("data", (chunk: Buffer) => (answers += chunk.toString("latin1")));
    again.write(Buffer.concat([greeting(1), frames(0, 12)]));
    await until("the next confirmation", () => answers.includes('"ack":12'));
    expect(seen).toEqual(range(12));
    expect(receiver.stats().duplicates).toBe(10);
    again.destroy();
    await receiver.close();
  });

  test("gives up a record that fails five times, so that it does not stop the rest", async () => {
    const seen: number[] = [];
    const receiver = await new LogReceiver(
      { tcp: { port: 0 } },
      {
        onRecord: (record) => {
          if (numberOf(record) === 2) throw new Error("never");
          seen.push(numberOf(record));
        },
      },
    ).start();
    const handler = acknowledged(receiver.addresses().tcp!.port);
    send(handler, 0, 5);
    await handler.flush();
    expect([...new Set(seen)]).toEqual([0, 1, 3, 4]);
    expect(receiver.stats().failed).toEqual({ onRecord: 1 });
    await handler.close();
    await receiver.close();
  });

  test("waits for beforeAcknowledge, and confirms nothing when it fails", async () => {
    const steps: string[] = [];
    let fail = true;
    const receiver = await new LogReceiver(
      { tcp: { port: 0 } },
      {
        onRecord: () => void steps.push("record"),
        beforeAcknowledge: async () => {
          steps.push("flush");
          if (fail) throw new Error("disk full");
        },
      },
    ).start();
    const handler = acknowledged(receiver.addresses().tcp!.port);
    handler.handle(numbered(0));
    await until("a failed flush", () => steps.includes("flush"));
    expect(handler.stats().delivered).toBe(0);
    fail = false;
    await handler.flush();
    expect(handler.stats()).toMatchObject({ delivered: 1, queued: 0 });
    expect(steps.slice(0, 2)).toEqual(["record", "flush"]);
    await handler.close();
    await receiver.close();
  });

  test("recognises what is sent again after a broken connection, so that each record is handled once", async () => {
    const seen: number[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void seen.push(numberOf(record)) }).start();
    // Between the two stands a proxy that breaks every connection after some bytes, in either direction.
    let broken = 0;
    const proxy = await listen((socket) => {
      const onward = connectTo(receiver.addresses().tcp!.port);
      let left = 20_000 + Math.floor(Math.random() * 200_000);
      const cut = (from: Socket, to: Socket) => (chunk: Buffer) => {
        to.write(chunk);
        left -= chunk.length;
        if (left < 0 && broken < 40) {
          broken++;
          from.destroy();
          to.destroy();
        }
      };
      socket.on("data", cut(socket, onward));
      onward.on("data", cut(onward, socket));
      socket.on("close", () => onward.destroy());
      onward.on("close", () => socket.destroy());
    });
    const handler = acknowledged(portOf(proxy), { capacity: 100_000, closeTimeoutMs: 30_000 });
    send(handler, 0, 10_000);
    await handler.flush();
    expect(broken).toBeGreaterThan(5);
    console.log(`connections broken: ${broken}; records: ${seen.length}; left out as repeated: ${receiver.stats().duplicates}`);
    expect(seen).toEqual(range(10_000));
    await handler.close();
    await receiver.close();
    proxy.close();
  });

  test("drops and counts new records when the queue is full, and loses none of those it kept", async () => {
    const handler = acknowledged(1, { capacity: 100, closeTimeoutMs: 50 });
    send(handler, 0, 250);
    expect(handler.stats()).toMatchObject({ accepted: 250, queued: 100, dropped: { full: 150 } });
    await handler.close();
    expect(handler.stats()).toMatchObject({ queued: 0, dropped: { full: 150 }, failed: { unsent: 100 } });
  });

  test("notices a far side that confirms nothing, and connects again", async () => {
    let connections = 0;
    const silent = await listen((socket) => {
      connections++;
      socket.resume();
    });
    const handler = acknowledged(portOf(silent), { ackTimeoutMs: 50, closeTimeoutMs: 10 });
    send(handler, 0, 3);
    await until("several connections", () => connections >= 3);
    expect(handler.stats()).toMatchObject({ queued: 3, delivered: 0 });
    await handler.close();
    silent.close();
  });

  test.skipIf(!fullCounts)(
    "notices a half-open connection within 45 seconds by the defaults (waits for them, so with full counts only)",
    async () => {
      const times: number[] = [];
      const silent = await listen((socket) => {
        times.push(Date.now());
        socket.pause();
      });
      const handler = new SocketHandler("127.0.0.1", portOf(silent), { delivery: "acknowledged", closeTimeoutMs: 10 });
      send(handler, 0, 3);
      await until("the next connection", () => times.length === 2, 60_000);
      console.log(`half-open connection given up and made anew after ${((times[1]! - times[0]!) / 1_000).toFixed(1)} s`);
      expect(times[1]! - times[0]!).toBeLessThan(45_000);
      await handler.close();
      silent.close();
    },
  );

  test("does not believe a far side that confirms what was never sent", async () => {
    const liar = await listen((socket) => {
      const text = '{"cordwood":1,"ack":999}';
      const frame = Buffer.alloc(4 + text.length);
      frame.writeUInt32BE(text.length);
      frame.write(text, 4);
      socket.on("data", () => void socket.write(frame));
    });
    const handler = acknowledged(portOf(liar), { closeTimeoutMs: 100 });
    send(handler, 0, 3);
    await handler.flush();
    expect(handler.stats()).toMatchObject({ delivered: 0, queued: 3 });
    await handler.close();
    liar.close();
  });
});

describe("the spool", () => {
  const spool = (): { directory: string } => ({ directory: join(folder.path, "spool") });

  test("keeps what was not confirmed for the next start, in order and under the same numbers", async () => {
    const first = acknowledged(1, { spool: spool(), closeTimeoutMs: 20 });
    send(first, 0, 1_000);
    await first.close();
    expect(first.stats()).toMatchObject({ accepted: 1_000, queued: 1_000, failed: {} });
    const seen: LogRecord[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void seen.push(record) }).start();
    const second = acknowledged(receiver.addresses().tcp!.port, { spool: spool() });
    expect(second.stats()).toMatchObject({ accepted: 1_000, queued: 1_000 });
    send(second, 1_000, 1_100);
    await second.flush();
    expect(seen.map(numberOf)).toEqual(range(1_100));
    expect(seen.map((record) => (record.extra["origin"] as { sequence: number }).sequence)).toEqual(range(1_100).map((i) => i + 1));
    expect(second.stats()).toMatchObject({ accepted: 1_100, delivered: 1_100, queued: 0 });
    await second.close();
    await receiver.close();
  });

  test("is made for its owner alone and removes what is confirmed", async () => {
    const { statSync } = await import("node:fs");
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: () => {} }).start();
    const handler = acknowledged(receiver.addresses().tcp!.port, { spool: { ...spool(), segmentBytes: 65_536 }, closeTimeoutMs: 20_000 });
    send(handler, 0, 5_000);
    expect(readdirSync(spool().directory).filter((name) => name.endsWith(".spool")).length).toBeGreaterThan(10);
    for (const name of readdirSync(spool().directory)) expect(statSync(join(spool().directory, name)).mode & 0o777).toBe(0o600);
    expect(statSync(spool().directory).mode & 0o777).toBe(0o700);
    await handler.flush();
    expect(readdirSync(spool().directory).filter((name) => name.endsWith(".spool")).length).toBeLessThanOrEqual(1);
    await handler.close();
    await receiver.close();
  });

  test("a file that is confirmed and removed before it was forced onto the disk does no harm", async () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on("uncaughtException", note);
    const reports: string[] = [];
    setErrorReporter((report) => reports.push(report.message));
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: () => {} }).start();
    const files = (): string[] => readdirSync(spool().directory).filter((name) => name.endsWith(".spool"));
    for (const syncIntervalMs of [1, 20, 50]) {
      const handler = acknowledged(receiver.addresses().tcp!.port, { spool: { ...spool(), segmentBytes: 100, syncIntervalMs } });
      for (let round = 0; round < 10; round++) {
        send(handler, round * 5, round * 5 + 5);
        await handler.flush();
        await until("removed files", () => files().length === 0);
      }
      await new Promise((resolve) => setTimeout(resolve, syncIntervalMs + 20));
      await handler.close();
      expect(handler.stats()).toMatchObject({ accepted: 50, delivered: 50, queued: 0, failed: {} });
    }
    await receiver.close();
    process.off("uncaughtException", note);
    expect([uncaught, reports]).toEqual([[], []]);
  });

  test("drops and counts new records beyond its bytes", async () => {
    const handler = acknowledged(1, { spool: { ...spool(), maxBytes: 10_000 }, closeTimeoutMs: 10 });
    send(handler, 0, 100);
    const { queued, dropped } = handler.stats();
    expect(queued).toBeGreaterThan(10);
    expect(queued + dropped["full"]!).toBe(100);
    await handler.close();
  });

  test("is refused to a second handler while the first has it", async () => {
    const handler = acknowledged(1, { spool: spool(), closeTimeoutMs: 10 });
    expect(() => acknowledged(1, { spool: spool() })).toThrow(expect.objectContaining({ code: "SPOOL_IN_USE" }));
    await handler.close();
    await acknowledged(1, { spool: spool(), closeTimeoutMs: 10 }).close();
  });

  test("goes on when a file is cut short under it, and counts what was in it", async () => {
    const handler = acknowledged(1, { spool: { ...spool(), segmentBytes: 10_000 }, closeTimeoutMs: 10 });
    send(handler, 0, 100);
    const files = readdirSync(spool().directory).filter((name) => name.endsWith(".spool"));
    truncateSync(join(spool().directory, files[1]!), 1_000);
    await handler.close();
    // Cut while it was in use, and now again while it is being sent.
    const seen: number[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void seen.push(numberOf(record)) }).start();
    const second = acknowledged(receiver.addresses().tcp!.port, { spool: { ...spool(), segmentBytes: 10_000 } });
    truncateSync(join(spool().directory, files[2]!), 700);
    truncateSync(join(spool().directory, files[3]!), 0);
    send(second, 100, 110);
    await second.flush();
    const { accepted, delivered, queued, failed } = second.stats();
    expect([queued, delivered + failed["corrupt"]!, seen.at(-1)]).toEqual([0, accepted, 109]);
    expect(failed["corrupt"]).toBeGreaterThan(10);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    await second.close();
    await receiver.close();
  });

  test("starts whatever has become of its files, leaves out what is damaged and sends the rest in order", async () => {
    const rounds = scaled(1_000);
    const seed = Number(process.env["CORDWOOD_SEED"] ?? 1);
    const random = randomFrom(seed);
    let damaged = 0;
    let slowest = 0;
    let seen: number[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void seen.push(numberOf(record)) }).start();
    for (let round = 0; round < rounds; round++) {
      const directory = join(folder.path, `spool-${round}`);
      const first = acknowledged(1, { spool: { directory, segmentBytes: 4_096 }, closeTimeoutMs: 1 });
      send(first, 0, 30);
      await first.close();
      const names = readdirSync(directory).filter((name) => random() < 0.4 || name.endsWith(".spool"));
      const path = join(directory, names[Math.floor(random() * names.length)]!);
      const bytes = readFileSync(path);
      const at = Math.floor(random() * bytes.length);
      const how = Math.floor(random() * 4);
      if (how === 0 && bytes.length > 0) bytes[at]! ^= 1 << Math.floor(random() * 8);
      writeFileSync(
        path,
        how === 1
          ? bytes.subarray(0, at)
          : how === 2
            ? Buffer.alloc(bytes.length)
            : how === 3
              ? Buffer.concat([bytes, Buffer.from("rubbish")])
              : bytes,
      );
      seen = [];
      const begun = performance.now();
      const second = acknowledged(receiver.addresses().tcp!.port, { spool: { directory, segmentBytes: 4_096 } });
      slowest = Math.max(slowest, performance.now() - begun);
      second.handle(numbered(1_000));
      await second.flush();
      const { accepted, delivered, queued, failed } = second.stats();
      expect(queued).toBe(0);
      expect(delivered + (failed["corrupt"] ?? 0)).toBe(accepted);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(seen.at(-1)).toBe(1_000);
      if (accepted - (failed["corrupt"] ?? 0) < 31) damaged++;
      await second.close();
    }
    await receiver.close();
    console.log(`spools damaged: ${rounds} (seed ${seed}); with records lost: ${damaged}; slowest start: ${slowest.toFixed(0)} ms`);
    expect(slowest).toBeLessThan(1_000);
  });

  test("everything spooled arrives after its process was killed", async () => {
    const kills = scaled(50);
    const seen = new Set<number>();
    let disorder = 0;
    let last = -1;
    const receiver = await new LogReceiver(
      { tcp: { port: 0 } },
      {
        onRecord: (record) => {
          const number = numberOf(record);
          if (number < last) disorder++;
          last = number;
          seen.add(number);
        },
      },
    ).start();
    let written = 0;
    for (let kill = 0; kill < kills; kill++)
      written = await writeUntilKilled(receiver.addresses().tcp!.port, join(folder.path, "spool"), written, 60);
    const handler = acknowledged(receiver.addresses().tcp!.port, {
      spool: { directory: join(folder.path, "spool") },
      closeTimeoutMs: 20_000,
    });
    await handler.flush();
    await handler.close();
    const missing = range(written).filter((i) => !seen.has(i)).length;
    console.log(
      `sender killed: ${kills} times; records its calls had returned for: ${written}; missing: ${missing}; out of order: ${disorder}`,
    );
    expect([missing, disorder]).toEqual([0, 0]);
    await receiver.close();
  });
});

describe("a receiver that is killed", () => {
  test.for(["onRecord", "loggers"])("none of the confirmed records is missing (%s)", async (how) => {
    const kills = scaled(200);
    const file = join(folder.path, "received.txt");
    writeFileSync(file, "");
    let port = 0;
    let child: ChildProcess | undefined;
    const startReceiver = async (): Promise<void> => {
      child = spawn(process.execPath, [new URL("./support/receiver-process.mjs", import.meta.url).pathname, file, String(port), how], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      port = await new Promise<number>((resolve) => child!.stdout!.once("data", (text: Buffer) => resolve(Number(text.toString()))));
    };
    await startReceiver();
    const handler = acknowledged(port, { capacity: 1_000_000, maxBytes: 1_000_000_000, closeTimeoutMs: 30_000 });
    let sent = 0;
    for (let kill = 0; kill < kills; kill++) {
      const target = handler.stats().delivered + 200;
      for (const deadline = Date.now() + 5_000; handler.stats().delivered < target && Date.now() < deadline; ) {
        send(handler, sent, sent + 500);
        sent += 500;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const gone = new Promise((resolve) => child!.once("exit", resolve));
      child!.kill("SIGKILL");
      await gone;
      await startReceiver();
    }
    await handler.flush();
    await handler.close();
    const { delivered, queued } = handler.stats();
    child!.kill("SIGKILL");
    const lines = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => Number(line.replace("record ", "")));
    const seen = new Set(lines);
    const missing = range(delivered).filter((i) => !seen.has(i)).length;
    console.log(
      `receiver killed (${how}): ${kills} times; confirmed: ${delivered} of ${sent}; missing: ${missing}; handled twice: ${lines.length - seen.size}`,
    );
    expect([missing, queued, delivered]).toEqual([0, 0, sent]);
  });
});

const listen = async (take: (socket: Socket) => void): Promise<Server> => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
};

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const connectTo = (port: number): Socket => connect(port, "127.0.0.1").on("error", () => {});

/** Gives how many records the process had logged, by its own word given after each call, when it was killed. */
const writeUntilKilled = (port: number, directory: string, from: number, ms: number): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [new URL("./support/spooling-process.mjs", import.meta.url).pathname, String(port), directory, String(from)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let text = "";
    child.stdout!.setEncoding("latin1").on("data", (part: string) => {
      if (text === "") setTimeout(() => child.kill("SIGKILL"), ms);
      text += part;
    });
    child.once("close", () => resolve(from + text.length));
  });
