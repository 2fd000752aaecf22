import { attempt, LoggingError, type LogRecord } from "@cordwood/core";
import { listed } from "./pattern.js";

type Values = Readonly<Record<string, unknown>>;

/** Reads one attribute; a function for each keeps the property access of every layout step of one kind. */
export type Reader = (record: LogRecord) => unknown;

/** What formats may name beside fields: Python's names, because format strings say them. */
const READERS: ReadonlyMap<string, Reader> = /* @__PURE__ */ new Map<string, Reader>([
  ["name", (record) => record.name],
  ["msg", (record) => record.msg],
  ["args", (record) => record.args],
  ["levelname", (record) => record.levelname],
  ["levelno", (record) => record.levelno],
  ["pathname", (record) => record.pathname],
  ["filename", (record) => record.filename],
  ["module", (record) => record.module],
  ["lineno", (record) => record.lineno],
  ["funcName", (record) => record.funcName],
  ["created", (record) => record.created],
  ["asctime", (record) => record.asctime],
  ["msecs", (record) => record.msecs],
  ["relativeCreated", (record) => record.relativeCreated],
  ["thread", (record) => record.thread],
  ["threadName", (record) => record.threadName],
  ["process", (record) => record.process],
  ["processName", (record) => record.processName],
  ["taskName", (record) => record.taskName],
  ["message", (record) => record.getMessage()],
  ["error", (record) => record.error],
  ["fields", (record) => record.fields],
  ["bound", (record) => record.bound],
  ["context", (record) => record.context],
  ["extra", (record) => record.extra],
  // Python's triple of type, value and traceback, which is never here.
  ["exc_info", () => null],
  ["excText", (record) => record.excText],
  ["exc_text", (record) => record.excText],
  ["stackInfo", (record) => record.stackInfo],
  ["stack_info", (record) => record.stackInfo],
]);

/** What a record keeps for itself. */
const PRIVATE: ReadonlySet<string> = /* @__PURE__ */ new Set("layout text made site given merged".split(" "));

const MISSING = {};

/** The reader of an attribute; `undefined` when the name is that of a field. */
export const attributeReader = (name: string): Reader | undefined => READERS.get(name);

/**
 * The value of a field by the name a format uses: a property that a filter has set on the record, a field of the call, of `with`, of the
 * context, a default, in this order. Throws a `LoggingError` that names what there is.
 */
export function recordField(record: LogRecord, name: string, defaults: Values | undefined): unknown {
  const attribute = READERS.has(name);
  if (!attribute && !PRIVATE.has(name) && Object.hasOwn(record, name))
    return attempt(() => (record as unknown as Values)[name], "[throws]");
  for (const source of [record.fields, record.bound, record.context, defaults]) {
    if (source === undefined || source === null) continue;
    const value = attempt(() => read(source, name), "[throws]");
    if (value !== MISSING) return value;
  }
  // An attribute that has no value, such as the asyncio task's name, is shown as that.
  if (attribute) return null;
  throw new LoggingError("FIELD_MISSING", missingText(record, name, defaults));
}

/** An own property, or what a getter of its class computes. */
function read(source: object, name: string): unknown {
  if (Object.hasOwn(source, name)) return (source as Values)[name];
  for (let at = Object.getPrototypeOf(source); at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property !== undefined) return property.get === undefined ? MISSING : (source as Values)[name];
  }
  return MISSING;
}

function missingText(record: LogRecord, name: string, defaults: Values | undefined): string {
  const names = [record, record.fields, record.bound, record.context, defaults].flatMap((source) =>
    source === undefined || source === null ? [] : attempt(() => Object.keys(source), [] as string[]),
  );
  const fields = [...new Set(names)].filter((field) => !READERS.has(field) && !PRIVATE.has(field));
  const others = fields.length === 0 ? "this record has no fields" : `this record has the fields ${listed(fields)}`;
  return `formatting field not found in record: ${JSON.stringify(name)}; it is no attribute, and ${others}; log it as a field or give it in defaults`;
}
