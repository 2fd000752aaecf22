import { attempt, isPlainObject } from "@cordwood/core";

/** Gives a value the form that Google Cloud's agent knows; `undefined` when it has none. */
type Form = (value: unknown) => unknown;

/** A field of LogEntry that the agent lifts out of the payload. */
export interface SpecialField {
  /** Behind `logging.googleapis.com/`. */
  readonly name: string;
  /** What users call it; the earlier ones win. */
  readonly aliases: readonly string[];
  readonly form: Form;
}

const text: Form = (value) => {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return `${value}`;
  return value instanceof URL ? value.href : undefined;
};
const flag: Form = (value) => (typeof value === "boolean" ? value : undefined);
const count: Form = (value) => (typeof value === "number" && Math.abs(value) < 2 ** 31 ? Math.trunc(value) : undefined);
/** 64-bit numbers are texts in the JSON of protocol buffers. */
const longCount: Form = (value) => {
  if (typeof value === "string" && /^-?\d{1,18}$/.test(value)) return value;
  return Number.isSafeInteger(value) || (typeof value === "bigint" && BigInt.asIntN(64, value) === value) ? `${value}` : undefined;
};
/** A Duration: seconds with at most nine decimals. */
const seconds = (value: number): string | undefined => (Math.abs(value) < 3e11 ? `${value.toFixed(9).replace(/\.?0+$/, "")}s` : undefined);
const duration: Form = (value) => {
  if (typeof value === "number") return seconds(value);
  return typeof value === "string" && /^-?\d{1,12}(?:\.\d{1,9})?s$/.test(value) ? value : undefined;
};

/** A message with these fields; `undefined` for one that has another, or one of another type. */
const message =
  (fields: Readonly<Record<string, Form>>): Form =>
  (value) => {
    if (!isPlainObject(value)) return undefined;
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const given = value[key];
      if (given === null || given === undefined) continue;
      const form = Object.hasOwn(fields, key) ? (fields[key] as Form)(given) : undefined;
      if (form === undefined) return undefined;
      result[key] = form;
    }
    return result;
  };

// google/logging/v2/log_entry.proto and google/logging/type/http_request.proto of github.com/googleapis/googleapis.
const operation = message({ id: text, producer: text, first: flag, last: flag });
const sourceLocation = message({ file: text, line: longCount, function: text });
const request = message({
  ...{ requestMethod: text, requestUrl: text, requestSize: longCount, status: count, responseSize: longCount, userAgent: text },
  ...{ remoteIp: text, serverIp: text, referer: text, latency: duration, cacheLookup: flag, cacheHit: flag },
  ...{ cacheValidatedWithOriginServer: flag, cacheFillBytes: longCount, protocol: text },
});

/** LogEntry's HttpRequest, whose latency may be given as `latencyMs`. */
export const httpRequest: Form = (value) => {
  if (!isPlainObject(value) || typeof value["latencyMs"] !== "number") return request(value);
  const { latencyMs, ...others } = value;
  return request({ ...others, latency: (latencyMs as number) / 1000 });
};

/** A map of texts. */
const labels: Form = (value) => {
  if (!isPlainObject(value)) return undefined;
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) {
    const given = value[key];
    if (given === null || given === undefined) continue;
    const label = typeof given === "boolean" ? `${given}` : text(given);
    if (label === undefined) return undefined;
    result[key] = label;
  }
  return result;
};

// W3C trace flags: the lowest bit says that the trace is recorded. They come as a number or as two hexadecimal digits.
const isSampled: Form = (flags) =>
  typeof flags === "boolean" ? flags : (Number(typeof flags === "string" ? `0x${flags}` : flags) & 1) === 1;

const SPECIAL_FIELDS: readonly SpecialField[] = [
  { name: "trace", aliases: ["trace_id", "traceId"], form: text },
  { name: "spanId", aliases: ["span_id", "spanId"], form: text },
  { name: "trace_sampled", aliases: ["trace_flags", "traceFlags"], form: isSampled },
  { name: "labels", aliases: ["labels"], form: labels },
  { name: "operation", aliases: ["operation"], form: operation },
  { name: "sourceLocation", aliases: ["sourceLocation"], form: sourceLocation },
  { name: "insertId", aliases: ["insertId"], form: text },
].map((field) => ({ ...field, form: (value) => attempt(() => field.form(value), undefined) }));

/** The special field that goes by a name, its own behind `prefix` or one that users have for it. */
export const specialField = (key: string, prefix: string): SpecialField | undefined =>
  SPECIAL_FIELDS.find(({ name, aliases }) => key === prefix + name || aliases.includes(key));
