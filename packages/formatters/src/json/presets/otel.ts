import { attempt, type LogRecord, show } from "@cordwood/core";
import { errorForm } from "../error-form.js";
import { EXTRA } from "../limits.js";
import type { DataOf, Layout, Surroundings } from "../preset.js";
import { RecordTime } from "../record-time.js";
import { otelSeverity } from "../severity.js";

const TRACE_KEYS: Readonly<Record<string, "traceId" | "spanId" | "flags">> = {
  trace_id: "traceId",
  traceId: "traceId",
  span_id: "spanId",
  spanId: "spanId",
  trace_flags: "flags",
  traceFlags: "flags",
};

/** The ids of a span in OTLP's form; a collector refuses a whole request for one that is none, which is why it stays an attribute. */
const TRACE_FORMS: Readonly<Record<"traceId" | "spanId" | "flags", (value: unknown) => unknown>> = {
  traceId: (id) => hexadecimal(id, 32),
  spanId: (id) => hexadecimal(id, 16),
  flags: (flags) => {
    const number = typeof flags === "string" && /^[\da-f]{1,2}$/i.test(flags) ? Number.parseInt(flags, 16) : flags;
    return typeof number === "number" && Number.isInteger(number) ? number & 0xff : undefined;
  },
};

/** All zeros are what stands for no id. */
const hexadecimal = (id: unknown, digits: number): string | undefined =>
  typeof id === "string" && id.length === digits && /^[\da-f]*$/i.test(id) && /[^0]/.test(id) ? id.toLowerCase() : undefined;

/** The OpenTelemetry log data model as OTLP's JSON encoding of a LogRecord. */
export const otel = ({ service }: Surroundings): Layout => {
  const time = new RecordTime("nanoseconds", "utc");
  const resource = Object.entries(service ?? {}).map(([key, value]) => attribute(`service.${key}`, value));
  return {
    slots: [],
    time: "nanoseconds",
    nonFinite: "text",
    level: otelSeverity,
    error: (error) => errorForm(error),
    // fixed64 has no sign.
    build: (record, data) => logRecord(record, data, record.created < 0 ? "0" : time.of(record.created), resource),
    bounded: true,
  };
};

function logRecord(record: LogRecord, data: DataOf, time: string, resource: readonly Attribute[]): Record<string, unknown> {
  const attributes = [...resource, attribute("otel.scope.name", data(record.name))];
  const result: Record<string, unknown> = {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: attempt(() => otelSeverity(record.levelno), 0),
    severityText: show(data(record.levelname)),
    body: anyValue(data(record.message)),
    attributes,
  };
  const fields = data(record.extra) as Record<string, unknown>;
  const exception = exceptionOf(record, data);
  // The keys of attributes are unique.
  const taken = new Set([...attributes, ...exception].map(({ key }) => key));
  const aside: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(fields)) {
    const trace = Object.hasOwn(TRACE_KEYS, key) ? TRACE_KEYS[key] : undefined;
    const id = trace === undefined || Object.hasOwn(result, trace) ? undefined : TRACE_FORMS[trace](fields[key]);
    if (id !== undefined) result[trace as string] = id;
    else if (key === "" || key === EXTRA || taken.has(key)) aside[key] = fields[key];
    else attributes.push(attribute(key, fields[key]));
  }
  const names = Object.keys(aside);
  if (names.length > 0) attributes.push(attribute(EXTRA, names.length === 1 && names[0] === EXTRA ? aside[EXTRA] : aside));
  attributes.push(...exception);
  return result;
}

function exceptionOf(record: LogRecord, data: DataOf): readonly Attribute[] {
  if (record.error !== undefined) return exceptionAttributes(data(errorForm(record.error)) as Record<string, unknown>);
  return record.excText === null ? [] : [attribute("exception.stacktrace", data(record.excText))];
}

/** The semantic conventions know type, message and stack trace of an exception; the rest keeps its name below `exception`. */
function exceptionAttributes(form: Record<string, unknown>): readonly Attribute[] {
  const known: Readonly<Record<string, string>> = { name: "type", message: "message", stack: "stacktrace" };
  const all = Object.keys(form).map((key) => attribute(`exception.${Object.hasOwn(known, key) ? known[key] : key}`, form[key]));
  // An error may have a property of its own called `type` or `stacktrace`.
  return all.filter(({ key }, index) => all.findIndex((other) => other.key === key) === index);
}

interface Attribute {
  readonly key: string;
  readonly value: object;
}

const attribute = (key: string, value: unknown): Attribute => ({ key, value: anyValue(value) });

/** AnyValue of OTLP: integers as text, because a reader's number may hold fewer digits. */
function anyValue(value: unknown): object {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
    default:
      if (value === null || value === undefined) return {};
      if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
      return { kvlistValue: { values: Object.keys(value).map((key) => attribute(key, (value as Record<string, unknown>)[key])) } };
  }
}
