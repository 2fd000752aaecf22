import * as kind from "./kinds.js";
import type { OfficialClass } from "./official.js";

const TEXT_STYLE = {
  format: { kind: kind.orNull(kind.text), as: "fmt" },
  fmt: { kind: kind.orNull(kind.text) },
  datefmt: { kind: kind.orNull(kind.text) },
  style: { kind: kind.oneOf("%", "{", "$") },
  validate: { kind: kind.flag },
  defaults: { kind: kind.table },
} as const;

/** Formatters by their names in documents. */
export const FORMATTERS: readonly OfficialClass[] = [
  {
    name: "Formatter",
    package: "formatters",
    role: "formatter",
    python: ["logging.Formatter"],
    order: ["format", "datefmt", "style", "validate"],
    positional: ["fmt"],
    required: [],
    options: {
      ...TEXT_STYLE,
      timeZone: { kind: kind.filledText },
      controlCharacters: { kind: kind.oneOf("escape", "raw") },
      multiline: { kind: kind.oneOf("keep", "escape") },
    },
  },
  {
    name: "JsonFormatter",
    package: "formatters",
    role: "formatter",
    python: [],
    order: [],
    positional: [],
    required: [],
    options: {
      preset: { kind: kind.oneOf("cordwood", "pino", "ecs", "gcp", "otel", "bunyan", "python") },
      time: { kind: kind.oneOf("iso", "epoch-ms", "epoch-s", "nanoseconds") },
      timeZone: { kind: kind.filledText },
      rename: { kind: kind.table },
      omit: { kind: kind.textList },
      attributes: { kind: kind.textList },
      fields: { kind: kind.table },
      fieldsKey: { kind: kind.filledText },
      serializers: { kind: kind.table },
      service: { kind: kind.table },
      projectId: { kind: kind.filledText },
      maxDepth: { kind: kind.positive },
      maxKeys: { kind: kind.positive },
      maxStringLength: { kind: kind.positive },
      maxRecordBytes: { kind: kind.bytes },
    },
  },
  { name: "LogfmtFormatter", package: "formatters", role: "formatter", python: [], order: [], positional: [], required: [], options: {} },
  { name: "PrettyFormatter", package: "formatters", role: "formatter", python: [], order: [], positional: [], required: [], options: {} },
];

/** Filters by their names in documents. */
export const FILTERS: readonly OfficialClass[] = [
  {
    name: "Filter",
    package: "core",
    role: "filter",
    python: ["logging.Filter"],
    order: ["name"],
    positional: ["name"],
    required: [],
    options: { name: { kind: kind.text } },
  },
];

/** What a `QueueHandler` may be given as its queue and its listener. */
export const QUEUES: readonly OfficialClass[] = [
  {
    name: "LogQueue",
    package: "queue",
    role: "queue",
    python: ["queue.Queue", "queue.SimpleQueue", "multiprocessing.Queue", "multiprocessing.SimpleQueue"],
    order: ["maxsize"],
    positional: [],
    required: [],
    options: {
      maxsize: { kind: kind.queueSize, as: "capacity" },
      capacity: { kind: kind.positive },
      maxBytes: { kind: kind.bytes },
      whenFull: { kind: kind.filledText },
    },
  },
  {
    name: "QueueListener",
    package: "queue",
    role: "listener",
    python: ["logging.handlers.QueueListener"],
    order: [],
    positional: [],
    required: [],
    options: { respectHandlerLevel: { kind: kind.flag } },
  },
];
