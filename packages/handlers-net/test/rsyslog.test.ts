import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { makeLogRecord, setErrorReporter } from "@cordwood/core";
import { SysLogHandler, type SysLogHandlerOptions } from "@cordwood/handlers-net";
import { missingService, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CertificateAuthority } from "./support/certificates.js";
import { until } from "./support/until.js";

// Servers and processes of a loaded machine take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const missing = await missingService("rsyslogd");
/** Users have no `sbin` in their paths. */
const RSYSLOGD = spawnSync("sh", ["-c", 'PATH="$PATH:/usr/sbin:/sbin"; command -v rsyslogd'], { encoding: "utf8" }).stdout.trim();
const noTls = missing !== false || spawnSync("sh", ["-c", "ls /usr/lib/*/rsyslog/lmnsd_gtls.so"]).status !== 0;
if (missing === false && noTls) console.warn("skipped over TLS: rsyslog-gnutls is not installed");

const folder = temporaryFolder();
const output = join(folder.path, "received.jsonl");
const socketPath = join(folder.path, "syslog.sock");
let daemon: ChildProcess | undefined;
const ports = { udp: 0, tcp: 0, tls: 0 };
let ca = "";

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
};

/** A daemon with a configuration of its own: every transport in, one line of JSON for each message out. */
const configuration = (tls: string): string => `
global(workDirectory="${folder.path}" ${tls === "" ? "" : `defaultNetstreamDriverCAFile="${folder.path}/ca.pem" defaultNetstreamDriverCertFile="${tls}.pem" defaultNetstreamDriverKeyFile="${tls}.key"`})
module(load="imudp")
module(load="imtcp")
module(load="imptcp")
template(name="line" type="list" option.jsonf="on") {
  property(outname="priority" name="pri" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="process" name="procid" format="jsonf")
  property(outname="id" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
  property(outname="raw" name="rawmsg" format="jsonf")
}
ruleset(name="out") { action(type="omfile" file="${output}" template="line" asyncWriting="off" flushOnTXEnd="on") }
input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="out")
input(type="imptcp" address="127.0.0.1" port="${ports.tcp}" ruleset="out")
input(type="imptcp" path="${socketPath}" unlink="on" ruleset="out")
${tls === "" ? "" : `input(type="imtcp" address="127.0.0.1" port="${ports.tls}" ruleset="out" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")`}
`;

beforeAll(async () => {
  setErrorReporter(() => {});
  if (missing !== false) return;
  for (const name of ["udp", "tcp", "tls"] as const) ports[name] = await freePort();
  let tls = "";
  if (!noTls) {
    const authority = new CertificateAuthority(folder.path);
    ca = authority.ca;
    tls = authority.issue("localhost", { address: true }).certPath.replace(/\.pem$/, "");
  }
  writeFileSync(join(folder.path, "rsyslog.conf"), configuration(tls));
  daemon = spawn(RSYSLOGD, ["-n", "-f", join(folder.path, "rsyslog.conf"), "-i", join(folder.path, "rsyslog.pid")], { stdio: "ignore" });
  await until("rsyslogd to listen", () => existsSync(socketPath));
});

afterAll(() => {
  daemon?.kill("SIGKILL");
  setErrorReporter(null);
  folder.remove();
});

interface Received {
  readonly priority: string;
  readonly host: string;
  readonly app: string;
  readonly process: string;
  readonly id: string;
  readonly data: string;
  readonly message: string;
  readonly raw: string;
}

const received = (mark: string): Received[] =>
  (existsSync(output) ? readFileSync(output, "utf8").split("\n") : [])
    .filter((line) => line.includes(mark))
    .map((line) => JSON.parse(line) as Received);

let marks = 0;
/** Sends messages that carry a mark of their own, and gives what the daemon made of them. */
const exchange = async (
  options: SysLogHandlerOptions,
  messages: readonly string[],
  fields: Record<string, unknown> = {},
): Promise<Received[]> => {
  const mark = `mark-${++marks}-end`;
  const handler = new SysLogHandler({ facility: "local2", reconnectInitialMs: 20, ...options });
  for (const msg of messages)
    handler.handle(makeLogRecord({ name: "app.db", levelno: 40, levelname: "ERROR", process: 4321, msg: `${mark} ${msg}`, ...fields }));
  await handler.flush();
  await until(`${messages.length} messages with ${mark}`, () => received(mark).length >= messages.length);
  await handler.close();
  expect(handler.stats()).toMatchObject({ accepted: messages.length, delivered: messages.length });
  return received(mark);
};

const transports: Record<string, () => SysLogHandlerOptions> = {
  UDP: () => ({ address: ["127.0.0.1", ports.udp] }),
  TCP: () => ({ address: ["127.0.0.1", ports.tcp], transport: "tcp" }),
  TLS: () => ({ address: ["127.0.0.1", ports.tls], tls: { ca } }),
  "a Unix socket": () => ({ address: socketPath }),
};

describe("rsyslog", () => {
  for (const [name, where] of Object.entries(transports)) {
    const skip = missing !== false || (name === "TLS" && noTls);
    const framings = name === "UDP" ? [undefined] : (["octet-counting", "newline"] as const);
    for (const framing of framings) {
      const how = framing === undefined ? name : `${name}, ${framing}`;
      const base = (): SysLogHandlerOptions => ({ ...where(), ...(framing === undefined ? {} : { framing }) });

      test.skipIf(skip)(`receives RFC 5424 over ${how}`, async () => {
        const messages = ["first – ünïcode 😀", "second 100%", 'third ] " \\ end'];
        const got = await exchange({ ...base(), protocol: "rfc5424", hostname: "box.example" }, messages, {
          user: 'a"]\\b',
          msgid: "ID47",
          nested: { a: [1] },
        });
        got.forEach((each, index) => {
          expect(each.priority).toBe(String(18 * 8 + 3));
          expect([each.host, each.app, each.process, each.id]).toEqual(["box.example", "app.db", "4321", "ID47"]);
          expect(each.data).toBe('[fields@32473 user="a\\"\\]\\\\b" nested="{\\"a\\":[1\\]}"]');
          expect(each.message.replace(/^\ufeff/, "")).toMatch(
            new RegExp(`^mark-\\d+-end ${messages[index]!.replace(/[\]\\"]/g, "\\$&")}$`),
          );
        });
      });

      test.skipIf(skip)(`receives RFC 3164 over ${how}`, async () => {
        const got = await exchange({ ...base(), appendNul: false, ident: "myapp: " }, ["one", "two"]);
        got.forEach((each, index) => {
          expect(each.priority).toBe(String(18 * 8 + 3));
          expect(each.raw).toMatch(new RegExp(`^<147>myapp: mark-\\d+-end ${["one", "two"][index]}$`));
        });
      });
    }
  }

  test.skipIf(missing)("a line break in a message begins no other message", async () => {
    for (const framing of ["octet-counting", "newline"] as const) {
      const got = await exchange({ ...transports["TCP"]!(), framing, protocol: "rfc5424" }, ["one\n<0>1 - evil forged - - - two"], {
        'k ey]="': "v\n<0>",
      });
      expect(got.length).toBe(1);
      expect(got[0]!.priority).toBe("147");
      expect(got[0]!.app).toBe("app.db");
    }
  });

  test.skipIf(missing)("receives everything after it was away", async () => {
    const mark = "restart-mark";
    const handler = new SysLogHandler({ ...transports["TCP"]!(), protocol: "rfc5424", reconnectInitialMs: 20, reconnectMaxMs: 50 });
    const log = (from: number, to: number): void => {
      for (let i = from; i < to; i++) handler.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `${mark} ${i}` }));
    };
    log(0, 100);
    await until("the first", () => received(mark).length === 100);
    const gone = new Promise((resolve) => daemon!.once("exit", resolve));
    daemon!.kill("SIGTERM");
    await gone;
    log(100, 200);
    daemon = spawn(RSYSLOGD, ["-n", "-f", join(folder.path, "rsyslog.conf"), "-i", join(folder.path, "rsyslog2.pid")], {
      stdio: "ignore",
    });
    await until("all", () => received(mark).length === 200);
    await handler.close();
    expect(handler.stats()).toMatchObject({ accepted: 200, delivered: 200 });
  });
});
