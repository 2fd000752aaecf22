import { type AddressInfo, createServer, type Socket } from "node:net";
import { type LogRecord, makeLogRecord, setErrorReporter } from "@cordwood/core";
import { SmtpHandler, type SmtpHandlerOptions } from "@cordwood/handlers-net";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { CertificateAuthority } from "./support/certificates.js";
import { MailServer } from "./support/mail-server.js";
import { until } from "./support/until.js";

// Servers and processes of a loaded machine take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const folder = temporaryFolder();
const authority = new CertificateAuthority(folder.path);
const server = new MailServer({ ...authority.issue("localhost", { address: true }) });
const closing: { close(): unknown }[] = [];
beforeAll(async () => {
  setErrorReporter(() => {});
  await server.start();
});
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
  server.mails.length = 0;
});
afterAll(async () => {
  setErrorReporter(null);
  await server.close();
  folder.remove();
});

const record = (msg: string, level = 40, name = "app"): LogRecord =>
  makeLogRecord({ name, levelno: level, levelname: level >= 40 ? "ERROR" : "INFO", msg });
const make = (options: SmtpHandlerOptions = {}, port = server.port, Kind = SmtpHandler): SmtpHandler => {
  const handler = new Kind(["127.0.0.1", port], "app@example.com", ["ops@example.com", "Bö Ops <bo@example.com>"], "Alert", {
    ...(options.secure === undefined ? {} : { tls: { ca: authority.ca } }),
    retryInitialMs: 5,
    retryMaxMs: 10,
    ...options,
  });
  closing.push(handler);
  return handler;
};

