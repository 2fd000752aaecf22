import { errorText, isError, isPlainObject, type LogRecord, plainData, show } from "@cordwood/core";
import type { Attributes } from "@opentelemetry/api";
import { TRACE_FIELDS } from "./trace-context.js";

/**
 * A record's fields as attributes, as data that every exporter can encode: dates, big integers, maps and class instances by the rules of
 * `plainData`. The ids of a valid span are left to the record's context.
 * @param traced whether the ids went into the context.
 */
export function attributesOf(record: LogRecord, traced: boolean): Attributes {
  const attributes: Attributes = {};
  const { extra } = record;
  for (const key of Object.keys(extra)) {
    const value = extra[key];
    if (value === undefined || key === "" || (traced && TRACE_FIELDS.has(key))) continue;
    // Defined, not assigned: `__proto__` is a name like any other here.
    Object.defineProperty(attributes, key, { value: plainData(value), enumerable: true, configurable: true, writable: true });
  }
  if (record.error !== undefined) Object.assign(attributes, exceptionAttributes(record.error));
  else if (record.excText !== null) attributes["exception.stacktrace"] = record.excText;
  if (record.stackInfo !== null) attributes["code.stacktrace"] = record.stackInfo;
  return attributes;
}

/** Semantic conventions, exceptions: `exception.type`, `exception.message`, `exception.stacktrace`; the stack ends with the causes. */
function exceptionAttributes(error: unknown): Attributes {
  const data = plainData(error);
  if (!isError(error) && !(isPlainObject(data) && "message" in data)) {
    return { "exception.type": error === null ? "null" : typeof error, "exception.message": show(error) };
  }
  const { name, message } = data as { name?: unknown; message?: unknown };
  const attributes: Attributes = { "exception.type": show(name ?? "Error"), "exception.message": show(message ?? "") };
  attributes["exception.stacktrace"] = isError(error) ? errorText(error) : show((data as { stack?: unknown }).stack ?? message);
  return attributes;
}

/** Semantic conventions, code: where the call stands, when that is known. */
export const codeAttributes = (record: LogRecord): Attributes =>
  record.lineno === 0
    ? {}
    : { "code.file.path": record.pathname, "code.line.number": record.lineno, "code.function.name": record.funcName };
