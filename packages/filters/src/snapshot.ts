import { isError, isPlainObject, type LogRecord, plainData } from "@cordwood/core";

const isFlat = (value: unknown): boolean => (typeof value !== "object" && typeof value !== "function") || value === null;

/** The record with the values of now: what the caller changes afterwards is not seen when it is written. */
export function snapshot(record: LogRecord): LogRecord {
  const { fields, bound, context, error } = record;
  if (fields === undefined && bound === undefined && context === undefined && isFlat(error)) {
    void record.message;
    return record;
  }
  return record.with({
    message: record.message,
    fields: copied(fields),
    bound: copied(bound),
    context: copied(context),
    ...(!isFlat(error) && { error: valueOfNow(error) }),
  });
}

function copied(fields: object | undefined): object | undefined {
  if (fields === undefined) return undefined;
  try {
    const copy: Record<string, unknown> = isPlainObject(fields) ? { ...fields } : { ...(plainData(fields) as object) };
    for (const key of Object.keys(copy)) if (!isFlat(copy[key])) define(copy, key, valueOfNow(copy[key]));
    return copy;
  } catch {
    return plainData(fields) as object;
  }
}

const valueOfNow = (value: unknown): unknown => (isError(value) ? errorOf(plainData(value)) : plainData(value));

/** An Error made from its data, so that formatters show it as one; anything else as it is. */
function errorOf(data: unknown): unknown {
  if (!isPlainObject(data) || typeof data["message"] !== "string" || !("name" in data) || !("stack" in data)) return data;
  const error = new Error(data["message"]);
  for (const key of Object.keys(data)) {
    const value = data[key];
    // What an error has by nature is not listed among its fields.
    const hidden = ["name", "message", "stack", "cause", "errors"].includes(key);
    const shown = key === "cause" ? errorOf(value) : key === "errors" && Array.isArray(value) ? value.map(errorOf) : value;
    Object.defineProperty(error, key, { value: shown, writable: true, enumerable: !hidden, configurable: true });
  }
  return error;
}

// Assigning to `__proto__` would give the copy another prototype.
const define = (to: object, key: string, value: unknown): void => {
  Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
};
