import { type FormatterLike, LogRecord, type LogRecordInit } from "@cordwood/core";
import { setFinished } from "./finished-lines.js";
import { snapshotError, snapshotFields } from "./snapshot.js";

/** What differs between preparing for one place and another. */
export interface PrepareOptions {
  /** Its text becomes the message, as in Python; error, traceback and stack are then part of it and kept nowhere else. */
  readonly formatter?: FormatterLike | null;
  /** Whether the call site is to be kept; finding it costs some microseconds. */
  readonly callSite?: boolean;
}

/** Names of attributes whose reading finds the call site. */
export const CALL_SITE: readonly string[] = Object.freeze(["pathname", "filename", "module", "lineno", "funcName"]);

// Own properties of what a logging call here makes, and what reading such a record may add.
let plainKeys: ReadonlySet<string> = new Set();

/** Whether a record is what a logging call here makes: a new one from the same parts equals it. */
export function isPlainRecord(record: LogRecord): boolean {
  if (record.constructor !== LogRecord) return false;
  if (plainKeys.size === 0) plainKeys = new Set(Object.keys(new LogRecord({ name: "", levelno: 0, msg: "" })));
  const keys = Object.keys(record);
  if (keys.length === plainKeys.size) return true;
  return keys.every((key) => plainKeys.has(key) || key === "asctime" || key === "merged");
}

/**
 * A copy of the record that holds the values of now and can be kept, sent and formatted in any way: arguments merged into the message, the error
 * as data, fields and context copied. The record itself is not changed. Never throws.
 */
export function prepareRecord(record: LogRecord, options: PrepareOptions = {}): LogRecord {
  const { formatter } = options;
  if (formatter) {
    const message = formatter.format(record);
    return setFinished(record.with({ ...snapshots(record), message, error: undefined, excText: null, stackInfo: null }));
  }
  const message = record.message;
  if (!isPlainRecord(record)) {
    // Read now, while the call that made the record is still running.
    if (options.callSite === true) void record.lineno;
    return record.with({ ...snapshots(record), message });
  }
  const copy = copyPlain(record, message);
  if (options.callSite === true) {
    const { pathname, lineno, funcName } = record;
    Object.assign(copy, { pathname, lineno, funcName });
  }
  return copy;
}

/** The quick way for what logging calls make: several times cheaper than `with`. */
function copyPlain(record: LogRecord, message: string): LogRecord {
  const { error, fields, bound, context } = record;
  const copy = new LogRecord({
    name: record.name,
    levelno: record.levelno,
    msg: message,
    error: error === undefined ? undefined : snapshotError(error),
    fields: fields === undefined ? undefined : snapshotFields(fields),
    bound: bound === undefined ? undefined : snapshotFields(bound),
    context: context === undefined ? undefined : snapshotFields(context),
  } satisfies LogRecordInit) as { -readonly [K in keyof LogRecord]: LogRecord[K] };
  copy.created = record.created;
  copy.levelname = record.levelname;
  if (record.asctime !== undefined) copy.asctime = record.asctime;
  return copy as LogRecord;
}

function snapshots(record: LogRecord): Record<string, unknown> {
  const { error, fields, bound, context } = record;
  const changes: Record<string, unknown> = {};
  // An empty text says as little as none.
  if (record.excText === "") changes["excText"] = null;
  if (record.stackInfo === "") changes["stackInfo"] = null;
  if (error !== undefined) changes["error"] = snapshotError(error);
  if (fields !== undefined) changes["fields"] = snapshotFields(fields);
  if (bound !== undefined) changes["bound"] = snapshotFields(bound);
  if (context !== undefined) changes["context"] = snapshotFields(context);
  return changes;
}
