import { checkNumber, checkOptions, type FormatterLike, LoggingError, type LogRecord, type OptionNames, show } from "@cordwood/core";
import { checkTimeZone } from "../check-time-zone.js";
import { hostname } from "../surroundings.js";
import type { JsonPlan, JsonValueSerializer } from "./json-plan.js";
import { JsonWriter } from "./json-writer.js";
import { DEFAULT_LIMITS, EXTRA, type SerializeLimits } from "./limits.js";
import type { Layout, Slot, Surroundings } from "./preset.js";
import { bunyan } from "./presets/bunyan.js";
import { cordwood } from "./presets/cordwood.js";
import { ecs } from "./presets/ecs.js";
import { gcp } from "./presets/gcp.js";
import { otel } from "./presets/otel.js";
import { pino } from "./presets/pino.js";
import { python } from "./presets/python.js";
import type { JsonTime } from "./record-time.js";

/** Shapes of output that other programs read. */
export type JsonPreset = "cordwood" | "pino" | "bunyan" | "ecs" | "gcp" | "otel" | "python";

export interface JsonFormatterOptions {
  /** The shape of the output. Default `"cordwood"`. */
  readonly preset?: JsonPreset;
  /** How the time is written. Default: what the preset's readers expect. `otel`, `python` and `gcp` have but one; `ecs` also has `"epoch-ms"`. */
  readonly time?: JsonTime;
  /** The zone of `"iso"` times: `"utc"`, `"local"`, or an IANA name. Default `"utc"`. */
  readonly timeZone?: string;
  /** Other names for keys of the preset and for fields, as `{ message: "msg" }`. Default none. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Keys of the preset to leave out, as `["hostname", "pid"]`. Default none. */
  readonly omit?: readonly string[];
  /** Attributes of the record to add, such as `["pathname", "lineno", "threadName"]`. Default none. The call site costs a stack capture. */
  readonly attributes?: readonly string[];
  /** Fields that every record carries, written before its own. Default none. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Puts the record's fields into an object under this key. Default: beside the other keys. Not for `otel` and `python`. */
  readonly fieldsKey?: string;
  /** What is written for the field of a name, or for the error under the preset's name for it (`error`, `err`). One that throws shows why. Default none. */
  readonly serializers?: Readonly<Record<string, JsonValueSerializer>>;
  /** Name, version, environment … of the service, by ECS's and OpenTelemetry's names below `service`: for `ecs`, `gcp` and `otel`. Default none. */
  readonly service?: Readonly<Record<string, string>>;
  /** Google Cloud project, to link records to their traces: for `gcp`. Default none. */
  readonly projectId?: string;
  /** Levels of nesting that are written. Default 8, at most 32. */
  readonly maxDepth?: number;
  /** Keys of one object, or items of one list. Default 1 000. */
  readonly maxKeys?: number;
  /** Characters (UTF-16 units) of one text. Default 65 536. */
  readonly maxStringLength?: number;
  /** Bytes of the whole line. Default 262 144, at least 4 096. */
  readonly maxRecordBytes?: number;
}

const PRESETS: Readonly<Record<JsonPreset, (surroundings: Surroundings) => Layout>> = { cordwood, pino, bunyan, ecs, gcp, otel, python };

const OPTIONS: OptionNames<JsonFormatterOptions> = {
  preset: true,
  time: true,
  timeZone: true,
  rename: true,
  omit: true,
  attributes: true,
  fields: true,
  fieldsKey: true,
  serializers: true,
  service: true,
  projectId: true,
  maxDepth: true,
  maxKeys: true,
  maxStringLength: true,
  maxRecordBytes: true,
};
const CALL_SITE = ["pathname", "filename", "module", "lineno", "funcName"];
/** Stands for what an attribute holds. */
const ATTRIBUTE = 0;
const TIMES = ["iso", "epoch-ms", "epoch-s", "nanoseconds"];

/**
 * One record, one line of JSON, whatever the values: what JSON has no form for is shown as text, what is circular, too deep or too long is
 * cut and marked, what throws when it is read leaves a placeholder. A field whose name the record itself uses goes under `extra`.
 */
export class JsonFormatter implements FormatterLike {
  /** Attributes of the record that are read; a handler that keeps records finds the call site first when it is among them. */
  readonly uses: readonly string[];
  readonly #plan: JsonPlan;
  readonly #writer: JsonWriter;
  #busy = false;

  /** @throws LoggingError for an unknown option or a value out of range. */
  constructor(options: JsonFormatterOptions = {}) {
    this.#plan = planOf(options);
    this.#writer = new JsonWriter(this.#plan);
    this.uses = options.preset === "python" ? CALL_SITE : [...(options.attributes ?? [])];
  }

