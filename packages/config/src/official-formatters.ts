import * as kind from "./kinds.js";
import * as shape from "./kinds-formatter.js";
import { queueSize, whenFull } from "./kinds-queue.js";
import type { OfficialClass, OptionRule } from "./official.js";

const LIMITS = {
  maxDepth: { kind: kind.wholeIn(1, 32) },
  maxKeys: { kind: kind.wholeIn(1, 1_000_000) },
  maxStringLength: { kind: kind.wholeIn(16, 16_777_216) },
} as const;

const TIME = { time: { kind: kind.oneOf("iso", "epoch-ms", "epoch-s", "nanoseconds") }, timeZone: { kind: kind.timeZone } } as const;

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
      defaults: { kind: shape.values },
      timeZone: { kind: kind.timeZone },
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
    rename: { kind: shape.texts },
    omit: { kind: kind.textList },
    attributes: { kind: kind.textList },
    fields: { kind: shape.values },
    fieldsKey: { kind: kind.filledText },
    serializers: { kind: shape.functions },
    service: { kind: shape.texts },
    projectId: { kind: kind.filledText },
    maxRecordBytes: { kind: kind.wholeIn(4_096, 67_108_864) },
  }),
  formatter("LogfmtFormatter", {
    ...LIMITS,
    ...TIME,
    rename: { kind: shape.logfmtNames },
    attributes: { kind: kind.textList },
    fields: { kind: shape.values },
    maxRecordBytes: { kind: kind.wholeIn(4_096, 67_108_864) },
  }),
  formatter("PrettyFormatter", {
    ...LIMITS,
    color: { kind: kind.oneOf<unknown>("auto", true, false) },
    theme: { kind: kind.oneOf("auto", "dark", "light") },
    stream: { kind: kind.oneOf("stdout", "stderr") },
    width: { kind: kind.wholeIn(20, 100_000) },
    time: { kind: kind.oneOf("time", "date-time", "iso", "since-last", "none") },
    timeZone: { kind: kind.timeZone },
    nameWidth: { kind: kind.wholeIn(0, 200) },
    fields: { kind: kind.oneOf("auto", "after", "below") },
    stack: { kind: kind.oneOf("trimmed", "full", "none") },
    sourceLines: { kind: kind.wholeIn(0, 20) },
    output: { kind: kind.oneOf("auto", "terminal", "browser") },
  }),
  formatter("CsvFormatter", {
    ...TIME,
    columns: { kind: shape.columns },
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

const WINDOW = kind.wholeIn(1, 2 ** 42);

const ALWAYS = { alwaysFrom: { kind: kind.level }, by: { kind: kind.callable }, field: { kind: kind.filledText } } as const;

/** Filters by their names in documents. */
export const FILTERS: readonly OfficialClass[] = [
  filter("Filter", "core", { name: { kind: kind.text } }, { python: ["logging.Filter"], order: ["name"], positional: ["name"] }),
  filter("RedactFilter", "formatters", {
    keys: { kind: shape.secretKeys },
    paths: { kind: kind.textList },
    patterns: { kind: shape.secretPatterns },
    mode: { kind: shape.redactMode },
    mask: { kind: kind.text },
  }),
  filter(
    "RateLimitFilter",
    "filters",
    {
      ...ALWAYS,
      limit: { kind: kind.wholeIn(1, 1_000_000_000) },
      windowMs: { kind: WINDOW },
      maxKeys: { kind: kind.wholeIn(1, 10_000_000) },
    },
    { positional: ["limit"], required: ["limit"] },
  ),
  filter(
    "SamplingFilter",
    "filters",
    { ...ALWAYS, rate: { kind: kind.numberFrom("a number, 0 to 1", 0, 1) } },
    { positional: ["rate"], required: ["rate"] },
  ),
  filter("RepeatFilter", "filters", {
    by: { kind: kind.callable },
    field: { kind: kind.filledText },
    windowMs: { kind: WINDOW },
    maxKeys: { kind: kind.wholeIn(1, 10_000_000) },
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
      maxsize: { kind: queueSize, as: "capacity" },
      capacity: { kind: kind.positive },
      maxBytes: { kind: kind.positive },
      whenFull: { kind: whenFull },
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
