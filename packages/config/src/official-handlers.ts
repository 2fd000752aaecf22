import * as kind from "./kinds.js";
import type { OfficialClass, OptionRule } from "./official.js";

const STREAM = { terminator: { kind: kind.text }, maxBufferedBytes: { kind: kind.bytes } } as const;

const APPENDED = {
  filename: { kind: kind.fileName },
  encoding: { kind: kind.orNull(kind.filledText) },
  errors: { kind: kind.orNull(kind.oneOf("strict", "ignore", "replace", "backslashreplace")) },
  delay: { kind: kind.flag },
  fileMode: { kind: kind.permissions },
  folderMode: { kind: kind.permissions },
  buffering: { kind: kind.textOrTable },
  checkIntervalMs: { kind: kind.milliseconds },
  header: { kind: kind.textOrFunction },
  followSymlinks: { kind: kind.flag },
  terminator: { kind: kind.text },
} as const;

const FILE = { ...APPENDED, mode: { kind: kind.oneOf("a", "w", "x") } } as const;

const ROTATED = {
  backupCount: { kind: kind.whole },
  maxBytes: { kind: kind.bytes },
  maxAge: { kind: kind.age },
  maxTotalBytes: { kind: kind.bytes },
  compress: { kind: kind.orNull(kind.oneOf("gzip", "brotli", "zstd")) },
  namer: { kind: kind.callable },
  rotator: { kind: kind.callable },
} as const;

const handler = (
  name: string,
  from: OfficialClass["package"],
  python: readonly string[],
  shape: {
    readonly order?: readonly string[];
    readonly positional?: readonly string[];
    readonly required?: readonly string[];
    readonly options: Readonly<Record<string, OptionRule>>;
    readonly finish?: (options: Record<string, unknown>) => void;
  },
): OfficialClass => ({ name, package: from, role: "handler", python, order: [], positional: [], required: [], ...shape });

/** Handlers by their names in documents: which keys they know, and how their constructors want them. */
export const HANDLERS: readonly OfficialClass[] = [
  handler("StreamHandler", "core", ["logging.StreamHandler"], {
    order: ["stream"],
    positional: ["stream"],
    options: { stream: { kind: kind.stream }, ...STREAM },
  }),
  handler("ConsoleHandler", "core", [], { options: {} }),
  handler("NullHandler", "core", ["logging.NullHandler"], { options: {} }),
  handler("FileHandler", "file", ["logging.FileHandler"], {
    order: ["filename", "mode", "encoding", "delay", "errors"],
    positional: ["filename"],
    required: ["filename"],
    options: FILE,
  }),
  handler("WatchedFileHandler", "file", ["logging.handlers.WatchedFileHandler"], {
    order: ["filename", "mode", "encoding", "delay", "errors"],
    positional: ["filename"],
    required: ["filename"],
    options: FILE,
  }),
  handler("RotatingFileHandler", "file", ["logging.handlers.RotatingFileHandler"], {
    order: ["filename", "mode", "maxBytes", "backupCount", "encoding", "delay", "errors"],
    positional: ["filename"],
    required: ["filename"],
    options: { ...FILE, ...ROTATED },
  }),
  handler("TimedRotatingFileHandler", "file", ["logging.handlers.TimedRotatingFileHandler"], {
    order: ["filename", "when", "interval", "backupCount", "encoding", "delay", "utc", "atTime", "errors"],
    positional: ["filename"],
    required: ["filename"],
    options: {
      ...APPENDED,
      ...ROTATED,
      when: { kind: kind.when },
      interval: { kind: kind.positive },
      utc: { kind: kind.flag },
      timeZone: { kind: kind.filledText },
      atTime: { kind: kind.orNull(kind.timeOfDay) },
      whenTaken: { kind: kind.oneOf("wait", "number") },
    },
  }),
  handler("SocketHandler", "net", ["logging.handlers.SocketHandler"], {
    order: ["host", "port"],
    positional: ["host", "port"],
    required: ["host", "port"],
    options: {
      host: { kind: kind.filledText },
      port: { kind: kind.orNull(kind.portNumber) },
      codec: { kind: kind.oneOf("json", "pickle") },
      tls: { kind: kind.flagOrTable },
    },
  }),
  handler("DatagramHandler", "net", ["logging.handlers.DatagramHandler"], {
    order: ["host", "port"],
    positional: ["host", "port"],
    required: ["host", "port"],
    options: {
      host: { kind: kind.filledText },
      port: { kind: kind.orNull(kind.portNumber) },
      codec: { kind: kind.oneOf("json", "pickle") },
    },
  }),
  handler("SysLogHandler", "net", ["logging.handlers.SysLogHandler"], {
    order: ["address", "facility", "socktype"],
    options: {
      address: { kind: kind.address },
      facility: { kind: kind.facility },
      socktype: { kind: kind.anything },
      protocol: { kind: kind.oneOf("rfc3164", "rfc5424") },
      ident: { kind: kind.text },
      appendNul: { kind: kind.flag },
    },
  }),
  handler("HttpHandler", "net", ["logging.handlers.HTTPHandler"], {
    order: ["host", "url", "method", "secure", "credentials"],
    positional: ["host", "url"],
    required: ["host", "url"],
    options: {
      host: { kind: kind.filledText },
      url: { kind: kind.filledText },
      method: { kind: kind.method },
      secure: { kind: kind.flag },
      credentials: { kind: kind.credentials },
    },
  }),
  handler("SmtpHandler", "net", ["logging.handlers.SMTPHandler"], {
    order: ["mailhost", "fromaddr", "toaddrs", "subject", "credentials", "secure", "timeout"],
    positional: ["mailhost", "fromaddr", "toaddrs", "subject"],
    required: ["mailhost", "fromaddr", "toaddrs", "subject"],
    options: {
      mailhost: { kind: kind.mailHost },
      fromaddr: { kind: kind.filledText },
      toaddrs: { kind: kind.texts },
      subject: { kind: kind.text },
      credentials: { kind: kind.credentials },
      secure: { kind: kind.anything },
      timeout: { kind: kind.secondsAsMilliseconds, as: "timeoutMs" },
      timeoutMs: { kind: kind.milliseconds },
    },
  }),
  handler("BufferingHandler", "queue", ["logging.handlers.BufferingHandler"], {
    order: ["capacity"],
    positional: ["capacity"],
    required: ["capacity"],
    options: { capacity: { kind: kind.whole }, uses: { kind: kind.textList } },
  }),
  handler("MemoryHandler", "queue", ["logging.handlers.MemoryHandler"], {
    order: ["capacity", "flushLevel", "target", "flushOnClose"],
    positional: ["capacity"],
    required: ["capacity"],
    options: {
      capacity: { kind: kind.whole },
      flushLevel: { kind: kind.level },
      target: { kind: kind.anything },
      flushOnClose: { kind: kind.flag },
    },
  }),
  handler("QueueHandler", "queue", ["logging.handlers.QueueHandler"], {
    order: ["queue"],
    positional: ["queue"],
    options: { queue: { kind: kind.anything }, uses: { kind: kind.textList } },
  }),
];
