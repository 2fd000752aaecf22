import { attempt, type LogRecord } from "@cordwood/core";

/** What a record weighs besides its texts. */
const RECORD_BYTES = 200;
const VALUE_BYTES = 16;
const DEEPEST = 8;

/** An estimate of the memory a prepared record keeps, from the lengths of its texts. Never throws. */
export function recordBytes(record: LogRecord): number {
  let bytes = RECORD_BYTES + record.message.length * 2;
  if (record.fields !== undefined) bytes += objectBytes(record.fields, 0);
  if (record.bound !== undefined) bytes += objectBytes(record.bound, 0);
  if (record.context !== undefined) bytes += objectBytes(record.context, 0);
  if (record.error !== undefined) bytes += errorBytes(record.error);
  if (record.excText !== null) bytes += record.excText.length * 2;
  if (record.stackInfo !== null) bytes += record.stackInfo.length * 2;
  return bytes;
}

function objectBytes(value: object, depth: number): number {
  let bytes = VALUE_BYTES;
  if (depth >= DEEPEST) return bytes;
  if (ArrayBuffer.isView(value)) return bytes + value.byteLength;
  try {
    for (const key in value) {
      const item = (value as Record<string, unknown>)[key];
      bytes += VALUE_BYTES + key.length * 2;
      if (typeof item === "string") bytes += item.length * 2;
      else if (typeof item === "object" && item !== null) bytes += objectBytes(item, depth + 1);
    }
  } catch {
    return bytes;
  }
  return bytes;
}

const errorBytes = (error: unknown): number =>
  attempt(() => {
    if (typeof error === "string") return error.length * 2;
    if (typeof error !== "object" || error === null) return VALUE_BYTES;
    const { stack, cause } = error as Error;
    return (typeof stack === "string" ? stack.length * 2 : 0) + (cause === undefined ? 0 : errorBytes(cause)) + objectBytes(error, 0);
  }, VALUE_BYTES);
