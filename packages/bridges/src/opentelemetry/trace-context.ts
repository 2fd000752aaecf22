import { getLogRecordFactory, type LogRecord, type LogRecordInit } from "@cordwood/core";
import { type Context, context, isSpanContextValid, ROOT_CONTEXT, trace } from "@opentelemetry/api";

/** The ids of a span by the names of "Trace Context in non-OTLP Log Formats": lower-case hexadecimal text. */
interface TraceFields {
  readonly trace_id: string;
  readonly span_id: string;
  readonly trace_flags: string;
}

/** Names of the fields that carry trace and span. */
export const TRACE_FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set(["trace_id", "span_id", "trace_flags"]);

/** The ids of the span that is active here; `undefined` outside of any. */
function activeTrace(): TraceFields | undefined {
  const span = trace.getSpanContext(context.active());
  if (!span || !isSpanContextValid(span)) return undefined;
  return { trace_id: span.traceId, span_id: span.spanId, trace_flags: (span.traceFlags & 0xff).toString(16).padStart(2, "0") };
}

/**
 * A record factory that puts `trace_id`, `span_id` and `trace_flags` of the active span on every record, whichever logger it comes from:
 * `setLogRecordFactory(traceContextFactory())`. Fields of the call with these names win.
 * @param next makes the record. Default: the factory in force when this one is made.
 */
export function traceContextFactory(next: (init: LogRecordInit) => LogRecord = getLogRecordFactory()): (init: LogRecordInit) => LogRecord {
  return (init) => {
    const ids = activeTrace();
    return next(ids ? { ...init, context: { ...init.context, ...ids } } : init);
  };
}

/** A filter that does the same for the records of one logger or handler. It must run during the call: on a handler behind a queue it is too late. */
export const traceContextFilter =
  (): ((record: LogRecord) => LogRecord) =>
  (record): LogRecord => {
    const ids = activeTrace();
    return ids ? record.with({ context: { ...record.context, ...ids } }) : record;
  };

/** The context a record's own ids stand for, so that one from a queue keeps the span it was logged in; `undefined` when it has none. */
export function contextOf(fields: Readonly<Record<string, unknown>>): Context | undefined {
  const { trace_id: traceId, span_id: spanId, trace_flags: flags } = fields;
  if (typeof traceId !== "string" || typeof spanId !== "string") return undefined;
  const traceFlags = (typeof flags === "string" ? Number.parseInt(flags, 16) : Number(flags ?? 0)) & 0xff;
  const span = { traceId: traceId.toLowerCase(), spanId: spanId.toLowerCase(), traceFlags };
  return isSpanContextValid(span) ? trace.setSpanContext(ROOT_CONTEXT, span) : undefined;
}
