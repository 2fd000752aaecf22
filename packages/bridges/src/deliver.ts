import { getLogger, getLogRecordFactory, LogRecord, type LogRecordInit, reportError } from "@cordwood/core";

/** What another library knows of a record. */
export interface ForeignRecord {
  readonly levelno: number;
  readonly msg: unknown;
  readonly fields?: object | undefined;
  readonly error?: unknown;
  /** Seconds since 1970; now when missing. */
  readonly created?: number | undefined;
  /** Number of the process it comes from; this one when missing. */
  readonly process?: number | undefined;
  /** What `getContext()` gave where the call was made. */
  readonly context?: object | undefined;
}

/** Gives a record from elsewhere to the logger of that name, as a call here would. Whether the logger's level took it. */
export function deliver(name: string, foreign: ForeignRecord, prepare?: (record: LogRecord) => void): boolean {
  const logger = getLogger(name);
  const { levelno, msg, fields, error, context, created, process } = foreign;
  if (!logger.isEnabledFor(levelno)) return false;
  // Not by makeLogRecord: it looks for every attribute there is, which takes longer than reading the line.
  const record = make({ name: logger.name, levelno, msg, fields, error, context });
  const attributes = record as { -readonly [K in "created" | "process"]: number };
  if (created !== undefined) attributes.created = created;
  if (process !== undefined && process !== record.process) attributes.process = process;
  prepare?.(record);
  logger.handle(record);
  return true;
}

/** A factory of the application that fails must not fail the other library's call. */
function make(init: LogRecordInit): LogRecord {
  try {
    const record = getLogRecordFactory()(init);
    if (record) return record;
  } catch (error) {
    reportError({ cause: "record factory", message: "the record factory failed for a record from another library", error });
  }
  return new LogRecord(init);
}