  format(record: LogRecord): string {
    if (record.layout === this) return record.text;
    // A getter or toJSON that logs comes back here in the middle of a record.
    if (this.#busy) return new JsonWriter(this.#plan).write(record);
    this.#busy = true;
    try {
      const text = this.#writer.write(record);
      record.layout = this;
      record.text = text;
      return text;
    } finally {
      this.#busy = false;
    }
  }
}

function planOf(options: JsonFormatterOptions): JsonPlan {
  checkOptions("JsonFormatter", options, OPTIONS);
  const name = options.preset ?? "cordwood";
  if (!Object.hasOwn(PRESETS, name)) throw invalid("preset", name, `one of ${Object.keys(PRESETS).join(", ")}`);
  if (options.time !== undefined && !TIMES.includes(options.time)) throw invalid("time", options.time, `one of ${TIMES.join(", ")}`);
  const limits = limitsOf(options);
  const layout = PRESETS[name]({ hostname: hostname(), projectId: options.projectId, service: options.service, limits });
  const { time, otherTimes } = layout;
  if (options.time !== undefined && options.time !== time && otherTimes?.includes(options.time) === false)
    throw invalid("time", options.time, `what readers of "${name}" understand: ${[time, ...otherTimes].join(", ")}`);
  for (const option of ["time", "omit", "attributes", "fields", "fieldsKey"] as const) {
    if (layout.build !== undefined && options[option] !== undefined)
      throw new LoggingError(
        "OPTION_INVALID",
        `JsonFormatter: ${option} has no meaning with the preset "${name}", whose shape is fixed; leave it out`,
      );
  }
  const rename = options.rename ?? {};
  for (const [key, to] of Object.entries(rename)) if (typeof to !== "string") throw invalid(`rename.${key}`, to, "a text");
  for (const [key, serializer] of Object.entries(options.serializers ?? {}))
    if (typeof serializer !== "function") throw invalid(`serializers.${key}`, serializer, "a function");
  return {
    layout: options.time === undefined ? layout : { ...layout, time: options.time },
    slots: slotsOf(layout, options),
    limits,
    timeZone: checkTimeZone("JsonFormatter", options.timeZone ?? "utc"),
    rename,
    serializers: options.serializers ?? {},
    fieldsKey: options.fieldsKey ?? null,
  };
}

function slotsOf(layout: Layout, options: JsonFormatterOptions): readonly Slot[] {
  const { rename = {}, omit = [], attributes = [], fields = {} } = options;
  const keys = layout.slots.map((slot) => (slot.kind === "fields" ? "" : slot.key));
  for (const key of omit)
    if (!keys.includes(key)) throw invalid("omit", key, `keys of the preset (${keys.filter((known) => known !== "").join(", ")})`);
  const added: Slot[] = [
    ...attributes.map((attribute): Slot => ({ kind: "attribute", key: attribute, attribute })),
    ...Object.entries(fields).map(([key, value]): Slot => ({ kind: "constant", key, value })),
  ];
  const slots = layout.slots.flatMap((slot) => (slot.kind === "fields" ? [...added, slot] : omit.includes(slot.key) ? [] : [slot]));
  const named = slots.map((slot) =>
    slot.kind !== "fields" && Object.hasOwn(rename, slot.key) ? { ...slot, key: rename[slot.key] as string } : slot,
  );
  const seen = new Set<string>(options.fieldsKey === undefined ? [] : [options.fieldsKey]);
  const one = (key: string): void => {
    if (seen.has(key)) throw new LoggingError("OPTION_INVALID", `JsonFormatter: two keys would be called "${key}"; rename one of them`);
    seen.add(key);
  };
  for (const slot of named) {
    if (slot.kind === "fields") continue;
    // What an attribute holds is a text or a number, and nothing fits where neither does.
    if (slot.kind === "constant" || slot.kind === "attribute") layout.check?.(slot.key, slot.kind === "constant" ? slot.value : ATTRIBUTE);
    one(slot.key);
  }
  // Fields under a key of their own cannot meet the keys of the preset.
  if (options.fieldsKey !== undefined) seen.clear();
  seen.add(EXTRA);
  const ofSlots = new Set(slots.map((slot) => (slot.kind === "fields" ? "" : slot.key)));
  for (const [key, to] of Object.entries(rename)) if (!ofSlots.has(key) && key !== to) one(to);
  return named;
}

const limitsOf = (options: JsonFormatterOptions): SerializeLimits => ({
  maxDepth: checkNumber("JsonFormatter", "maxDepth", options.maxDepth ?? DEFAULT_LIMITS.maxDepth, 1, 32),
  maxKeys: checkNumber("JsonFormatter", "maxKeys", options.maxKeys ?? DEFAULT_LIMITS.maxKeys, 1, 1_000_000),
  maxStringLength: checkNumber(
    "JsonFormatter",
    "maxStringLength",
    options.maxStringLength ?? DEFAULT_LIMITS.maxStringLength,
    16,
    16_777_216,
  ),
  maxRecordBytes: checkNumber(
    "JsonFormatter",
    "maxRecordBytes",
    options.maxRecordBytes ?? DEFAULT_LIMITS.maxRecordBytes,
    4_096,
    67_108_864,
  ),
});

const invalid = (option: string, given: unknown, expected: string): LoggingError =>
  new LoggingError("OPTION_INVALID", `JsonFormatter: ${option} is ${show(given)}; give ${expected}`);
