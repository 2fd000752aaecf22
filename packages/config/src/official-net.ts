import * as kind from "./kinds.js";
import * as net from "./kinds-net.js";
import type { OfficialClass } from "./official.js";
import { handler } from "./official-handler.js";

const OUTBOX = {
  capacity: { kind: kind.positive },
  maxBytes: { kind: kind.positive },
  whenFull: { kind: kind.oneOf("drop-newest", "drop-oldest") },
  closeTimeoutMs: { kind: kind.duration },
} as const;

const CONNECTION = {
  connectTimeoutMs: { kind: kind.duration },
  handshakeTimeoutMs: { kind: kind.duration },
  stallTimeoutMs: { kind: kind.duration },
  reconnectInitialMs: { kind: kind.duration },
  reconnectFactor: { kind: kind.numberFrom("a number, 1 or more", 1) },
  reconnectMaxMs: { kind: kind.duration },
} as const;

const TLS = { tls: { kind: net.tls } } as const;

/** Python's `socket.SOCK_STREAM` and `SOCK_DGRAM`. */
const TRANSPORTS: Readonly<Record<number, string>> = { 1: "tcp", 2: "udp" };

/** Handlers of `@cordwood/handlers-net` by their names in documents. */
export const NET_HANDLERS: readonly OfficialClass[] = [
  handler("SocketHandler", "net", ["logging.handlers.SocketHandler"], {
    order: ["host", "port"],
    positional: ["host", "port"],
    required: ["host", "port"],
    options: {
      host: { kind: kind.filledText },
      port: { kind: kind.orNull(kind.portNumber) },
      ...OUTBOX,
      ...CONNECTION,
      ...TLS,
      codec: { kind: kind.oneOf("json", "pickle") },
      callSite: { kind: kind.flag },
      delivery: { kind: kind.oneOf("at-most-once", "acknowledged") },
      spool: { kind: net.spool },
      ackTimeoutMs: { kind: kind.duration },
      maxFrameBytes: { kind: kind.positive },
    },
  }),
  handler("DatagramHandler", "net", ["logging.handlers.DatagramHandler"], {
    order: ["host", "port"],
    positional: ["host", "port"],
    required: ["host", "port"],
    options: {
      host: { kind: kind.filledText },
      port: { kind: net.datagramPort },
      ...OUTBOX,
      codec: { kind: kind.oneOf("json", "pickle") },
      callSite: { kind: kind.flag },
      maxDatagramBytes: { kind: kind.wholeFrom("a whole number of bytes, 1 to 65507", 1, 65_507) },
    },
  }),
  handler("SysLogHandler", "net", ["logging.handlers.SysLogHandler"], {
    order: ["address", "facility", "socktype", "timeout"],
    options: {
      ...OUTBOX,
      ...CONNECTION,
      ...TLS,
      address: { kind: net.address },
      facility: { kind: net.facility },
      socktype: { kind: net.socketType, as: "transport" },
      timeout: { kind: kind.secondsAsMilliseconds, as: "connectTimeoutMs" },
      transport: { kind: kind.oneOf("udp", "tcp") },
      protocol: { kind: kind.oneOf("rfc3164", "rfc5424") },
      framing: { kind: kind.oneOf("none", "newline", "octet-counting") },
      ident: { kind: kind.text },
      appendNul: { kind: kind.flag },
      hostname: { kind: kind.filledText },
      appName: { kind: kind.filledText },
      structuredDataId: { kind: kind.filledText },
      maxDatagramBytes: { kind: kind.wholeFrom("a whole number of bytes, 64 to 65507", 64, 65_507) },
    },
    finish: (options) => {
      if (typeof options["transport"] === "number") options["transport"] = TRANSPORTS[options["transport"]];
    },
  }),
  handler("HttpHandler", "net", ["logging.handlers.HTTPHandler"], {
    order: ["host", "url", "method", "secure", "credentials"],
    positional: ["host", "url"],
    required: ["host", "url"],
    options: {
      ...OUTBOX,
      ...TLS,
      host: { kind: net.httpHost },
      url: { kind: net.httpUrl },
      method: { kind: net.method },
      secure: { kind: kind.flag },
      credentials: { kind: net.loginOrBearer },
      format: { kind: kind.oneOf("form", "json", "ndjson") },
      gzip: { kind: kind.flag },
      headers: { kind: net.headers },
      maxBatchRecords: { kind: kind.positive },
      maxBatchBytes: { kind: kind.positive },
      maxDelayMs: { kind: kind.delay },
      requestTimeoutMs: { kind: kind.duration },
      maxAttempts: { kind: kind.positive },
      retryInitialMs: { kind: kind.duration },
      retryMaxMs: { kind: kind.duration },
    },
  }),
  handler("SmtpHandler", "net", ["logging.handlers.SMTPHandler"], {
    order: ["mailhost", "fromaddr", "toaddrs", "subject", "credentials", "secure", "timeout"],
    positional: ["mailhost", "fromaddr", "toaddrs", "subject"],
    required: ["mailhost", "fromaddr", "toaddrs", "subject"],
    options: {
      ...OUTBOX,
      ...TLS,
      mailhost: { kind: net.mailHost },
      fromaddr: { kind: net.mailAddress },
      toaddrs: { kind: net.mailAddresses },
      subject: { kind: net.headerText },
      credentials: { kind: net.login },
      secure: { kind: net.mailSecurity },
      digest: { kind: net.digest },
      maxAttempts: { kind: kind.positive },
      retryInitialMs: { kind: kind.duration },
      retryMaxMs: { kind: kind.duration },
      timeout: { kind: kind.secondsAsMilliseconds, as: "timeoutMs" },
      timeoutMs: { kind: kind.duration },
    },
  }),
];
