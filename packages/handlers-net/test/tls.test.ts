import { copyFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { createServer, type TlsOptions as NodeTlsOptions } from "node:tls";
import { type Handler, type LogRecord, makeLogRecord, setErrorReporter } from "@cordwood/core";
import { HttpHandler, LogReceiver, SmtpHandler, SocketHandler, SysLogHandler, type TlsOptions } from "@cordwood/handlers-net";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { CertificateAuthority } from "./support/certificates.js";
import { MailServer } from "./support/mail-server.js";
import { until } from "./support/until.js";

// Fault tests with their full counts take minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const folder = temporaryFolder();
const authority = new CertificateAuthority(folder.path);
const good = authority.issue("localhost", { address: true });
const servers: { close(): unknown }[] = [];
let reports: string[] = [];

beforeAll(() => setErrorReporter((report) => void reports.push(`${report.message} ${String(report.error)}`)));
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  reports = [];
});
afterAll(() => {
  setErrorReporter(null);
  folder.remove();
});

const record = makeLogRecord({ name: "app", levelno: 40, levelname: "ERROR", msg: "a secret" });

/** A server that notes whether anything was said to it under TLS. */
interface Target {
  readonly port: number;
  readonly heard: () => string;
}

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
};

const streamTarget = async (options: NodeTlsOptions): Promise<Target> => {
  let text = "";
  const server = createServer(options, (socket) => socket.on("data", (chunk: Buffer) => (text += chunk.toString())).on("error", () => {}));
  server.on("tlsClientError", () => {});
  return { port: await listen(server), heard: () => text };
};

const httpTarget = async (options: NodeTlsOptions): Promise<Target> => {
  let text = "";
  const server = createHttpsServer(options, (request, response) => {
    text += request.url;
    response.end();
  });
  return { port: await listen(server), heard: () => text };
};

const mailTarget = async (options: NodeTlsOptions): Promise<Target> => {
  const server = await new MailServer({ ...options, secure: true } as object).start();
  servers.push(server);
  return { port: server.port, heard: () => server.mails.map((mail) => mail.body).join("") };
};

const starttlsTarget = async (options: NodeTlsOptions): Promise<Target> => {
  const server = await new MailServer(options as object).start();
  servers.push(server);
  return { port: server.port, heard: () => server.mails.map((mail) => mail.body).join("") };
};

const quick = { reconnectInitialMs: 5, reconnectMaxMs: 10, closeTimeoutMs: 400 };

/** Every handler that speaks TLS, and a server for it. */
const kinds: Record<
  string,
  { readonly target: (options: NodeTlsOptions) => Promise<Target>; readonly make: (port: number, tls: TlsOptions) => Handler }
> = {
  SocketHandler: { target: streamTarget, make: (port, tls) => new SocketHandler("127.0.0.1", port, { tls, ...quick }) },
  "SocketHandler, acknowledged": {
    target: streamTarget,
    make: (port, tls) => new SocketHandler("127.0.0.1", port, { tls, delivery: "acknowledged", ...quick }),
  },
  SysLogHandler: { target: streamTarget, make: (port, tls) => new SysLogHandler({ address: ["127.0.0.1", port], tls, ...quick }) },
  HttpHandler: {
    target: httpTarget,
    make: (port, tls) =>
      new HttpHandler(`127.0.0.1:${port}`, "/log", { secure: true, tls, closeTimeoutMs: 400, maxAttempts: 2, retryInitialMs: 5 }),
  },
  "SmtpHandler, implicit": {
    target: mailTarget,
    make: (port, tls) =>
      new SmtpHandler(["127.0.0.1", port], "a@example.com", "b@example.com", "s", {
        secure: "implicit",
        tls,
        maxAttempts: 2,
        retryInitialMs: 5,
        closeTimeoutMs: 2_000,
      }),
  },
  "SmtpHandler, STARTTLS": {
    target: starttlsTarget,
    make: (port, tls) =>
      new SmtpHandler(["127.0.0.1", port], "a@example.com", "b@example.com", "s", {
        secure: true,
        tls,
        credentials: ["user", "password"],
        maxAttempts: 2,
        retryInitialMs: 5,
        closeTimeoutMs: 2_000,
      }),
  },
};

