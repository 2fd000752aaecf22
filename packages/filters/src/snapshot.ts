import { isError, isPlainObject, type LogRecord, plainData } from "@cordwood/core";

const isFlat = (value: unknown): boolean => (typeof value !== "object" && typeof value !== "function") || value === null || isError(value);

/** The record with the values of now: what the caller changes afterwards is not seen when it is written. */
export function snapshot(record: LogRecord): LogRecord {
  const { fields, bound, context } = record;
  if (fields === undefined && bound === undefined && context === undefined) {
    void record.message;
    return record;
  }
  // Bound fields and context are facts of their logger and request; fields belong to the one call.
  return record.with({ message: record.message, fields: copied(fields), bound: copied(bound), context: copied(context) });
}

function copied(fields: object | undefined): object | undefined {
  if (fields === undefined) return undefined;
  try {
    const copy: Record<string, unknown> = isPlainObject(fields) ? { ...fields } : { ...(plainData(fields) as object) };
    for (const key of Object.keys(copy)) if (!isFlat(copy[key])) define(copy, key, plainData(copy[key]));
    return copy;
  } catch {
    return plainData(fields) as object;
  }
}

// Assigning to `__proto__` would give the copy another prototype.
const define = (to: object, key: string, value: unknown): void => {
  Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
};
