import * as kind from "./kinds.js";
import * as file from "./kinds-file.js";
import type { OfficialClass } from "./official.js";
import { handler } from "./official-handler.js";
import { NET_HANDLERS } from "./official-net.js";

const STREAM = { terminator: { kind: kind.text }, maxBufferedBytes: { kind: kind.bytes } } as const;

const APPENDED = {
  filename: { kind: file.fileName },
  encoding: { kind: kind.orNull(file.encoding) },
  errors: { kind: kind.orNull(kind.oneOf("strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace")) },
  delay: { kind: kind.flag },
  fileMode: { kind: file.permissions },
  folderMode: { kind: file.permissions },
  buffering: { kind: file.buffering },
  checkIntervalMs: { kind: kind.milliseconds },
  header: { kind: kind.textOrFunction },
  followSymlinks: { kind: kind.flag },
  fsync: { kind: kind.flag },
  shared: { kind: kind.flag },
} as const;

const FILE = { ...APPENDED, mode: { kind: kind.oneOf("a", "w", "x") } } as const;

const ROTATED = {
  backupCount: { kind: kind.whole },
  maxBytes: { kind: kind.bytes },
  maxAge: { kind: file.age },
  maxTotalBytes: { kind: kind.positive },
  compress: { kind: kind.orNull(kind.oneOf("gzip", "brotli", "zstd")) },
  namer: { kind: kind.callable },
  rotator: { kind: kind.callable },
} as const;

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
      when: { kind: file.when },
      interval: { kind: kind.wholeIn(1, 100_000_000_000) },
      utc: { kind: kind.flag },
      timeZone: { kind: kind.timeZone },
      atTime: { kind: kind.orNull(file.timeOfDay) },
      whenTaken: { kind: kind.oneOf("wait", "number") },
    },
  }),
  ...NET_HANDLERS,
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
      target: { kind: kind.orNull(kind.handlerName) },
      flushOnClose: { kind: kind.flag },
      uses: { kind: kind.textList },
    },
  }),
  handler("FingersCrossedHandler", "filters", [], {
    positional: ["target"],
    required: ["target"],
    options: {
      target: { kind: kind.handlerName },
      actionLevel: { kind: kind.level },
      holdBelow: { kind: kind.level },
      by: { kind: kind.textOrFunction },
      afterAction: { kind: kind.oneOf("write", "hold") },
      maxRecords: { kind: kind.wholeIn(1, 1_000_000) },
      maxContexts: { kind: kind.wholeIn(1, 10_000_000) },
      maxIdleMs: { kind: kind.wholeIn(1, 2 ** 42) },
      whenClosed: { kind: kind.oneOf("drop", "write") },
    },
  }),
  handler("RepeatHandler", "filters", [], {
    positional: ["target"],
    required: ["target"],
    options: { target: { kind: kind.handlerName }, by: { kind: kind.callable }, windowMs: { kind: kind.duration } },
  }),
  handler("QueueHandler", "queue", ["logging.handlers.QueueHandler"], {
    order: ["queue"],
    positional: ["queue"],
    options: { queue: { kind: kind.anything }, uses: { kind: kind.textList } },
  }),
];
