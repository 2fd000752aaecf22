import { attempt, isError, LoggingError, show } from "@cordwood/core";
import { errorForm } from "../error-form.js";
import type { FieldRule, Layout, Slot, Surroundings } from "../preset.js";
import { ASIDE } from "../serialize.js";
import { ecsAccepts, ecsAt } from "./ecs-accepts.js";

const TRACE: FieldRule = { key: "trace.id", unless: ["trace.id"] };
const SPAN: FieldRule = { key: "span.id", unless: ["span.id"] };
const MOVED: Readonly<Record<string, FieldRule>> = {
  trace_id: TRACE,
  span_id: SPAN,
  traceId: { ...TRACE, unless: ["trace.id", "trace_id"] },
  spanId: { ...SPAN, unless: ["span.id", "span_id"] },
};

/** Elastic Common Schema: `@timestamp`, `log.level` and `message` first, as the ECS logging libraries write them. */
export const ecs = ({ service, limits }: Surroundings): Layout => {
  const slots: readonly Slot[] = [
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
  ];
  for (const [key, value] of Object.entries(service ?? {})) check(`service.${key}`, value, limits);
  const own = slots.flatMap((slot) => (slot.kind === "fields" || slot.kind === "excText" ? [] : [slot.key]));
  return {
    slots,
    time: "iso",
    // The mapping's date is `strict_date_optional_time||epoch_millis`.
    otherTimes: ["epoch-ms"],
    // A text where the mapping has a number makes Elasticsearch refuse the document.
    nonFinite: "null",
    level: (_levelno, levelname) => show(levelname).toLowerCase(),
    error: ecsError,
    field: (key) => ecsField(key, limits, own),
    nestedKey: nameable,
    check: (key, value) => check(key, value, limits),
  };
};

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

/**
 * A field by a name of ECS has to be what Elasticsearch expects there: it refuses the whole document for one that is not.
 * @param own Keys of the record itself, which an object must not bring a second time.
 */
function ecsField(key: string, limits: Surroundings["limits"], own: readonly string[]): FieldRule | undefined {
  const moved = Object.hasOwn(MOVED, key) ? MOVED[key] : undefined;
  const at = ecsAt(moved?.key ?? key);
  if (at === "taken") return { action: () => ASIDE };
  const unlessError = key.startsWith("error.");
  if (at === "free") return { key: nameable(key), unlessError };
  const owned = own.filter((name) => name.startsWith(`${key}.`)).map((name) => name.slice(key.length + 1));
  const action = (value: unknown): unknown => (ecsAccepts(at, value, limits) && !owned.some((name) => holds(value, name)) ? value : ASIDE);
  return key === "labels" ? { action: (value) => attempt(() => labels(action(value)), ASIDE) } : { ...moved, action, unlessError };
}

/** Whether an object, or one in a list, has something under a dotted name. */
function holds(value: unknown, name: string): boolean {
  if (Array.isArray(value)) return value.some((item: unknown) => holds(item, name));
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).some((key) => {
    if (key === name) return true;
    return name.startsWith(`${key}.`) && holds((value as Record<string, unknown>)[key], name.slice(key.length + 1));
  });
}

/** Elasticsearch takes a dot for the end of an object's name, so that there has to be a name on each side of it. */
const nameable = (key: string): string => (UNNAMEABLE.test(key) ? `[${key.replaceAll(".", "_")}]` : key);
const UNNAMEABLE = /(?:^|\.)\s*(?:\.|$)/;

/** The logging libraries' specification has no objects among the labels, and their names without what Elasticsearch gives a meaning. */
function labels(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(labels).includes(ASIDE) ? ASIDE : value.map(labels);
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, label] of Object.entries(value)) {
    if (typeof label === "object" && label !== null && !(label instanceof Date)) return ASIDE;
    result[key.replace(/[.*\\]/g, "_")] = label;
  }
  return result;
}

function check(key: string, value: unknown, limits: Surroundings["limits"]): void {
  const at = ecsAt(key);
  if (at === "free" || (at !== "taken" && (isError(value) || ecsAccepts(at, value, limits)))) return;
  throw new LoggingError(
    "OPTION_INVALID",
    `JsonFormatter: "${key}" with ${show(value)} is not what the Elastic Common Schema has under that name, so that Elasticsearch would refuse each line; use a name that ECS does not know`,
  );
}
