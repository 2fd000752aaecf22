import { getLogger, type LogRecord, makeLogRecord } from "@cordwood/core";

/** What another library knows of a record. */
export interface ForeignRecord {
  readonly levelno: number;
  readonly msg: unknown;
  readonly fields?: object | undefined;
  readonly error?: unknown;
  /** Seconds since 1970; now when missing. */
  readonly created?: number | undefined;
  readonly process?: number | undefined;
  /** What `getContext()` gave where the call was made. */
  readonly context?: object | undefined;
}

/** Gives a record from elsewhere to the logger of that name, as a call here would. Whether the logger's level took it. */
export function deliver(name: string, foreign: ForeignRecord, prepare?: (record: LogRecord) => void): boolean {
  const logger = getLogger(name);
  if (!logger.isEnabledFor(foreign.levelno)) return false;
  const given: Record<string, unknown> = { name: logger.name };
  for (const [key, value] of Object.entries(foreign)) if (value !== undefined) given[key] = value;
  const record = makeLogRecord(given);
  prepare?.(record);
  logger.handle(record);
  return true;
}
