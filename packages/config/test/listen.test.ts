import { randomBytes } from "node:crypto";
import { symlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ConfigServer,
  dictConfig,
  drawTree,
  fetchTree,
  hmacSigner,
  hmacVerifier,
  type ListenOptions,
  type LoggingConfig,
  listen,
  sendConfig,
  stopListening,
} from "@cordwood/config";
import { getLogger, getLoggers, Handler, type LogRecord, resetLogging, setErrorReporter, setLastResort } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

class Kept extends Handler {
  readonly records: LogRecord[] = [];
  protected override emit(record: LogRecord): void {
    this.records.push(record);
  }
}

let log: Kept;
let reports: string[] = [];
beforeEach(() => {
  resetLogging();
  setLastResort(null);
  reports = [];
  setErrorReporter((report) => reports.push(report.message));
  log = new Kept();
  getLogger().addHandler(log);
});
afterEach(async () => {
  await stopListening();
  resetLogging();
});

const open = (options: ListenOptions = {}): Promise<ConfigServer> => listen({ port: 0, ...options });
const incremental = (loggers: Record<string, unknown>, more: Record<string, unknown> = {}): LoggingConfig =>
  ({ version: 1, incremental: true, loggers, ...more }) as unknown as LoggingConfig;
const messages = (): string[] => log.records.map((record) => record.getMessage());

/** Sends bytes as they are, waits until the server closes, gives what it said. */
const raw = async (port: number, chunks: readonly Uint8Array[], pauseMs = 0): Promise<Buffer> => {
  const socket = connect({ host: "127.0.0.1", port });
  const answer: Buffer[] = [];
  const closed = new Promise<void>((resolve) =>
    socket
      .on("data", (chunk: Buffer) => answer.push(chunk))
      .on("error", () => {})
      .once("close", () => resolve()),
  );
  for (const chunk of chunks) {
    if (socket.destroyed) break;
    socket.write(chunk);
    if (pauseMs > 0) await Promise.race([sleep(pauseMs), closed]);
  }
  await closed;
  return Buffer.concat(answer);
};

const framed = (payload: string | Uint8Array): Buffer => {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
};

describe("scope levels", () => {
  test("changes levels, keeps handlers, and writes who changed what into the log", async () => {
    const { port } = await open();
    const result = await sendConfig(
      { version: 1, loggers: { "app.db": { level: "DEBUG", propagate: true } }, root: { level: "ERROR" } },
      { port, reply: true },
    );
    expect(result).toEqual({ ok: true, changed: ["app.db.level: NOTSET → DEBUG", "root.level: WARNING → ERROR"], error: undefined });
    expect([getLogger("app.db").level, getLogger().level, getLogger().handlers]).toEqual([10, 40, [log]]);
    getLogger().setLevel("INFO");
    await sendConfig(incremental({ "app.db": { level: "INFO" } }), { port, reply: true });
    expect(messages()).toEqual([expect.stringMatching(/^levels changed by 127\.0\.0\.1: app\.db\.level: DEBUG → INFO$/)]);
    expect([log.records[0]?.name, log.records[0]?.levelname]).toEqual(["cordwood.config", "WARNING"]);
    expect(getLoggers().map((logger) => logger.name)).not.toContain("cordwood.config");
  });

  test("a name with a line break forges no line of the log and none of the tree", async () => {
    const { port } = await open();
    await sendConfig(incremental({ "a\nCRITICAL root all is lost": { level: "DEBUG" } }), { port });
    await expect.poll(() => messages().length).toBe(1);
    expect(messages()[0]?.split("\n")).toHaveLength(1);
    expect(drawTree().trimEnd().split("\n")).toHaveLength(3);
  });

  const refused: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ["a file", { handlers: { h: { class: "logging.FileHandler", filename: "/etc/cron.d/x" } } }, "handlers.h.class"],
    ["a host", { handlers: { h: { level: "INFO", host: "169.254.169.254" } } }, "handlers.h.host"],
    ["what stands inside an option", { handlers: { h: { level: "INFO", spool: { directory: "/etc" } } } }, "handlers.h.spool"],
    ["certificates", { handlers: { h: { tls: { key: "/etc/ssl/private", passphrase: "s3cret" } } } }, "handlers.h.tls"],
    ["handlers of a logger", { loggers: { a: { handlers: ["h"] } } }, "loggers.a.handlers"],
    ["formatters", { formatters: {} }, "formatters"],
    ["filters", { loggers: { a: { filters: [] } } }, "loggers.a.filters"],
    ["disabling what exists", { disable_existing_loggers: true }, "disable_existing_loggers"],
    ["looking something up", { root: { level: "cfg://version" } }, "root.level"],
    ["a stream", { root: { level: "ext://sys.stdout" } }, "root.level"],
    ["extending a file", { extends: "/etc/passwd" }, "extends"],
  ];
  for (const [what, document, path] of refused) {
    test(`refuses ${what}`, async () => {
      const { port } = await open();
      const before = drawTree();
      const { ok, error } = await sendConfig({ version: 1, ...document } as unknown as LoggingConfig, { port, reply: true });
      expect([ok, error?.startsWith(`${path}: `)]).toEqual([false, true]);
      expect(error).not.toContain("s3cret");
      expect(drawTree()).toBe(before);
      expect(reports).toHaveLength(1);
    });
  }

  test("refuses an INI file, which always names handlers", async () => {
    const { port } = await open();
    await sendConfig(
      "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\nhandlers=h\n[handler_h]\nclass=FileHandler\nargs=('/tmp/never-made.log',)\n",
      { port },
    );
    expect(getLogger().handlers).toEqual([log]);
    expect(reports).toHaveLength(1);
  });
});

