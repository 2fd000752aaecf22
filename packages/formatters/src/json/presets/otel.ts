import { attempt, type LogRecord, show } from "@cordwood/core";
import { errorForm } from "../error-form.js";
import type { DataOf, Layout, Surroundings } from "../preset.js";
import { RecordTime } from "../record-time.js";
import { otelSeverity } from "../severity.js";

const TRACE_KEYS: Readonly<Record<string, string>> = {
  trace_id: "traceId",
  traceId: "traceId",
  span_id: "spanId",
  spanId: "spanId",
  trace_flags: "flags",
  traceFlags: "flags",
};

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
    build: (record, data) => logRecord(record, data, time.of(record.created), resource),
  };
};

function logRecord(record: LogRecord, data: DataOf, time: string, resource: readonly object[]): Record<string, unknown> {
  const attributes: object[] = [...resource, attribute("otel.scope.name", data(record.name))];
  const result: Record<string, unknown> = {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: attempt(() => otelSeverity(record.levelno), 0),
    severityText: data(record.levelname),
    body: anyValue(data(record.message)),
    attributes,
  };
  const fields = data(record.extra) as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const trace = Object.hasOwn(TRACE_KEYS, key) ? TRACE_KEYS[key] : undefined;
    if (trace === undefined) attributes.push(attribute(key, fields[key]));
    else result[trace] = trace === "flags" ? attempt(() => flagsOf(fields[key]), 0) : show(fields[key]).toLowerCase();
  }
  if (record.error !== undefined) attributes.push(...exceptionAttributes(data(errorForm(record.error)) as Record<string, unknown>));
  else if (record.excText !== null) attributes.push(attribute("exception.stacktrace", data(record.excText)));
  return result;
}

/** The semantic conventions know type, message and stack trace of an exception; the rest keeps its name below `exception`. */
function exceptionAttributes(form: Record<string, unknown>): object[] {
  const known: Readonly<Record<string, string>> = { name: "type", message: "message", stack: "stacktrace" };
  return Object.keys(form).map((key) => attribute(`exception.${known[key] ?? key}`, form[key]));
}

const attribute = (key: string, value: unknown): object => ({ key, value: anyValue(value) });

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

const flagsOf = (flags: unknown): number => Number(typeof flags === "string" ? `0x${flags}` : flags) & 0xff;