/** What must be refused, and the reason that must be given. */
const refusals: Record<string, { readonly server: () => NodeTlsOptions; readonly reason: RegExp }> = {
  "a certificate for another name": {
    server: () => authority.issue("other.example"),
    reason: /ERR_TLS_CERT_ALTNAME_INVALID|does not match|altnames/i,
  },
  "a certificate that signed itself": {
    server: () => authority.issue("localhost", { address: true, selfSigned: true }),
    reason: /self-signed/i,
  },
  "an expired certificate": { server: () => authority.issue("localhost", { address: true, expired: true }), reason: /expired/i },
  "TLS 1.1": {
    server: () => ({ ...good, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    reason: /protocol|version|EPROTO|alert|handshake|socket/i,
  },
};

for (const [name, { target, make }] of Object.entries(kinds)) {
  describe(`TLS: ${name}`, () => {
    for (const [what, { server, reason }] of Object.entries(refusals)) {
      test(`refuses ${what}, says why, and tells it nothing`, async () => {
        const { port, heard } = await target(server());
        const handler = make(port, { ca: authority.ca });
        handler.handle(record);
        await handler.close();
        expect(heard()).toBe("");
        expect(handler.stats()).toMatchObject({ accepted: 1, delivered: 0, queued: 0 });
        expect(reports.some((report) => reason.test(report))).toBe(true);
      });
    }

    test("speaks to a server whose certificate is right", async () => {
      const { port, heard } = await target(good);
      const handler = make(port, { ca: authority.ca });
      handler.handle(record);
      // A server that never confirms: that something arrived is what counts here.
      await until("something under TLS", () => heard() !== "" || handler.stats().delivered === 1);
      await handler.close();
    });
  });
}

describe("TLS", () => {
  test("there is no option that turns verification off, and none is ignored", () => {
    expect(() => new SocketHandler("localhost", 1, { tls: { rejectUnauthorized: false } as TlsOptions })).toThrow(
      expect.objectContaining({ code: "TLS_OPTION_INVALID" }),
    );
    expect(() => new SocketHandler("localhost", 1, { tls: { minVersion: "TLSv1" } as unknown as TlsOptions })).toThrow(/TLSv1.2/);
    expect(() => new SocketHandler("localhost", 1, { tls: { cert: good.cert } })).toThrow(/belong together/);
    expect(() => new SocketHandler("localhost", 1, { tls: { ca: "/no/such/file" } })).toThrow(
      expect.objectContaining({ code: "TLS_OPTION_INVALID" }),
    );
    expect(() => new HttpHandler("localhost", "/", { tls: { ca: authority.ca } })).toThrow(/secure/);
  });

  test("STARTTLS that a server does not offer is not gone without", async () => {
    const server = await new MailServer({ disabledCommands: ["STARTTLS"] }).start();
    servers.push(server);
    const handler = kinds["SmtpHandler, STARTTLS"]!.make(server.port, { ca: authority.ca });
    handler.handle(record);
    await handler.close();
    expect(server.mails).toEqual([]);
    expect(handler.stats()).toMatchObject({ delivered: 0, queued: 0 });
  });

  test("a receiver may ask for certificates, and keeps the name of the one shown", async () => {
    const records: LogRecord[] = [];
    const receiver = await new LogReceiver(
      { tcp: { port: 0, tls: { cert: good.cert, key: good.key, ca: authority.ca, requestCert: true } } },
      { onRecord: (each) => void records.push(each) },
    ).start();
    servers.push(receiver);
    const { port } = receiver.addresses().tcp!;
    const without = new SocketHandler("127.0.0.1", port, { tls: { ca: authority.ca }, delivery: "acknowledged", ...quick });
    without.handle(record);
    await without.close();
    expect(without.stats().delivered).toBe(0);
    const client = authority.issue("client.example");
    const withCertificate = new SocketHandler("127.0.0.1", port, {
      tls: { ca: authority.ca, cert: client.cert, key: client.key },
      delivery: "acknowledged",
      ...quick,
    });
    withCertificate.handle(record);
    await withCertificate.flush();
    expect(records.map((each) => each.extra["origin"])).toMatchObject([{ transport: "tls", certificate: "client.example" }]);
    await withCertificate.close();
  });

  test("certificates that are renewed on disk are taken up by both sides without a restart", async () => {
    const caPath = join(folder.path, "live-ca.pem");
    const certPath = join(folder.path, "live.pem");
    const keyPath = join(folder.path, "live.key");
    const expired = authority.issue("localhost", { address: true, expired: true });
    copyFileSync(expired.certPath, certPath);
    copyFileSync(expired.keyPath, keyPath);
    copyFileSync(authority.caPath, caPath);
    const receiver = await new LogReceiver(
      { tcp: { port: 0, tls: { cert: certPath, key: keyPath } } },
      { onRecord: () => {}, frameTimeoutMs: 100 },
    ).start();
    servers.push(receiver);
    const handler = new SocketHandler("127.0.0.1", receiver.addresses().tcp!.port, {
      tls: { ca: caPath },
      delivery: "acknowledged",
      reconnectInitialMs: 5,
      reconnectMaxMs: 10,
      closeTimeoutMs: 5_000,
    });
    handler.handle(record);
    await until("a refusal", () => reports.some((report) => /expired/.test(report)));
    copyFileSync(good.certPath, certPath);
    copyFileSync(good.keyPath, keyPath);
    await handler.flush();
    expect(handler.stats().delivered).toBe(1);
    await handler.close();
  });
});
