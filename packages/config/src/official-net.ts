import * as kind from "./kinds.js";
import * as net from "./kinds-net.js";
import type { OfficialClass } from "./official.js";
import { handler } from "./official-handler.js";

const OUTBOX = {
  capacity: { kind: kind.positive },
  maxBytes: { kind: kind.bytes },
  whenFull: { kind: kind.oneOf("drop-newest", "drop-oldest") },
  closeTimeoutMs: { kind: kind.milliseconds },
} as const;

const CONNECTION = {
  connectTimeoutMs: { kind: kind.milliseconds },
  handshakeTimeoutMs: { kind: kind.milliseconds },
  stallTimeoutMs: { kind: kind.milliseconds },
  reconnectInitialMs: { kind: kind.milliseconds },
  reconnectFactor: { kind: kind.number },
  reconnectMaxMs: { kind: kind.milliseconds },
} as const;

const TLS = { tls: { kind: net.tls } } as const;

const DESTINATION = { host: { kind: kind.filledText }, port: { kind: kind.orNull(kind.portNumber) } } as const;

/** Python's `socket.SOCK_STREAM` and `SOCK_DGRAM`. */
const TRANSPORTS: Readonly<Record<number, string>> = { 1: "tcp", 2: "udp" };

/** Handlers of `@cordwood/handlers-net` by their names in documents. */
export const NET_HANDLERS: readonly OfficialClass[] = [
  handler("SocketHandler", "net", ["logging.handlers.SocketHandler"], {
    order: ["host", "port"],
    positional: ["host", "port"],
    required: ["host", "port"],
    options: {
      ...DESTINATION,
      ...OUTBOX,
      ...CONNECTION,
      ...TLS,
      codec: { kind: kind.oneOf("json", "pickle") },
      callSite: { kind: kind.flag },
      delivery: { kind: kind.oneOf("at-most-once", "acknowledged") },
      spool: { kind: kind.table },
      ackTimeoutMs: { kind: kind.milliseconds },
      maxFrameBytes: { kind: kind.bytes },
    },
  }),
  handler("DatagramHandler", "net", ["logging.handlers.DatagramHandler"], {
    order: ["host", "port"],
    positional: ["host", "port"],
    required: ["host", "port"],
    options: {
      ...DESTINATION,
      ...OUTBOX,
      codec: { kind: kind.oneOf("json", "pickle") },
      callSite: { kind: kind.flag },
      maxDatagramBytes: { kind: kind.bytes },
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
      maxDatagramBytes: { kind: kind.bytes },
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
      host: { kind: kind.filledText },
      url: { kind: kind.filledText },
      method: { kind: net.method },
      secure: { kind: kind.flag },
      credentials: { kind: net.credentials },
      format: { kind: kind.oneOf("form", "json", "ndjson") },
      gzip: { kind: kind.flag },
      headers: { kind: kind.table },
      maxBatchRecords: { kind: kind.positive },
      maxBatchBytes: { kind: kind.bytes },
      maxDelayMs: { kind: kind.milliseconds },
      requestTimeoutMs: { kind: kind.milliseconds },
      maxAttempts: { kind: kind.positive },
      retryInitialMs: { kind: kind.milliseconds },
      retryMaxMs: { kind: kind.milliseconds },
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
      fromaddr: { kind: kind.filledText },
      toaddrs: { kind: kind.texts },
      subject: { kind: kind.text },
      credentials: { kind: net.credentials },
      secure: { kind: net.mailSecurity },
      digest: { kind: kind.flagOrTable },
      maxAttempts: { kind: kind.positive },
      retryInitialMs: { kind: kind.milliseconds },
      retryMaxMs: { kind: kind.milliseconds },
      timeout: { kind: kind.secondsAsMilliseconds, as: "timeoutMs" },
      timeoutMs: { kind: kind.milliseconds },
    },
  }),
];
