import { type LogRecord, makeLogRecord } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import { SmtpHandler } from "@cordwood/handlers-net";
import { loadVectors, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CertificateAuthority } from "./support/certificates.js";
import { MailServer, type ReceivedMail } from "./support/mail-server.js";

// Servers and processes of a loaded machine take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

interface Input {
  mailhost: string | [string, number | null];
  fromaddr: string;
  toaddrs: string | string[];
  subject: string;
  credentials: [string, string] | null;
  secure: [] | null;
  timeoutSeconds: number | null;
  format: string | null;
  message: string;
}
interface Call {
  call: string;
  host: string;
  port: number;
  timeoutSeconds: number;
  username: string;
  password: string;
  from: string;
  to: string;
  subject: string;
  body: string;
}

const folder = temporaryFolder();
const authority = new CertificateAuthority(folder.path);
const { cert, key } = authority.issue("localhost", { address: true });
const cases = loadVectors<Input, { getSubject: string; calls: Call[] }>("io", "smtp", import.meta.url);
interface Sent {
  readonly handler: SmtpHandler;
  readonly record: LogRecord;
  readonly mail: ReceivedMail | undefined;
}
const sent = new Map<string, Sent>();
/** The server greets after a tenth of a second: several send side by side, each to a server of its own. */
const LANES = 20;

beforeAll(async () => {
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const server = await new MailServer({ cert, key }).start();
    for (let i = lane; i < cases.length; i += LANES) {
      const { id, input, error } = cases[i]!;
      if (error !== undefined) continue;
      const handler = make(input, ["127.0.0.1", server.port]);
      const record = makeLogRecord({ name: "app", levelno: 40, levelname: "ERROR", msg: input.message });
      handler.handle(record);
      await handler.close();
      sent.set(id, { handler, record, mail: server.mails.pop() });
    }
    await server.close();
  });
  await Promise.all(lanes);
});

afterAll(() => folder.remove());

const make = (input: Input, mailhost: Input["mailhost"]): SmtpHandler =>
  new SmtpHandler(mailhost, input.fromaddr, input.toaddrs, input.subject, {
    ...(input.credentials === null ? {} : { credentials: input.credentials }),
    ...(Array.isArray(input.secure) ? { secure: input.secure, tls: { ca: authority.ca } } : {}),
    ...(input.timeoutSeconds === null ? {} : { timeoutMs: input.timeoutSeconds * 1_000 }),
    formatter: new Formatter(input.format ?? "%(message)s", { controlCharacters: "raw" }),
    maxAttempts: 1,
  });

describe("vectors: smtp", () => {
  for (const one of cases) {
    test(one.id, async () => {
      const { input } = one;
      if (one.error !== undefined) {
        // CPython finds these when it sends; here the handler cannot be made.
        expect(() => make(input, input.mailhost)).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^(OPTION|SMTP_HEADER)_INVALID$/) }),
        );
        return;
      }
      const { calls, getSubject } = one.expected!;
      const call = (name: string): Call | undefined => calls.find((each) => each.call === name);
      const asGiven = make(input, input.mailhost);
      expect({ host: asGiven.mailhost, port: asGiven.mailport || 25, timeoutSeconds: asGiven.timeoutMs / 1_000 }).toEqual({
        host: call("connect")!.host,
        port: call("connect")!.port,
        timeoutSeconds: call("connect")!.timeoutSeconds,
      });
      await asGiven.close();

      const { handler, record, mail } = sent.get(one.id)!;
      expect(handler.getSubject(record)).toBe(getSubject);
      const message = call("sendMessage")!;
      if (message.to === "") {
        // A mail to nobody is counted as lost; CPython hands it to the server's library, which sends it to nobody.
        expect(handler.stats().failed).toEqual({ rejected: 1 });
        return;
      }
      expect(handler.stats()).toMatchObject({ accepted: 1, delivered: 1 });
      expect(mail!.subject.trim()).toBe(message.subject.trim());
      expect(mail!.body).toBe(message.body);
      expect(mail!.headers.get("To")!.replace(/,\s*/g, ", ")).toBe(message.to);
      expect(mail!.headers.get("From")).toBe(message.from);
      expect(mail!.secure).toBe(call("starttls") !== undefined);
      const login = call("login");
      expect(mail!.user).toBe(login === undefined ? undefined : `${login.username}:${login.password}`);
      // A subject that is empty is left out.
      const names = [
        "From",
        "To",
        "Date",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
        ...(message.subject === "" ? [] : ["Subject"]),
      ];
      for (const name of names) expect(mail!.headers.has(name)).toBe(true);
    });
  }
});
