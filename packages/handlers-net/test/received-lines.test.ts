import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { getLogger, type LogRecord, makeLogRecord, resetLogging, StreamHandler, setErrorReporter } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";
import { decodeFrame, encodeFrame, LogReceiver, SocketHandler } from "@cordwood/handlers-net";
import { scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { randomFrom } from "./support/random.js";
import { until } from "./support/until.js";

beforeEach(() => setErrorReporter(() => {}));
afterEach(() => resetLogging());

const dial = (receiver: LogReceiver): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(receiver.addresses().tcp!.port, "127.0.0.1", () => resolve(socket));
    socket.on("error", () => {});
  });
const framed = (payload: Buffer): Buffer => {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(payload.length);
  return Buffer.concat([prefix, payload]);
};

/** What our handler writes, then one piece of it exchanged: what is common, what is rare, and what is no record. */
const LINES = [
  encodeFrame(makeLogRecord({ name: "app.db", levelno: 20, levelname: "INFO", msg: "plain", pathname: "src/a.ts", lineno: 3 })),
  encodeFrame(
    makeLogRecord({ name: "app", levelno: 30, levelname: "WARNING", msg: "%s of %d", args: ["one", 2], process: 7, taskName: null }),
  ),
  encodeFrame(
    makeLogRecord({ name: "ü", levelno: 10, levelname: "DEBUG", msg: 'a "quoted"\nword', user: "ü", nested: { a: [1, { b: null }] } }),
  ),
  encodeFrame(makeLogRecord({ name: "app", levelno: 40, levelname: "ERROR", msg: "broken", error: new Error("why"), order: 7 })),
].map((frame) => frame.subarray(4).toString());
const PIECES: readonly (readonly [string, string])[] = [
  ...([
    ['"taskName":null', '"taskName":"Task-1"'],
    ['"exc_text":null', '"exc_text":"Traceback"'],
  ] as const),
  ...([
    ['"stack_info":null', '"stack_info":"Stack"'],
    ['"args":[]', '"args":{"a":1}'],
    ['"args":[]', '"args":null'],
  ] as const),
  ...([
    ['"args":[]', '"args":[[1],2]'],
    ['"args":[]', '"args":[1,]'],
    ['"levelno":', '"levelno":1e999,"x":'],
    ['"levelno":', '"levelno":0'],
  ] as const),
  ...([
    ['"lineno":', '"lineno":-'],
    ['"lineno":', '"lineno":1.5e3,"y":'],
    ['"created":', '"created":1e999,"z":'],
    ['"created":', '"created":"x","z":'],
  ] as const),
  ...([
    ['"msecs":', '"msecs":null,"m":'],
    ['"msecs":', '"msecs":1e999,"m":'],
    ["}", ',"name":"twice"}'],
    ["}", ',"levelno":50}'],
    ["}", ',"message":"no"}'],
  ] as const),
  ...([
    ["}", ',"__proto__":{"x":1}}'],
    ["}", ',"origin":{"hops":1}}'],
    ["}", ',"origin":7,"extra":8}'],
    ["}", "}}"],
    ["}", ",}"],
    ["}", '},{"a":1}'],
  ] as const),
  ...([
    ["}", ""],
    ["}", "} "],
    ["{", " {"],
    ["{", "{ "],
    ["plain", "pl\\u0061in"],
    ["plain", "pl\tain"],
    ["plain", "pl\u2028ain"],
    ["plain", '"'],
  ] as const),
  ...([
    ['"name"', '"nam"'],
    ['"msg":"plain"', '"msg":{"a":1}'],
    ['"msg":"plain"', '"msg":null'],
    [",", ", "],
    [":", ": "],
    ["null", "nul"],
  ] as const),
];
const ASKED = ["name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_text", "stack_info", "lineno"].concat([
  ...["funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName", "process", "taskName", "error"],
]);

const NUMBERS: ReadonlySet<string> = new Set(["levelno", "lineno", "created", "msecs", "relativeCreated", "thread", "process"]);

/** What is the same for a record that was parsed whole, and `undefined` for what the receiver has to refuse. */
const parsedWhole = (frame: Buffer): Record<string, unknown> | undefined => {
  let attributes: Record<string, unknown>;
  try {
    attributes = { ...decodeFrame(frame) };
  } catch {
    return undefined;
  }
  return typeof attributes["name"] === "string" && Number.isFinite(attributes["levelno"]) ? attributes : undefined;
};

const expectSame = (record: LogRecord, attributes: Record<string, unknown>): void => {
  const got = record.toJSON();
  for (const key of ASKED) {
    const wanted = attributes[key];
    // What has not its own type is as if it were missing.
    if (NUMBERS.has(key) ? Number.isFinite(wanted) : typeof wanted === "string")
      expect([key, JSON.stringify(got[key])]).toEqual([key, JSON.stringify(wanted)]);
  }
  if (Array.isArray(attributes["args"])) expect(got["args"]).toEqual(JSON.parse(JSON.stringify(attributes["args"])));
  const names = Object.keys(attributes).filter((key) => ![...ASKED, "exc_info", "message", "asctime", "origin", "extra"].includes(key));
  for (const key of names) expect([key, JSON.stringify(record.extra[key])]).toEqual([key, JSON.stringify(attributes[key])]);
  expect((record.extra["origin"] as { address: string }).address).toBe("127.0.0.1");
};

