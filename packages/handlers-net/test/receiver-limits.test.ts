import { createSocket } from "node:dgram";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { type LogRecord, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import {
  DatagramHandler,
  encodeFrame,
  HttpHandler,
  LogReceiver,
  type LogReceiverOptions,
  type ReceiverListeners,
  SocketHandler,
} from "@cordwood/handlers-net";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CertificateAuthority } from "./support/certificates.js";
import { until } from "./support/until.js";

let receivers: LogReceiver[] = [];
let sockets: Socket[] = [];
let seen: number[] = [];

beforeEach(() => {
  seen = [];
  setErrorReporter(() => {});
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  for (const receiver of receivers) await receiver.close();
  receivers = [];
  resetLogging();
});

const start = async (listen: ReceiverListeners, options: LogReceiverOptions = {}): Promise<LogReceiver> => {
  const onRecord = (record: LogRecord): void => void seen.push(Number(record.getMessage().slice(7)));
  const receiver = new LogReceiver(listen, { onRecord, ...options });
  receivers.push(receiver);
  return receiver.start();
};
const dial = (port: number, localAddress = "127.0.0.1"): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress }, () => resolve(socket));
    socket.on("error", () => {}).resume();
    sockets.push(socket);
  });
const numbered = (i: number): LogRecord => makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${i}` });
const frames = (from: number, to: number): Buffer => Buffer.concat(range(to - from).map((i) => encodeFrame(numbered(from + i))));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const tcpPort = (receiver: LogReceiver): number => receiver.addresses().tcp!.port;

describe("maxConnectionsPerAddress", () => {
  test("ends what is beyond, leaves other addresses alone, and makes room when one goes", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { maxConnectionsPerAddress: 3 });
    const many = await Promise.all(range(5).map(() => dial(tcpPort(receiver))));
    await until("two to be ended", () => many.filter((socket) => socket.closed).length === 2);
    expect(receiver.stats()).toMatchObject({ connections: 3, refused: { address: 2 } });
    (await dial(tcpPort(receiver), "127.0.0.2")).write(frames(0, 1));
    await until("the record from elsewhere", () => seen.length === 1);
    many.find((socket) => !socket.closed)!.destroy();
    await until("room", () => receiver.stats().connections === 3);
    (await dial(tcpPort(receiver))).write(frames(1, 2));
    await until("the next record", () => seen.length === 2);
    expect(receiver.stats().refused).toEqual({ address: 2 });
  });

  test("counts what is still in its TLS handshake, and requests over HTTP", async () => {
    using folder = temporaryFolder();
    const server = new CertificateAuthority(folder.path).issue("localhost", { address: true });
    const receiver = await start(
      { tcp: { port: 0, tls: { cert: server.cert, key: server.key } }, http: { port: 0 } },
      { maxConnectionsPerAddress: 2, handshakeTimeoutMs: 300 },
    );
    const silent = await Promise.all(range(2).map(() => dial(tcpPort(receiver))));
    const { port } = receiver.addresses().http!;
    const refused = await new Promise((resolve) => {
      request({ port, host: "127.0.0.1", path: "/?name=a&levelno=20&msg=x" }, (answer) => resolve(answer.statusCode))
        .on("error", resolve)
        .end();
    });
    expect(refused).toBeInstanceOf(Error);
    await until("the handshakes to be given up", () => silent.every((socket) => socket.closed));
    const handler = new HttpHandler(`127.0.0.1:${port}`, "/", { format: "json", maxDelayMs: 0, retryInitialMs: 5 });
    handler.handle(numbered(7));
    await handler.close();
    expect(seen).toEqual([7]);
    expect(receiver.stats().refused["address"]).toBeGreaterThan(0);
  });

  test("does not limit this machine's own unless told to", async () => {
    const receiver = await start({ tcp: { port: 0 } });
    await Promise.all(range(100).map(() => dial(tcpPort(receiver))));
    await until("all", () => receiver.stats().connections === 100);
    expect(receiver.stats().refused).toEqual({});
    expect(() => new LogReceiver({ tcp: {} }, { maxConnectionsPerAddress: 0 })).toThrow(/maxConnectionsPerAddress is 0/);
  });
});

describe("maxRecordsPerSecond", () => {
  test("reads a connection more slowly, loses nothing of it, and leaves others alone", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { maxRecordsPerSecond: 300 });
    const begun = performance.now();
    (await dial(tcpPort(receiver))).write(frames(0, 900));
    await until("the flood to be held back", () => receiver.stats().throttled > 0);
    const sent = performance.now();
    (await dial(tcpPort(receiver))).write(frames(1_000, 1_001));
    await until("the honest one", () => seen.includes(1_000));
    expect(performance.now() - sent).toBeLessThan(500);
    await until("all", () => seen.length === 901);
    // The first 300 at once, then 300 a second, but for the last stretch that was read at once.
    const ms = performance.now() - begun;
    console.log(`900 records at 300 a second: ${(ms / 1_000).toFixed(1)} s; held back ${receiver.stats().throttled} times`);
    expect(ms).toBeGreaterThan(1_000);
    expect(seen.filter((number) => number < 1_000)).toEqual(range(900));
    expect(receiver.stats().refused).toEqual({});
  });

  test("does not end a connection for the time that it was held back", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { maxRecordsPerSecond: 100, frameTimeoutMs: 150, idleTimeoutMs: 200 });
    const socket = await dial(tcpPort(receiver));
    const bytes = frames(0, 301);
    socket.write(bytes.subarray(0, bytes.length - 10));
    await until("most", () => seen.length === 300);
    // Two seconds are owed; the rest comes right away.
    socket.write(bytes.subarray(bytes.length - 10));
    await until("all", () => seen.length === 301);
    expect(receiver.stats().refused).toEqual({});
  });

  test("keeps acknowledged records in order, with an onRecord that takes its time", async () => {
    const onRecord = async (record: LogRecord): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(Number(record.getMessage().slice(7)));
    };
    const receiver = await start({ tcp: { port: 0 } }, { maxRecordsPerSecond: 1_000, onRecord });
    const handler = new SocketHandler("127.0.0.1", tcpPort(receiver), { delivery: "acknowledged", closeTimeoutMs: 20_000 });
    for (let i = 0; i < 3_000; i++) handler.handle(numbered(i));
    await handler.close();
    expect(handler.stats()).toMatchObject({ delivered: 3_000, failed: {} });
    expect(seen).toEqual(range(3_000));
    expect(receiver.stats().throttled).toBeGreaterThan(0);
  });

  test("lets a receiver that is closed read what is on its way", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { maxRecordsPerSecond: 10 });
    (await dial(tcpPort(receiver))).write(frames(0, 1_000));
    await until("some", () => seen.length > 0);
    await receiver.close();
    expect(seen).toEqual(range(1_000));
  });

  test("counts datagrams that are beyond it", async () => {
    const receiver = await start({ udp: { port: 0 } }, { maxRecordsPerSecond: 50 });
    const handler = new DatagramHandler("127.0.0.1", receiver.addresses().udp!.port);
    for (let i = 0; i < 300; i++) handler.handle(numbered(i));
    await handler.close();
    await until("all", () => seen.length + (receiver.stats().refused["rate"] ?? 0) === 300);
    expect(seen.length).toBeGreaterThanOrEqual(50);
    expect(seen.length).toBeLessThan(200);
    const other = createSocket("udp4");
    await new Promise<void>((resolve) => other.bind(0, "127.0.0.2", resolve));
    other.send(encodeFrame(numbered(999)), receiver.addresses().udp!.port, "127.0.0.1", () => other.close());
    await until("that of another address", () => seen.includes(999));
  });

  test("tells a sender over HTTP when to come back, and nothing is lost", async () => {
    const receiver = await start({ http: { port: 0 } }, { maxRecordsPerSecond: 100 });
    const handler = new HttpHandler(`127.0.0.1:${receiver.addresses().http!.port}`, "/", {
      format: "ndjson",
      maxBatchRecords: 60,
      closeTimeoutMs: 20_000,
    });
    for (let i = 0; i < 240; i++) handler.handle(numbered(i));
    await handler.close();
    expect(handler.stats()).toMatchObject({ delivered: 240, failed: {} });
    expect(seen).toEqual(range(240));
    expect(receiver.stats().refused["rate"]).toBeGreaterThan(0);
  });

  test("is a whole number of at least ten", () => {
    expect(() => new LogReceiver({ tcp: {} }, { maxRecordsPerSecond: 1 })).toThrow(
      /maxRecordsPerSecond is 1; give a whole number of at least 10/,
    );
  });
});
