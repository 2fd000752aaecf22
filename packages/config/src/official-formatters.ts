import * as kind from "./kinds.js";
import type { OfficialClass, OptionRule } from "./official.js";

const LIMITS = {
  maxDepth: { kind: kind.positive },
  maxKeys: { kind: kind.positive },
  maxStringLength: { kind: kind.positive },
} as const;

const TIME = { time: { kind: kind.oneOf("iso", "epoch-ms", "epoch-s", "nanoseconds") }, timeZone: { kind: kind.filledText } } as const;

const formatter = (name: string, options: Readonly<Record<string, OptionRule>>): OfficialClass => ({
  name,
  package: "formatters",
  role: "formatter",
  python: [],
  order: [],
  positional: [],
  required: [],
  options,
});

/** Formatters by their names in documents. */
export const FORMATTERS: readonly OfficialClass[] = [
  {
    ...formatter("Formatter", {
      format: { kind: kind.orNull(kind.text), as: "fmt" },
      fmt: { kind: kind.orNull(kind.text) },
      datefmt: { kind: kind.orNull(kind.text) },
      style: { kind: kind.oneOf("%", "{", "$") },
      validate: { kind: kind.flag },
      defaults: { kind: kind.table },
      timeZone: { kind: kind.filledText },
      controlCharacters: { kind: kind.oneOf("escape", "raw") },
      multiline: { kind: kind.oneOf("keep", "escape") },
    }),
    python: ["logging.Formatter"],
    order: ["format", "datefmt", "style", "validate"],
    positional: ["fmt"],
  },
  formatter("JsonFormatter", {
    ...LIMITS,
    ...TIME,
    preset: { kind: kind.oneOf("cordwood", "pino", "ecs", "gcp", "otel", "bunyan", "python") },
    rename: { kind: kind.table },
    omit: { kind: kind.textList },
    attributes: { kind: kind.textList },
    fields: { kind: kind.table },
    fieldsKey: { kind: kind.filledText },
    serializers: { kind: kind.table },
    service: { kind: kind.table },
    projectId: { kind: kind.filledText },
    maxRecordBytes: { kind: kind.bytes },
  }),
  formatter("LogfmtFormatter", {
    ...LIMITS,
    ...TIME,
    rename: { kind: kind.table },
    attributes: { kind: kind.textList },
    fields: { kind: kind.table },
    maxRecordBytes: { kind: kind.bytes },
  }),
  formatter("PrettyFormatter", {
    ...LIMITS,
    color: { kind: kind.oneOf<unknown>("auto", true, false) },
    theme: { kind: kind.oneOf("auto", "dark", "light") },
    stream: { kind: kind.oneOf("stdout", "stderr") },
    width: { kind: kind.positive },
    time: { kind: kind.oneOf("time", "date-time", "iso", "since-last", "none") },
    timeZone: { kind: kind.filledText },
    nameWidth: { kind: kind.whole },
    fields: { kind: kind.oneOf("auto", "after", "below") },
    stack: { kind: kind.oneOf("trimmed", "full", "none") },
    sourceLines: { kind: kind.whole },
    output: { kind: kind.oneOf("auto", "terminal", "browser") },
  }),
  formatter("CsvFormatter", {
    ...TIME,
    columns: { kind: kind.list },
    delimiter: { kind: kind.oneOf(",", ";", "\t", "|") },
    formulas: { kind: kind.oneOf("escape", "keep") },
  }),
];

const filter = (
  name: string,
  from: OfficialClass["package"],
  options: Readonly<Record<string, OptionRule>>,
  shape: Partial<Pick<OfficialClass, "python" | "order" | "positional" | "required">> = {},
): OfficialClass => ({ name, package: from, role: "filter", python: [], order: [], positional: [], required: [], ...shape, options });

const ALWAYS = { alwaysFrom: { kind: kind.level }, by: { kind: kind.callable }, field: { kind: kind.filledText } } as const;

/** Filters by their names in documents. */
export const FILTERS: readonly OfficialClass[] = [
  filter("Filter", "core", { name: { kind: kind.text } }, { python: ["logging.Filter"], order: ["name"], positional: ["name"] }),
  filter("RedactFilter", "formatters", {
    keys: { kind: kind.list },
    paths: { kind: kind.textList },
    patterns: { kind: kind.list },
    mode: { kind: kind.textOrTable },
    mask: { kind: kind.text },
  }),
  filter(
    "RateLimitFilter",
    "filters",
    { ...ALWAYS, limit: { kind: kind.positive }, windowMs: { kind: kind.milliseconds }, maxKeys: { kind: kind.positive } },
    { positional: ["limit"], required: ["limit"] },
  ),
  filter("SamplingFilter", "filters", { ...ALWAYS, rate: { kind: kind.number } }, { positional: ["rate"], required: ["rate"] }),
  filter("RepeatFilter", "filters", {
    by: { kind: kind.callable },
    field: { kind: kind.filledText },
    windowMs: { kind: kind.milliseconds },
    maxKeys: { kind: kind.positive },
  }),
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
      whenFull: { kind: kind.textOrTable },
      name: { kind: kind.filledText },
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
    options: { respectHandlerLevel: { kind: kind.flag }, drainMs: { kind: kind.milliseconds } },
  },
];