describe("scope full within bounds", () => {
  const send = (handler: Record<string, unknown>, port: number): ReturnType<typeof sendConfig> =>
    sendConfig({ version: 1, handlers: { h: handler }, root: { handlers: ["h"] } } as unknown as LoggingConfig, { port, reply: true });

  test("files must lie in the folders, whatever dots and links say", async () => {
    using folder = temporaryFolder();
    using other = temporaryFolder();
    symlinkSync(other.path, join(folder.path, "link"));
    const { port } = await open({ scope: "full", folders: [folder.path] });
    const file = (filename: string): Record<string, unknown> => ({ class: "logging.FileHandler", filename });
    for (const name of [
      "/etc/cron.d/x",
      join(other.path, "x.log"),
      join(folder.path, "..", "x.log"),
      join(folder.path, "link", "x.log"),
      `${folder.path}x.log`,
    ]) {
      expect(await send(file(name), port)).toMatchObject({
        ok: false,
        error: "handlers.h.filename: lies outside of the folders that a remote document may name",
      });
    }
    expect(await send({ class: "SocketHandler", host: "127.0.0.1", port: 9, spool: { directory: other.path } }, port)).toMatchObject({
      ok: false,
    });
    expect((await send(file(join(folder.path, "x.log")), port)).ok).toBe(true);
  });

  test("hosts must be among those named", async () => {
    const { port } = await open({ scope: "full", hosts: ["127.0.0.1", "logs.example"] });
    for (const handler of [
      { class: "SocketHandler", host: "169.254.169.254", port: 80 },
      { class: "HTTPHandler", host: "169.254.169.254:80", url: "/latest/meta-data" },
      { class: "HTTPHandler", host: "logs.example.evil.net", url: "/" },
      { class: "SysLogHandler", address: ["evil.example", 514] },
      { class: "SysLogHandler", address: { host: "evil.example", port: 514 } },
      { class: "SMTPHandler", mailhost: ["evil.example", 25], fromaddr: "a@b", toaddrs: "c@d", subject: "s" },
    ]) {
      expect(await send(handler, port)).toMatchObject({ ok: false, error: expect.stringContaining("is not among the hosts") });
    }
    expect((await send({ class: "HTTPHandler", host: "logs.example:9022", url: "/log" }, port)).ok).toBe(true);
  });
});

describe("for a time", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test("levels return when their time is over, in the order that was asked for", async () => {
    const { port } = await open();
    const app = getLogger("app");
    app.setLevel("ERROR");
    await sendConfig(incremental({ app: { level: "DEBUG" } }), { port, reply: true, lifetimeMs: 1_200 });
    await sendConfig(incremental({ app: { level: "INFO" } }), { port, reply: true, lifetimeMs: 600 });
    expect(app.level).toBe(20);
    vi.advanceTimersByTime(600);
    expect(app.level).toBe(10);
    vi.advanceTimersByTime(600);
    expect(app.level).toBe(40);
    expect(messages().filter((text) => text.includes("as before"))).toHaveLength(2);
  });

  test("a shorter time under a longer one takes nothing from it", async () => {
    const { port } = await open({ lifetimeMs: 60_000 });
    const app = getLogger("app");
    await sendConfig(incremental({ app: { level: "DEBUG" } }), { port, reply: true, lifetimeMs: 400 });
    await sendConfig(incremental({ app: { level: "INFO" } }), { port, reply: true, lifetimeMs: 900 });
    vi.advanceTimersByTime(600);
    expect(app.level).toBe(20);
    vi.advanceTimersByTime(300);
    expect(app.level).toBe(0);
    await sendConfig(incremental({ app: { level: "INFO" } }), { port, reply: true, lifetimeMs: 90_000 });
    vi.advanceTimersByTime(60_000);
    expect(app.level).toBe(0);
  });

  test("what was changed again meanwhile is left as it is", async () => {
    const { port } = await open();
    await sendConfig(incremental({ app: { level: "DEBUG" } }), { port, reply: true, lifetimeMs: 600_000 });
    getLogger("app").setLevel("CRITICAL");
    vi.advanceTimersByTime(600_000);
    expect(messages().some((text) => text.includes("as before"))).toBe(true);
    expect(getLogger("app").level).toBe(50);
  });

  test("a whole configuration gives way to the one before it", async () => {
    await dictConfig({ version: 1, handlers: { h: { class: "MemoryHandler", capacity: 7 } }, root: { level: "INFO", handlers: ["h"] } });
    const { port } = await open({ scope: "full" });
    const result = await sendConfig({ version: 1, root: { level: "DEBUG", handlers: [] } }, { port, reply: true, lifetimeMs: 400 });
    expect([result.ok, getLogger().level, getLogger().handlers.length]).toEqual([true, 10, 0]);
    vi.advanceTimersByTime(400);
    vi.useRealTimers();
    await expect.poll(() => getLogger().level).toBe(20);
    expect((getLogger().handlers[0] as unknown as { capacity: number }).capacity).toBe(7);
  });
});