describe("SmtpHandler", () => {
  test("mails over TLS and with a login, to everybody", async () => {
    const handler = make({ secure: true, credentials: ["user", "secret"] });
    handler.handle(record("disk full – schlimm"));
    await handler.flush();
    expect(server.mails).toMatchObject([
      {
        from: "app@example.com",
        to: ["ops@example.com", "bo@example.com"],
        secure: true,
        user: "user:secret",
        subject: "Alert",
        body: "disk full – schlimm\n",
      },
    ]);
    expect(handler.stats()).toEqual({ accepted: 1, delivered: 1, queued: 0, dropped: {}, failed: {} });
  });

  test("a subject hook cannot begin another header, whatever it makes of a record", async () => {
    class Named extends SmtpHandler {
      override getSubject(each: LogRecord): string {
        return `${each.name}: ${each.getMessage()}`;
      }
    }
    const handler = make({}, server.port, Named);
    const hostile = "boom\r\nBcc: thief@example.com\r\n\r\ninjected\u0000 ünïcode";
    handler.handle(record(hostile, 40, "../../x\r\nX-Evil: 1"));
    await handler.flush();
    const [mail] = server.mails;
    expect(mail!.to).toEqual(["ops@example.com", "bo@example.com"]);
    expect([...mail!.headers.keys()].map((name) => name.toLowerCase())).not.toContain("bcc");
    expect(mail!.headers.has("X-Evil")).toBe(false);
    expect(mail!.subject).toContain("../../x X-Evil: 1: boom Bcc: thief@example.com injected");
    // Lines of the body that look like the end of a mail stay lines of the body.
    handler.handle(record("one\n.\nMAIL FROM:<x@example.com>\n\n.\n..\nlast"));
    await handler.flush();
    expect(server.mails.length).toBe(2);
    expect(server.mails[1]!.body).toBe("one\n.\nMAIL FROM:<x@example.com>\n\n.\n..\nlast\n");
  });

  test("addresses, hosts and subjects with control characters are refused when the handler is made", () => {
    const code = expect.objectContaining({ code: "SMTP_HEADER_INVALID" });
    expect(() => new SmtpHandler("mail\r\nhost", "a@example.com", "b@example.com", "s")).toThrow(code);
    expect(() => new SmtpHandler("localhost", "a@example.com\nRCPT TO:<x>", "b@example.com", "s")).toThrow(code);
    expect(() => new SmtpHandler("localhost", "a@example.com", ["b@example.com", "c@example.com\r\nBcc: d"], "s")).toThrow(code);
    expect(() => new SmtpHandler("localhost", "a@example.com", "b@example.com", "two\nlines")).toThrow(code);
    expect(() => new SmtpHandler("localhost", "", "b@example.com", "s")).toThrow(/fromaddr/);
  });

  test("a digest is one mail for many records, under the subject of the worst", async () => {
    class Named extends SmtpHandler {
      override getSubject(each: LogRecord): string {
        return `worst: ${each.getMessage()}`;
      }
    }
    const handler = make({ digest: { maxRecords: 3, maxDelayMs: 60_000, minIntervalMs: 0 } }, server.port, Named);
    handler.handle(record("one", 20));
    handler.handle(record("two", 40));
    expect(handler.stats()).toMatchObject({ queued: 2 });
    handler.handle(record("three", 20));
    await until("the mail", () => handler.stats().delivered === 3);
    expect(server.mails).toMatchObject([{ subject: "worst: two (3 records)", body: "one\ntwo\nthree\n" }]);
    handler.handle(record("four"));
    await handler.flush();
    expect(server.mails[1]).toMatchObject({ subject: "worst: four", body: "four\n" });
  });

  test("a digest leaves after its delay", async () => {
    const handler = make({ digest: { maxDelayMs: 30, minIntervalMs: 0 } });
    handler.handle(record("alone"));
    await until("the mail", () => server.mails.length === 1);
  });

  test("a process that comes to its end mails what a digest has collected", async () => {
    const script = new URL("./support/mailing-process.mjs", import.meta.url).pathname;
    const { code, stderr } = await runNode(script, { args: [String(server.port)] });
    expect([code, stderr]).toEqual([0, ""]);
    expect(server.mails).toMatchObject([{ subject: "Alert (2 records)", body: "one\ntwo\n" }]);
  });

  test("a mail refused for now is tried again, one refused for good is counted", async () => {
    let attempts = 0;
    const fake = await scripted((line) => {
      if (line.startsWith("MAIL")) return ++attempts < 3 ? "451 greylisted" : "250 ok";
      if (line.startsWith("DATA")) return "354 go on";
      return line.startsWith("QUIT") ? "221 bye" : "250 ok";
    });
    const patient = make({}, fake.port);
    patient.handle(record("later"));
    await patient.flush();
    expect([attempts, patient.stats().delivered]).toEqual([3, 1]);
    const refusing = await scripted((line) => (line.startsWith("RCPT") ? "550 no such user" : "250 ok"));
    const final = make({}, refusing.port);
    final.handle(record("never"));
    await final.flush();
    expect(final.stats()).toMatchObject({ delivered: 0, queued: 0, failed: { rejected: 1 } });
  });

  test("a server that is away costs no more than the queue, and each lost record is counted once", async () => {
    const handler = make({ capacity: 3, maxAttempts: 2 }, 1);
    for (let i = 0; i < 10; i++) handler.handle(record(`lost ${i}`));
    await handler.flush();
    const { accepted, queued, dropped, failed } = handler.stats();
    expect([accepted, queued, (dropped["full"] ?? 0) + (failed["connection"] ?? 0)]).toEqual([10, 0, 10]);
    expect(dropped["full"]).toBeGreaterThanOrEqual(6);
  });
});

/** A mail server that answers each line as told; for answers that a real one gives only when something is wrong. */
const scripted = async (answer: (line: string) => string): Promise<{ port: number }> => {
  const fake = createServer((socket: Socket) => {
    let inData = false;
    socket.on("error", () => {});
    socket.write("220 ready\r\n");
    socket.setEncoding("utf8").on("data", (text: string) => {
      if (inData) {
        if (!text.endsWith("\r\n.\r\n")) return;
        inData = false;
        socket.write("250 ok\r\n");
        return;
      }
      const reply = answer(text);
      inData = reply.startsWith("354");
      socket.write(`${reply}\r\n`);
    });
  });
  await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
  closing.push({ close: () => void fake.close() });
  return { port: (fake.address() as AddressInfo).port };
};
