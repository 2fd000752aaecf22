import { attempt, isPlainObject } from "@cordwood/core";
import { ERROR_NAMES, errorForm } from "../error-form.js";
import type { FieldRule, Layout, Slot, Surroundings } from "../preset.js";
import { gcpSeverity } from "../severity.js";

const PREFIX = "logging.googleapis.com/";

/** Google Cloud's structured logging: `severity`, `message`, `time`, and the special fields that its agent lifts out of the payload. */
export const gcp = ({ projectId, service }: Surroundings): Layout => ({
  slots: [
    { kind: "level", key: "severity" },
    { kind: "time", key: "time" },
    { kind: "message", key: "message" },
    { kind: "name", key: "logger" },
    ...(service === undefined
      ? []
      : [{ kind: "constant", key: "serviceContext", value: { service: service["name"], version: service["version"] } } as Slot]),
    { kind: "fields" },
    { kind: "error", key: "error" },
    // Where Error Reporting looks for it.
    { kind: "stackText", key: "stack_trace" },
    { kind: "stackInfo", key: "stackInfo" },
  ],
  time: "iso",
  nonFinite: "null",
  level: gcpSeverity,
  error: (error) => errorForm(error, { ...ERROR_NAMES, stack: null }),
  field: (key) => gcpField(key, projectId),
});

function gcpField(key: string, projectId: string | undefined): FieldRule | undefined {
  switch (key) {
    case "trace_id":
    case "traceId":
      // The agent links a trace only by its full resource name.
      return {
        key: `${PREFIX}trace`,
        action: (id) => (projectId === undefined ? id : `projects/${projectId}/traces/${attempt(() => String(id), "")}`),
      };
    case "span_id":
    case "spanId":
      return { key: `${PREFIX}spanId` };
    case "trace_flags":
    case "traceFlags":
      return { key: `${PREFIX}trace_sampled`, action: (flags) => isSampled(flags) };
    case "labels":
    case "operation":
    case "sourceLocation":
    case "insertId":
      return { key: `${PREFIX}${key}` };
    case "httpRequest":
      return { action: (value) => (isPlainObject(value) ? attempt(() => httpRequest(value), value) : value) };
    default:
      return undefined;
  }
}

// W3C trace flags: the lowest bit says that the trace is recorded. They come as a number or as two hexadecimal digits.
const isSampled = (flags: unknown): boolean =>
  typeof flags === "boolean" ? flags : (Number(typeof flags === "string" ? `0x${flags}` : flags) & 1) === 1;

/** LogEntry's HttpRequest has a Duration for latency (`"0.25s"`) and 64-bit sizes as text. */
function httpRequest(request: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...request };
  if (typeof result["latencyMs"] === "number") {
    result["latency"] = `${result["latencyMs"] / 1000}s`;
    delete result["latencyMs"];
  } else if (typeof result["latency"] === "number") result["latency"] = `${result["latency"]}s`;
  for (const size of ["requestSize", "responseSize", "cacheFillBytes"])
    if (typeof result[size] === "number") result[size] = `${result[size]}`;
  return result;
}
