import { createSocket } from "node:dgram";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { Handler, LogRecord } from "@cordwood/core";
import { handlerConformance } from "@cordwood/core/testing";
import { DatagramHandler, HttpHandler, LogReceiver, SmtpHandler, SocketHandler, SysLogHandler } from "@cordwood/handlers-net";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { MailServer } from "./support/mail-server.js";

// Servers and processes of a loaded machine take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const folder = temporaryFolder();
const records: LogRecord[] = [];
const receiver = new LogReceiver(
  { tcp: { port: 0 }, udp: { port: 0 }, unix: { path: join(folder.path, "s") }, http: { port: 0 } },
  { onRecord: (record) => void records.push(record) },
);
let syslogLines: string[] = [];
const syslog = createSocket("udp4");
const mails = new MailServer({ disabledCommands: ["STARTTLS"] });
/** Accepts connections and breaks each: a far side that is there and takes nothing. */
const broken = createServer((socket) => socket.destroy());
const brokenHttp = createHttpServer((_request, response) => response.writeHead(400).end());

beforeAll(async () => {
  await receiver.start();
  syslog.on("message", (bytes) =>
    syslogLines.push(
      bytes
        .toString()
        .replace(/^<\d+>/, "")
        .replace(/\0$/, ""),
    ),
  );
  await new Promise<void>((resolve) => syslog.bind(0, "127.0.0.1", resolve));
  await mails.start();
  await new Promise<void>((resolve) => broken.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => brokenHttp.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await receiver.close();
  syslog.close();
  await mails.close();
  broken.close();
  brokenHttp.close();
  folder.remove();
});

const firstLine = (text: string): string => text.split("\n")[0]!;
/** Datagrams, and what an operating system holds, arrive a moment after they count as delivered. */
const settled = async (count: () => number): Promise<void> => {
  for (let before = -1; before !== count(); ) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};
const received = async (): Promise<string[]> => {
  await settled(() => records.length);
  return records.map((record) => firstLine(record.getMessage()));
};

interface Kind {
  readonly create: () => Handler;
  readonly delivered: () => Promise<readonly string[]>;
  readonly broken?: () => Handler;
}

const port = (name: "tcp" | "udp" | "http"): number => receiver.addresses()[name]!.port;
const local = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
const short = { reconnectInitialMs: 5, reconnectMaxMs: 10, closeTimeoutMs: 200 };
const fresh =
  (make: () => Handler): (() => Promise<Handler>) =>
  async () => {
    // What the case before has sent may still be on its way.
    await settled(() => records.length + syslogLines.length);
    records.length = 0;
    syslogLines = [];
    mails.mails.length = 0;
    return make();
  };

const kinds: Record<string, Kind> = {
  "SocketHandler (json over TCP)": {
    create: () => new SocketHandler("127.0.0.1", port("tcp")),
    delivered: received,
    broken: () => new SocketHandler("127.0.0.1", local(broken), short),
  },
  "SocketHandler (pickle over a Unix socket)": {
    create: () => new SocketHandler(join(folder.path, "s"), null, { codec: "pickle" }),
    delivered: received,
  },
  "SocketHandler (acknowledged)": {
    create: () => new SocketHandler("127.0.0.1", port("tcp"), { delivery: "acknowledged" }),
    delivered: received,
    broken: () => new SocketHandler("127.0.0.1", local(broken), { ...short, delivery: "acknowledged" }),
  },
  DatagramHandler: {
    create: () => new DatagramHandler("127.0.0.1", port("udp")),
    delivered: received,
    broken: () => new DatagramHandler("127.0.0.1", 1),
  },
  SysLogHandler: {
    create: () => new SysLogHandler({ address: ["127.0.0.1", syslog.address().port] }),
    delivered: async () => {
      await settled(() => syslogLines.length);
      return syslogLines.map(firstLine);
    },
    broken: () => new SysLogHandler({ address: ["127.0.0.1", local(broken)], transport: "tcp", ...short }),
  },
  "HttpHandler (form)": {
    create: () => new HttpHandler(`127.0.0.1:${port("http")}`, "/log", { method: "POST" }),
    delivered: received,
    broken: () => new HttpHandler(`127.0.0.1:${local(brokenHttp)}`, "/"),
  },
  "HttpHandler (ndjson, gzip)": {
    create: () => new HttpHandler(`127.0.0.1:${port("http")}`, "/log", { format: "ndjson", gzip: true }),
    delivered: received,
  },
  "SmtpHandler (digest)": {
    create: () =>
      new SmtpHandler(["127.0.0.1", mails.port], "app@example.com", "ops@example.com", "Alert", { digest: { maxRecords: 1_000 } }),
    delivered: async () => mails.mails.flatMap((mail) => mail.body.trimEnd().split("\n")),
    broken: () =>
      new SmtpHandler(["127.0.0.1", local(broken)], "app@example.com", "ops@example.com", "Alert", { digest: true, maxAttempts: 1 }),
  },
};

for (const [name, kind] of Object.entries(kinds)) {
  describe(`conformance: ${name}`, () => {
    for (const each of handlerConformance({ create: fresh(kind.create), delivered: kind.delivered })) test(each.name, each.run);
    if (kind.broken === undefined) return;
    const failing = handlerConformance({ create: fresh(kind.broken), delivered: async () => [], breakTarget: () => {} });
    for (const each of failing) if (each.name === "survives a broken target") test(each.name, each.run);
  });
}
