import { getHandlerByName } from "@cordwood/core";
import { DatagramHandler, HttpHandler, LogReceiver, SmtpHandler, SocketHandler, SysLogHandler } from "@cordwood/handlers-net";
import { temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

const HOST = "127.0.0.1";
const SECRET = "correct horse";
const folder = "/nowhere";

const make = {
  socket: (options: object) => new SocketHandler(HOST, 9, { name: "refused", ...options }),
  datagram: (options: object) => new DatagramHandler(HOST, 9, { name: "refused", ...options }),
  syslog: (options: object) => new SysLogHandler({ name: "refused", ...options }),
  http: (options: object) => new HttpHandler(`${HOST}:9`, "/", { name: "refused", ...options }),
  smtp: (options: object) => new SmtpHandler(`${HOST}`, "a@example.org", "b@example.org", "s", { name: "refused", ...options }),
  receiver: (options: object) => new LogReceiver(options),
};

describe("misuse is refused at construction, and nothing of a secret is shown", () => {
  test.each<[keyof typeof make, object, RegExp]>([
    ["socket", { host: 5 }, /^SocketHandler: there is no option "host"; known are level/],
    ["datagram", { tls: true }, /^DatagramHandler: there is no option "tls"/],
    [
      "socket",
      { spool: { directory: folder, maxByte: 5 } },
      /^spool: there is no option "maxByte"; known are directory, maxBytes, segmentBytes/,
    ],
    ["socket", { spool: { directory: folder, segment_bytes: 5 } }, /^spool: there is no option "segment_bytes"/],
    ["socket", { spool: { directory: folder, maxBytes: -5 } }, /^spool: maxBytes is -5; give a whole number of at least 1/],
    ["socket", { spool: { directory: folder, syncIntervalMs: "soon" } }, /^spool: syncIntervalMs is "soon"/],
    ["socket", { spool: null }, /^spool: options is null; give an object/],
    ["socket", { spool: folder }, /^spool: options is string; give an object/],
    ["socket", { spool: { maxBytes: 5 } }, /^spool\.directory is undefined/],
    [
      "socket",
      { tls: { passphrse: SECRET } },
      /^SocketHandler: tls has no option "passphrse" for a client; known are ca, cert, key, passphrase/,
    ],
    ["socket", { tls: { requestCert: true } }, /^SocketHandler: tls has no option "requestCert" for a client/],
    ["socket", { tls: false }, /^SocketHandler: tls is no object of options/],
    ["syslog", { tls: { cert: 5, key: SECRET } }, /^SysLogHandler: tls\.cert is neither PEM text nor the path/],
    ["syslog", { tls: { ca: [SECRET, 5] } }, /^SysLogHandler: tls\.ca is neither/],
    ["syslog", { tls: { passphrase: [SECRET] } }, /^SysLogHandler: tls\.passphrase is a object; give text/],
    ["syslog", { address: [HOST, 514, "udp"] }, /^SysLogHandler: address has 3 parts/],
    [
      "http",
      { credentials: { bearr: SECRET } },
      /^HttpHandler: credentials are not as they have to be; give \[user, password\] or \{ bearer: token \}$/,
    ],
    ["http", { credentials: { bearer: SECRET, user: "me" } }, /^HttpHandler credentials: there is no option "user"; known are bearer$/],
    ["http", { credentials: { bearer: [SECRET] } }, /^HttpHandler: credentials are not as they have to be/],
    ["http", { credentials: [SECRET] }, /^HttpHandler: credentials are not as they have to be/],
    ["http", { credentials: SECRET }, /^HttpHandler: credentials are not as they have to be/],
    ["http", { headers: `X-Key: ${SECRET}` }, /^HttpHandler: headers are no object/],
    ["http", { headers: { "X-Key": [SECRET] } }, /^HttpHandler: the header "X-Key" holds characters/],
    ["http", { tls: {} }, /^HttpHandler: tls is given without secure/],
    ["smtp", { digest: { maxRecord: 5 } }, /^SmtpHandler digest: there is no option "maxRecord"/],
    ["smtp", { digest: 5 }, /^SmtpHandler digest: options is number; give an object/],
    [
      "smtp",
      { credentials: { user: "me", password: SECRET } },
      /^SmtpHandler: credentials are not as they have to be; give \[user, password\]$/,
    ],
    ["smtp", { credentials: SECRET }, /^SmtpHandler: credentials are not as they have to be/],
    ["smtp", { tls: {} }, /^SmtpHandler: tls is given without secure; give secure: true or "implicit" as well/],
    ["receiver", { tcp: { ports: 0 } }, /^LogReceiver tcp: there is no option "ports"; known are host, port, tls/],
    ["receiver", { udp: { port: 0, tls: {} } }, /^LogReceiver udp: there is no option "tls"/],
    ["receiver", { unix: { path: "/nowhere/s", mode: 0o600 } }, /^LogReceiver unix: there is no option "mode"/],
    ["receiver", { http: { authorisation: `Bearer ${SECRET}` } }, /^LogReceiver http: there is no option "authorisation"/],
    ["receiver", { tcp: { tls: { serverName: "x" } } }, /^LogReceiver tcp: tls has no option "serverName" for a server/],
    ["receiver", { tcp: { tls: {} } }, /^LogReceiver tcp: tls\.cert and tls\.key are missing/],
  ])("%s with %j", (kind, options, message) => {
    expect(() => make[kind](options)).toThrow(expect.objectContaining({ name: "LoggingError", message: expect.stringMatching(message) }));
    expect(() => make[kind](options)).not.toThrow(SECRET);
    expect(getHandlerByName("refused"), "one that was refused is not open").toBeUndefined();
  });
});

test("a handler whose spool cannot be used is not open", async () => {
  using scratch = temporaryFolder();
  const handler = new SocketHandler(HOST, 9, { spool: { directory: `${scratch.path}/spool` } });
  expect(() => make.socket({ spool: { directory: `${scratch.path}/spool` } })).toThrow(/spool/);
  expect(getHandlerByName("refused")).toBeUndefined();
  await handler.close();
});
