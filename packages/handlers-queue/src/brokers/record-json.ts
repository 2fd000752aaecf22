import { isPlainObject, LoggingError, type LogRecord, makeLogRecord } from "@cordwood/core";
import { isPlainRecord } from "../prepare.js";
import { reviveError } from "../snapshot.js";
import { flatJson } from "../worker/flat-json.js";

/** Attributes taken from outside, and what they must be; everything else that comes is a field. */
const ATTRIBUTES: Readonly<Record<string, "string" | "number" | "any">> = {
  name: "string",
  msg: "any",
  args: "any",
  levelname: "string",
  levelno: "number",
  pathname: "string",
  filename: "string",
  module: "string",
  exc_text: "string",
  stack_info: "string",
  lineno: "number",
  funcName: "string",
  created: "number",
  msecs: "number",
  relativeCreated: "number",
  thread: "number",
  threadName: "string",
  processName: "string",
  process: "number",
  taskName: "string",
};
const IGNORED = new Set(["exc_info", "message", "asctime", "error", "extra"]);

/** Longest text of a record taken from outside, in characters; deepest nesting; most fields. */
const LONGEST = 1024 * 1024;
const DEEPEST = 64;
const MOST_KEYS = 1_000;

const WITHOUT_SITE =
  '"pathname":"(unknown file)","filename":"(unknown file)","module":"(unknown file)","exc_info":null,"exc_text":null,"stack_info":null,"lineno":0,"funcName":"(unknown function)","created":';

let lastName = "";
let lastLevel = "";
let lastPrefix = "";

/**
 * A record as JSON, in the shape of Python's `record.__dict__`, its arguments merged into the message. Everything is read now. The call site is
 * told only by records that know it: finding it for every record would cost more than all the rest.
 */
export function recordJson(record: LogRecord): string {
  const { fields, bound, context } = record;
  if (record.error === undefined && bound === undefined && context === undefined && isPlainRecord(record)) {
    const extra = fields === undefined ? "" : simpleFields(fields);
    if (extra !== undefined) return plainJson(record, extra);
  }
  if (isPlainRecord(record)) {
    // A copy made of the same parts has no call site to look for.
    const { name, levelno, levelname, created, error } = record;
    const copy = { name, levelno, levelname, created, msg: record.message, error, fields, bound, context };
    const { thread, threadName, process, processName, relativeCreated } = record;
    return JSON.stringify(makeLogRecord({ ...copy, thread, threadName, process, processName, relativeCreated }));
  }
  return JSON.stringify({ ...record.toJSON(), msg: record.message, args: [] });
}

function plainJson(record: LogRecord, extra: string): string {
  const { name, levelname } = record;
  if (name !== lastName || levelname !== lastLevel) {
    lastName = name;
    lastLevel = levelname;
    lastPrefix = `{"name":${JSON.stringify(name)},"args":[],"levelname":${JSON.stringify(levelname)},"levelno":`;
  }
  const { thread, threadName, processName, process, created, msecs, relativeCreated } = record;
  const times = `${created},"msecs":${msecs},"relativeCreated":${relativeCreated}`;
  const whose = `,"thread":${thread},"threadName":${JSON.stringify(threadName)},"processName":${JSON.stringify(processName)},"process":${process}`;
  return `${lastPrefix}${record.levelno},"msg":${JSON.stringify(record.message)},${WITHOUT_SITE}${times}${whose},"taskName":null${extra}}`;
}

/** The fields as the end of an object, where they are plain and no name clashes with an attribute. */
function simpleFields(fields: object): string | undefined {
  try {
    for (const key in fields) if (key in ATTRIBUTES || IGNORED.has(key)) return undefined;
    const text = flatJson(fields);
    return text === undefined ? undefined : text === "{}" ? "" : `,${text.slice(1, -1)}`;
  } catch {
    return undefined;
  }
}

/**
 * A record from JSON that came from outside. It is data: a fixed list of attributes with their types, and fields.
 * @throws LoggingError `RECORD_INVALID` for what is no record, is too long, too deep or has too many fields.
 */
export function recordFromJson(json: string): LogRecord {
  if (json.length > LONGEST) throw invalid(`is ${json.length} characters long; at most ${LONGEST} are taken`);
  if (isTooDeep(json)) throw invalid(`is nested deeper than ${DEEPEST}`);
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (cause) {
    throw invalid("is no JSON", cause);
  }
  if (!isPlainObject(data)) throw invalid("is no JSON object");
  const keys = Object.keys(data);
  if (keys.length > MOST_KEYS) throw invalid(`has ${keys.length} members; at most ${MOST_KEYS} are taken`);
  const attributes: Record<string, unknown> = Object.create(null);
  const fields: Record<string, unknown> = Object.create(null);
  for (const key of keys) {
    const value = data[key];
    const type = Object.hasOwn(ATTRIBUTES, key) ? ATTRIBUTES[key] : undefined;
    if (type === undefined) {
      if (!IGNORED.has(key)) fields[key] = value;
    } else if (type === "any" || typeof value === type) attributes[key] = value;
  }
  const { extra, error } = data;
  if (isPlainObject(extra)) for (const key of Object.keys(extra)) fields[key] = extra[key];
  else if (extra !== undefined) fields["extra"] = extra;
  if (error !== undefined && error !== null) attributes["error"] = reviveError(error);
  // The text that came with the error is its stack and causes once more.
  if (attributes["error"] instanceof Error) delete attributes["exc_text"];
  if (Object.keys(fields).length > 0) attributes["fields"] = fields;
  return makeLogRecord(attributes);
}

const invalid = (what: string, cause?: unknown): LoggingError =>
  new LoggingError("RECORD_INVALID", `a record from outside ${what}; it is given up`, cause === undefined ? undefined : { cause });

/** Whether brackets outside of strings nest too deep: `JSON.parse` itself would take any depth, and much time for it. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 123 || c === 91) {
      if (++depth > DEEPEST) return true;
    } else if (c === 125 || c === 93) depth--;
  }
  return false;
}