describe("records that the receiver reads the short way", () => {
  test("are what they are when the whole of them is parsed, and what is refused stays refused", async () => {
    const seed = Number(process.env["CORDWOOD_SEED"] ?? 11);
    const random = randomFrom(seed);
    const frames: Buffer[] = LINES.map((line) => framed(Buffer.from(line)));
    for (const line of LINES)
      for (const [from, to] of PIECES)
        frames.push(framed(Buffer.from(from === "}" ? line.replace(/\}$/, () => to) : line.replace(from, () => to))));
    for (let i = 0; i < scaled(50_000); i++) {
      const bytes = Buffer.from(LINES[Math.floor(random() * LINES.length)]!);
      for (let k = Math.floor(random() * 3); k >= 0; k--) {
        const at = Math.floor(random() * bytes.length);
        // Mostly a byte of JSON's own, so that much of it stays well-formed.
        bytes[at] = random() < 0.7 ? '{}[]",:0123456789.eE+-\\ntfu '.charCodeAt(Math.floor(random() * 28)) : Math.floor(random() * 256);
      }
      frames.push(framed(bytes));
    }
    const records: LogRecord[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void records.push(record) }).start();
    const wanted = frames.map(parsedWhole).filter((attributes) => attributes !== undefined);
    for (let at = 0; at < frames.length; at += 500) {
      const socket = await dial(receiver);
      socket.end(Buffer.concat(frames.slice(at, at + 500)));
      await until("the end", () => socket.closed || socket.resume().destroyed);
    }
    console.log(`lines: ${frames.length} (seed ${seed}); records: ${records.length}; refused: ${frames.length - wanted.length}`);
    expect(records.length).toBe(wanted.length);
    records.forEach((record, i) => {
      expectSame(record, wanted[i]!);
    });
    expect(wanted.length).toBeGreaterThan(frames.length / 20);
    expect(frames.length - wanted.length).toBeGreaterThan(frames.length / 20);
    expect(receiver.stats().refused).toEqual({ payload: frames.length - wanted.length });
    await receiver.close();
  });

  test("can be changed and copied like any other", async () => {
    const records: LogRecord[] = [];
    const receiver = await new LogReceiver({ tcp: { port: 0 } }, { onRecord: (record) => void records.push(record) }).start();
    (await dial(receiver)).end(framed(Buffer.from(LINES[0]!)));
    await until("the record", () => records.length === 1);
    const copy = records[0]!.with({ msecs: 5, lineno: 9, user: "x" });
    expect([copy.msecs, copy.lineno, copy.pathname, copy.extra["user"]]).toEqual([5, 9, "src/a.ts", "x"]);
    expect([records[0]!.lineno, records[0]!.process]).toEqual([3, JSON.parse(LINES[0]!).process]);
    await receiver.close();
  });
});

describe("a receiver whose loggers write to files", () => {
  test("has every record in the file before it confirms it", async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, "received.log");
    const handler = new FileHandler(file);
    getLogger().addHandler(handler);
    const receiver = await new LogReceiver({ tcp: { port: 0 } }).start();
    const sender = new SocketHandler("127.0.0.1", receiver.addresses().tcp!.port, { delivery: "acknowledged" });
    let looks = 0;
    for (let i = 0; i < 5_000; i++) sender.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${i}` }));
    while (sender.stats().queued > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const { delivered } = sender.stats();
      expect(readFileSync(file, "latin1").split("\n").length - 1).toBeGreaterThanOrEqual(delivered);
      looks++;
    }
    expect(looks).toBeGreaterThan(3);
    expect(handler.stats()).toEqual({ accepted: 5_000, delivered: 5_000, queued: 0, dropped: {}, failed: {} });
    await sender.close();
    await receiver.close();
    folder.remove();
  });

  test("writes once for many records that came together, and leaves handlers alone that cannot be corked", async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, "received.log");
    let corks = 0;
    class Counting extends FileHandler {
      override cork(): void {
        corks++;
        super.cork();
      }
    }
    class Failing extends StreamHandler {
      cork(): void {
        throw new Error("cannot");
      }
      uncork(): void {
        throw new Error("cannot either");
      }
    }
    const handler = new Counting(file);
    let written = 0;
    getLogger().addHandler(handler);
    getLogger().addHandler(new Failing({ write: () => ++written > 0 }));
    const receiver = await new LogReceiver({ tcp: { port: 0 } }).start();
    const socket = await dial(receiver);
    const line = framed(Buffer.from(LINES[0]!));
    socket.write(Buffer.concat(Array.from({ length: 1_000 }, () => line)));
    await until("all", () => receiver.stats().received === 1_000);
    expect([written, corks > 0, corks < 100]).toEqual([1_000, true, true]);
    const before = corks;
    socket.write(line);
    await until("one more", () => receiver.stats().received === 1_001);
    expect(corks).toBe(before);
    expect(readFileSync(file, "latin1").split("\n").length - 1).toBe(1_001);
    socket.destroy();
    await receiver.close();
    folder.remove();
  });
});