describe("attacks", () => {
  test("a length of 4 GiB is refused at once", async () => {
    const { port } = await open();
    const before = process.memoryUsage().rss;
    await raw(port, [Buffer.from([255, 255, 255, 255]), Buffer.alloc(1_000)]);
    await raw(port, [Buffer.from("POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n{}")]);
    expect(process.memoryUsage().rss - before).toBeLessThan(16 * 1024 * 1024);
    expect(messages()).toEqual([
      expect.stringContaining("a message of 4294967295 bytes; at most 65536 are read"),
      expect.stringContaining("a message of 1347375956 bytes"),
    ]);
  });

  test("one byte at a time ends with the time limit", async () => {
    const { port } = await open({ timeoutMs: 150 });
    const started = Date.now();
    await raw(
      port,
      Array.from(framed('{"version":1,"incremental":true,"root":{"level":"DEBUG"}}'), (byte) => Buffer.from([byte])),
      20,
    );
    expect(Date.now() - started).toBeLessThan(1_000);
    expect(getLogger().level).toBe(30);
    expect(messages()[0]).toContain("not complete after 150 ms");
  });

  test("deep nesting, huge documents and keys that reach prototypes change nothing", async () => {
    const { port } = await open({ scope: "full", maxBytes: 1_000_000 });
    const before = drawTree();
    for (const payload of [
      `{"version":1,"x-a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      `{"version":1,"x-a":[${"0,".repeat(150_000)}0]}`,
      '{"version":1,"__proto__":{"polluted":1}}',
      '{"version":1,"loggers":{"constructor":{"level":"DEBUG"}}}',
      '{"version":1,"handlers":{"h":{"class":"logging.NullHandler",".":{"__proto__":{"polluted":1}}}}}',
      '{"version":1,"handlers":{"h":{"()":"child_process.execSync","cmd":"true"}}}',
      '{"version":1,"handlers":{"h":{"()":"ext://process.exit"}}}',
      '{"version":1,"handlers":{"h":{"class":"logging.StreamHandler","stream":"ext://globalThis"}}}',
      '{"version":1,"formatters":{"f":{"()":"node:fs"}}}',
      "\u0000".repeat(1_000),
    ]) {
      await raw(port, [framed(payload)]);
      expect(drawTree()).toBe(before);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("a message that is no JSON is told without a piece of it", async () => {
    const { port } = await open({ scope: "full" });
    await raw(port, [framed('{"version":1,"password":"hunter2-secret",}')]);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain("the message is no JSON");
    expect(reports.join()).not.toContain("hunter2");
  });

  test("more connections than allowed are dropped, and the rest still served", async () => {
    const { port } = await open({ maxConnections: 2, timeoutMs: 500 });
    const idle = [connect({ host: "127.0.0.1", port }), connect({ host: "127.0.0.1", port })];
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    await raw(port, [framed("{}")]);
    for (const socket of idle) socket.destroy();
    await expect.poll(async () => (await sendConfig(incremental({}), { port, reply: true }).catch(() => ({ ok: false }))).ok).toBe(true);
  });

  test("refusals are written five times a minute at most", async () => {
    const { port } = await open({ verify: () => null });
    for (let i = 0; i < 20; i++) await raw(port, [framed("{}")]);
    expect(messages().length).toBeLessThanOrEqual(5);
    expect(reports).toEqual([]);
  });

  test("listens on other addresses only with verify", async () => {
    await expect(listen({ port: 0, host: "0.0.0.0" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(listen({ port: 0, host: "0.0.0.0", verify: () => null })).resolves.toBeDefined();
    await expect(listen({ port: -1 } as ListenOptions).catch((error: Error) => error.constructor.name)).resolves.toMatch(
      /^(LoggingError|ConfigError|RangeError)$/,
    );
  });
});

describe("signatures", () => {
  const secret = "a secret of more than thirty-two bytes in all";
  const payload = new TextEncoder().encode('{"version":1,"incremental":true,"root":{"level":"DEBUG"}}');

  test("a signed message is applied, and its key named in the log", async () => {
    const { port } = await open({ verify: hmacVerifier({ keys: { alice: secret } }) });
    await sendConfig(payload, { port, sign: hmacSigner({ secret, key: "alice" }) });
    expect(getLogger().level).toBe(10);
    expect(messages()[0]).toMatch(/^levels changed by alice at 127\.0\.0\.1: root\.level: WARNING → DEBUG$/);
  });

  const verify = hmacVerifier({ secret });
  const signed = hmacSigner({ secret })(payload);
  const cases: Readonly<Record<string, Uint8Array>> = {
    "no signature": payload,
    "another secret": hmacSigner({ secret: `${secret}!` })(payload),
    "an unknown key": hmacSigner({ secret, key: "mallory" })(payload),
    "a changed byte": Uint8Array.from(signed, (byte, index) => (index === signed.length - 3 ? byte ^ 1 : byte)),
    "a changed time": Buffer.from(
      Buffer.from(signed)
        .toString("latin1")
        .replace(/ (\d{13}) /, (_, time: string) => ` ${Number(time) + 1} `),
      "latin1",
    ),
    "an empty message": new Uint8Array(),
  };
  for (const [what, message] of Object.entries(cases)) {
    test(`${what} is refused`, () => {
      expect(verify(message)).toBeNull();
    });
  }

  test("a message is taken once, within its time, and not if older than the verifier", () => {
    let now = Date.now();
    const timed = hmacVerifier({ secret, clock: () => now });
    const message = hmacSigner({ secret })(payload);
    expect(Buffer.from(timed(message)?.payload ?? []).equals(Buffer.from(payload))).toBe(true);
    expect(timed(message)).toBeNull();
    const late = hmacSigner({ secret })(payload);
    now += 61_000;
    expect(timed(late)).toBeNull();
    expect(hmacVerifier({ secret, clock: () => Date.now() + 10_000 })(hmacSigner({ secret })(payload))).toBeNull();
  });

  test("a hundred thousand guesses get nowhere, and the true signature is taken after them", () => {
    const check = hmacVerifier({ secret });
    const genuine = hmacSigner({ secret })(payload);
    const guess = Buffer.from(genuine);
    const at = guess.indexOf("\n") - 64;
    const guesses = randomBytes(32 * 100_000);
    let accepted = 0;
    for (let i = 0; i < 100_000; i++) {
      guess.write(guesses.toString("hex", i * 32, (i + 1) * 32), at, "latin1");
      if (check(guess) !== null) accepted++;
    }
    expect(accepted).toBe(0);
    expect(check(genuine)).toMatchObject({ who: "default" });
  }, 30_000);

  test("secrets that are too short are refused, and not shown", () => {
    expect(() => hmacSigner({ secret: "short-secret" })).toThrow(
      "the secret has 12 bytes; give at least 32, such as crypto.randomBytes(32)",
    );
    expect(() => hmacVerifier({})).toThrow("no secret");
  });
});

describe("the rest", () => {
  test("tells how the loggers stand, once verify has agreed", async () => {
    getLogger("app.db").setLevel("DEBUG");
    const { port } = await open();
    expect(drawTree(await fetchTree({ port }))).toBe(drawTree());
    const closed = await open({ verify: () => null });
    await expect(fetchTree({ port: closed.port })).rejects.toMatchObject({ code: "REPLY_MISSING" });
  });

  test("says nothing to a sender that does not ask, as Python's server", async () => {
    const { port } = await open();
    expect((await raw(port, [framed('{"version":1,"incremental":true}')])).length).toBe(0);
  });

  test("closes for good, and tells a port that is taken", async () => {
    const server = await open();
    await expect(listen({ port: server.port })).rejects.toMatchObject({ code: "LISTEN_FAILED" });
    await server.close();
    await server.close();
    await expect(sendConfig(incremental({}), { port: server.port })).rejects.toMatchObject({ code: "SEND_FAILED" });
  });

  test("applies messages that come together one after the other", async () => {
    const { port } = await open({ scope: "full" });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => sendConfig({ version: 1, root: { level: i + 1, handlers: [] } }, { port, reply: true })),
    );
    expect(results.every((result) => result.ok)).toBe(true);
  });
});
