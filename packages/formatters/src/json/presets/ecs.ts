import { isPlainObject, show } from "@cordwood/core";
import { errorForm } from "../error-form.js";
import type { FieldRule, Layout, Slot, Surroundings } from "../preset.js";
import { ASIDE } from "../serialize.js";

/** Field sets of the ECS reference: each is an object there, and a document with anything else under the name is refused. */
const FIELD_SETS = new Set(
  (
    "agent client cloud container data_stream destination device dll dns ecs email entity error event faas file gen_ai group hash host http interface log " +
    "network observer orchestrator organization package process registry related rule server service source span threat tls trace " +
    "transaction url user user_agent vlan volume vulnerability x509 as geo os pe elf macho code_signature risk"
  ).split(" "),
);

const MOVED: Readonly<Record<string, string>> = { trace_id: "trace.id", span_id: "span.id", traceId: "trace.id", spanId: "span.id" };

/** Elastic Common Schema: `@timestamp`, `log.level` and `message` first, as the ECS logging libraries write them. */
export const ecs = ({ service }: Surroundings): Layout => ({
  slots: [
    { kind: "time", key: "@timestamp" },
    { kind: "level", key: "log.level" },
    { kind: "message", key: "message" },
    { kind: "constant", key: "ecs.version", value: "8.11.0" },
    { kind: "name", key: "log.logger" },
    { kind: "process", key: "process.pid" },
    { kind: "attribute", key: "process.thread.name", attribute: "threadName" },
    ...Object.entries(service ?? {}).map(([key, value]): Slot => ({ kind: "constant", key: `service.${key}`, value })),
    { kind: "fields" },
    { kind: "error", key: "error" },
    { kind: "excText", key: "error.stack_trace" },
    { kind: "stackInfo", key: "stackInfo" },
  ],
  time: "iso",
  // A text where the mapping has a number makes Elasticsearch refuse the document.
  nonFinite: "null",
  level: (_levelno, levelname) => levelname.toLowerCase(),
  error: ecsError,
  field: ecsField,
});

/** `error.type`, `error.message` and `error.stack_trace`; what else the error holds goes under a name that ECS leaves to its users. */
function ecsError(error: unknown): Record<string, unknown> {
  const form = errorForm(error, { name: "type", message: "message", stack: "stack_trace" });
  const result: Record<string, unknown> = Object.create(null);
  const details: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(form)) {
    if (key === "type" || key === "message" || key === "stack_trace") result[key] = form[key];
    else if (key === "code") result[key] = show(form[key]);
    else details[key] = form[key];
  }
  if (Object.keys(details).length > 0) result["Details"] = details;
  return result;
}

function ecsField(key: string): FieldRule | undefined {
  const moved = Object.hasOwn(MOVED, key) ? MOVED[key] : undefined;
  if (moved !== undefined) return { key: moved };
  if (FIELD_SETS.has(key)) return { action: (value) => (isPlainObject(value) ? value : ASIDE) };
  return undefined;
}
