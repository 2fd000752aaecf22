import { execFileSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { getLogger, Handler, type LogRecord, makeLogRecord } from "@cordwood/core";
import { DatagramHandler, encodeFrame, LogReceiver, type LogReceiverOptions, SocketHandler } from "@cordwood/handlers-net";
import { temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { closed, dial, frame, messages, raw, receivers, records, start } from "./support/receiving.js";
import { until } from "./support/until.js";

class Collect extends Handler {
  readonly got: LogRecord[] = [];
  protected override emit(record: LogRecord): void {
    this.got.push(record);
  }
}

describe("LogReceiver", () => {
  test("hands each record to the local logger of its name, whatever its level", async () => {
    const collect = new Collect();
    getLogger("app").addHandler(collect);
    getLogger("app").setLevel("CRITICAL");
    const receiver = await new LogReceiver({ tcp: { port: 0 } }).start();
    receivers.push(receiver);
    (await dial(receiver)).write(frame("hello %s", { args: ["world"], name: "app.db" }));
    await until("the record", () => collect.got.length === 1);
    expect([collect.got[0]!.name, collect.got[0]!.getMessage()]).toEqual(["app.db", "hello world"]);
  });

  test("counts a record whose onRecord returns something, and waits for whatever has a then", async () => {
    const receiver = await start({ tcp: { port: 0 }, udp: { port: 0 } }, { onRecord: (record) => records.push(record) as unknown as void });
    (await dial(receiver)).write(frame("one"));
    const datagrams = new DatagramHandler("127.0.0.1", receiver.addresses().udp!.port);
    datagrams.handle(makeLogRecord({ name: "app", levelno: 20, msg: "two" }));
    await datagrams.close();
    await until("both", () => receiver.stats().received === 2);
    expect(receiver.stats().failed).toEqual({});
  });

  test("reads at the end what had arrived while the event loop stood still", async () => {
    const receiver = await start();
    const socket = await dial(receiver);
    socket.write(frame("record 0"));
    await until("the first", () => records.length === 1);
    // Behind an immediate come the timers, and then only what has arrived.
    await new Promise((resolve) => setImmediate(resolve));
    const closing = receiver.close();
    for (let i = 1; i <= 100; i++) socket.write(frame(`record ${i}`));
    for (const end = Date.now() + 600; Date.now() < end; );
    await closing;
    expect(messages()).toEqual(Array.from({ length: 101 }, (_, i) => `record ${i}`));
  });

  test.each(["tcp", "unix"] as const)(
    "takes at the end a connection that came and went while the event loop stood still: %s",
    async (kind) => {
      using folder = temporaryFolder();
      const path = join(folder.path, "r.sock");
      const receiver = await start(kind === "tcp" ? { tcp: { port: 0 } } : { unix: { path } });
      const sender = `
      import { connect } from "node:net";
      const socket = connect(${kind === "tcp" ? `${receiver.addresses().tcp!.port}, "127.0.0.1"` : JSON.stringify(path)});
      socket.end(Buffer.from(${JSON.stringify(frame("gone when it is read").toString("base64"))}, "base64"), () => process.exit());`;
      execFileSync(process.execPath, ["--input-type=module", "-e", sender]);
      await receiver.close();
      expect(messages()).toEqual(["gone when it is read"]);
    },
  );

  test("does not blame a sender for the time in which it stood still itself", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { frameTimeoutMs: 200, idleTimeoutMs: 300 });
    const socket = await dial(receiver);
    const bytes = frame("whole");
    socket.write(bytes.subarray(0, 10));
    await until("the first half", () => receiver.stats().heldBytes === 10);
    // The other half is there before the receiver can look at its clock.
    socket.write(bytes.subarray(10));
    for (const end = Date.now() + 1_000; Date.now() < end; );
    await until("the record", () => records.length === 1);
    expect(receiver.stats().refused).toEqual({});
  });

  test("puts a prefix in front of names, and a sender cannot leave it", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { prefix: "remote" });
    const socket = await dial(receiver);
    for (const name of ["app", "root", "", "../../x", "a\0b", "__proto__"]) socket.write(frame("x", { name }));
    await until("all", () => records.length === 6);
    expect(records.map((record) => record.name)).toEqual([
      "remote.app",
      "remote",
      "remote",
      "remote.../../x",
      "remote.a\0b",
      "remote.__proto__",
    ]);
  });

  test("makes no more than so many loggers for foreign names", async () => {
    const collect = new Collect();
    getLogger("remote").addHandler(collect);
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { prefix: "remote" }).start();
    receivers.push(receiver);
    const socket = await dial(receiver);
    for (let i = 0; i < 11_000; i++) socket.write(frame("x", { name: `n${i}` }));
    await until("all", () => collect.got.length === 11_000);
    expect(collect.got.at(-1)!.name).toBe("remote.n10999");
    expect(getLogger("remote").getChildren().size).toBeLessThanOrEqual(10_000);
  });

  test("keeps the origin in a field that the sender cannot set", async () => {
    const receiver = await start();
    const socket = await dial(receiver);
    socket.write(
      raw('{"name":"app","levelno":20,"msg":"x","origin":{"address":"10.0.0.1","hops":-5},"fields":{"origin":"forged"},"context":{"a":1}}'),
    );
    await until("the record", () => records.length === 1);
    const { origin, extra, fields, context } = records[0]!.extra as Record<string, { address: string; port: number }>;
    expect(origin).toEqual({ transport: "tcp", address: "127.0.0.1", port: socket.localPort, hops: 1 });
    expect(Object.isFrozen(origin)).toBe(true);
    expect(JSON.stringify(extra)).toBe('{"origin":{"address":"10.0.0.1","hops":-5}}');
    expect([JSON.stringify(fields), JSON.stringify(context), records[0]!.context]).toEqual(['{"origin":"forged"}', '{"a":1}', undefined]);
  });

  test("drops and counts a record that goes round in a circle", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { onRecord: (record) => handler.handle(record) });
    const handler = new SocketHandler("127.0.0.1", receiver.addresses().tcp!.port);
    handler.handle(makeLogRecord({ name: "app", levelno: 20, msg: "round" }));
    await until("the end of the circle", () => receiver.stats().refused["payload"] === 1);
    expect(receiver.stats().received).toBe(4);
    await handler.close();
  });

  test("takes text as text: nothing in a record is looked up or called", async () => {
    const receiver = await start();
    const socket = await dial(receiver);
    const hostile = ["$".concat("{jndi:ldap://x/a}"), "%s %o {a.b} $".concat("{env:HOME}"), "<script>", "\u0000\u001b[31m"];
    for (const msg of hostile)
      socket.write(
        raw(
          JSON.stringify({
            name: "app",
            levelno: 20,
            msg,
            args: [],
            toJSON: "x",
            constructor: { prototype: { polluted: 1 } },
            __type: "Date",
          }),
        ),
      );
    socket.write(raw('{"name":"app","levelno":20,"msg":"proto","__proto__":{"polluted":1},"error":{"__proto__":{"polluted":1}}}'));
    await until("all", () => records.length === 5);
    expect(messages().slice(0, 4)).toEqual(hostile);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.getOwnPropertyDescriptor(records[4]!.extra, "__proto__")?.value).toMatchObject({ polluted: 1 });
    expect((records[4]!.error as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("waits for the far side to end when it is closed, and reads what is on its way", async () => {
    const receiver = await start();
    const handler = new SocketHandler("127.0.0.1", receiver.addresses().tcp!.port);
    for (let i = 0; i < 3_000; i++) handler.handle(makeLogRecord({ name: "app", levelno: 20, msg: `record ${i}` }));
    await until("the first", () => records.length > 0);
    await receiver.close();
    const { delivered, queued } = handler.stats();
    expect([records.length, delivered + queued]).toEqual([delivered, 3_000]);
    await handler.close();
  });

  test("replaces a socket file that nobody listens on, and no other file", async () => {
    const folder = temporaryFolder();
    const path = join(folder.path, "receiver");
    const first = await start({ unix: { path } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(new LogReceiver({ unix: { path } }).start()).rejects.toMatchObject({ code: "RECEIVER_PATH_TAKEN" });
    await first.close();
    writeFileSync(path, "a file");
    await expect(new LogReceiver({ unix: { path } }).start()).rejects.toMatchObject({ code: "RECEIVER_PATH_TAKEN" });
    expect(existsSync(path)).toBe(true);
    folder.remove();
  });

  test("refuses options it does not know and listeners that are none", () => {
    expect(() => new LogReceiver({})).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    expect(() => new LogReceiver({ tcp: { port: 70_000 } })).toThrow(/70000/);
    expect(() => new LogReceiver({ tcp: {} }, { onrecord: () => {} } as LogReceiverOptions)).toThrow(
      expect.objectContaining({ code: "OPTION_UNKNOWN" }),
    );
    expect(() => new LogReceiver({ tcp: { tls: {} } })).toThrow(expect.objectContaining({ code: "TLS_OPTION_INVALID" }));
  });
});

describe("frames however they are cut", () => {
  const three = Buffer.concat([
    frame("one"),
    frame("two with ü"),
    encodeFrame(makeLogRecord({ name: "app", levelno: 20, msg: "three" }), { codec: "pickle" }),
  ]);

  test("every split point of three frames gives the same records", async () => {
    const receiver = await start();
    const splits = three.length - 1;
    for (let at = 1; at <= splits; at++) {
      const socket = await dial(receiver);
      socket.write(three.subarray(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      socket.end(three.subarray(at));
      await closed(socket);
    }
    await until("all", () => records.length === splits * 3);
    expect(new Set(messages())).toEqual(new Set(["one", "two with ü", "three"]));
    expect(receiver.stats().refused).toEqual({});
    console.log(`split points: ${splits}; records: ${records.length}`);
  });

  test("one byte a packet and many frames a packet give the same records", async () => {
    const receiver = await start();
    const socket = await dial(receiver);
    for (const byte of three) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.write(Buffer.concat(Array.from({ length: 64 }, () => three)));
    await until("all", () => records.length === 65 * 3);
    expect(messages().slice(0, 3)).toEqual(["one", "two with ü", "three"]);
  });
});

describe("syslog on a stream", () => {
  test("messages by octet count, by NUL and by newline are the same records however they are cut", async () => {
    const counted = (text: string): string => `${Buffer.byteLength(text)} ${text}`;
    const stream = Buffer.from(`${counted("<14>ü one\nand more")}${counted("<11>two")}<14>three\nwith lines\0<14>four\n<12>five\n`);
    const receiver = await start();
    for (let at = 1; at < stream.length; at += 3) {
      const socket = await dial(receiver);
      socket.write(stream.subarray(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      socket.end(stream.subarray(at));
      await closed(socket);
    }
    const rounds = Math.ceil((stream.length - 1) / 3);
    await until("all", () => records.length >= rounds * 5);
    const texts = new Map<string, number>();
    for (const record of records) texts.set(record.getMessage(), (texts.get(record.getMessage()) ?? 0) + 1);
    for (const text of ["ü one\nand more", "two", "four", "five"]) expect([text, texts.get(text)]).toEqual([text, rounds]);
    expect(texts.get("three\nwith lines")).toBeGreaterThanOrEqual(rounds - 1);
  });

  test("what is no message, or too long, ends its connection", async () => {
    const receiver = await start({ tcp: { port: 0 } }, { maxFrameBytes: 1_000 });
    for (const bad of [
      "<14>fine\0rubbish",
      "99999999999 <14>x",
      "5x<14>",
      `<14>${"x".repeat(5_000)}`,
      `5000 <14>${"x".repeat(5_000)}`,
      "9999 <14>x".repeat(2_000),
    ]) {
      const socket = await dial(receiver);
      socket.resume().write(bad);
      await closed(socket);
    }
    expect(receiver.stats()).toMatchObject({ refused: { frame: 6 }, heldBytes: 0 });
  });
});

describe("the receiver over HTTP", () => {
  const post = (
    receiver: LogReceiver,
    body: Buffer | string,
    headers: Record<string, string>,
    method = "POST",
    path = "/",
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port: receiver.addresses().http!.port, method, path, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      });
      outgoing.on("error", reject);
      outgoing.end(method === "GET" ? undefined : body);
    });
  const json = { "content-type": "application/json" };
  const one = '{"name":"app","levelno":20,"msg":"x"}';

  test("takes an object, an array, lines and gzip, and answers once they are handled", async () => {
    const receiver = await start({ http: { port: 0 } });
    expect(await post(receiver, one, json)).toBe(204);
    expect(await post(receiver, `[${one},${one}]`, json)).toBe(204);
    expect(await post(receiver, `${one}\n${one}\n`, { "content-type": "application/x-ndjson" })).toBe(204);
    expect(await post(receiver, gzipSync(`[${one}]`), { ...json, "content-encoding": "gzip" })).toBe(204);
    expect(records.length).toBe(6);
  });

  test("refuses what it was not asked for", async () => {
    const receiver = await start(
      { http: { port: 0, authorization: "Bearer right", allowedOrigins: ["https://app.example"] } },
      { maxFrameBytes: 10_000 },
    );
    const right = { ...json, authorization: "Bearer right" };
    expect(await post(receiver, one, json)).toBe(401);
    expect(await post(receiver, one, { ...json, authorization: "Bearer wrong" })).toBe(401);
    expect(await post(receiver, one, { ...right, host: "evil.example" })).toBe(421);
    expect(await post(receiver, one, { ...right, origin: "https://evil.example" })).toBe(403);
    expect(await post(receiver, one, { ...right, origin: "https://app.example" })).toBe(204);
    expect(await post(receiver, "{", right)).toBe(400);
    expect(await post(receiver, '"x"', right)).toBe(400);
    expect(await post(receiver, one, { ...right, "content-type": "text/html" })).toBe(415);
    expect(await post(receiver, "x".repeat(20_000), right)).toBe(413);
    expect(await post(receiver, one, right, "PUT")).toBe(405);
    expect(await post(receiver, gzipSync("0".repeat(5_000_000)), { ...right, "content-encoding": "gzip" })).toBe(400);
    expect(await post(receiver, "", right, "GET", "/log")).toBe(400);
    expect(records.length).toBe(1);
  });
});
