import { attempt, INFO, isPlainObject } from "@cordwood/core";
import type { ForeignRecord } from "../deliver.js";
import { CROSSED } from "./mark.js";
import { levelOfPino } from "./pino-level.js";

/** What a line says. */
export interface PinoLine extends ForeignRecord {
  /** `name` of the pino instance; empty for none. */
  readonly name: string;
  /** Whether the line was made of a record that came from pino. */
  readonly crossed: boolean;
}

const DEEPEST_CAUSE = 8;
/** Numbers below are seconds (`stdTimeFunctions.unixTime`): as milliseconds they would be before 1973. */
const LEAST_MILLISECONDS = 1e11;
/** Longest name of a pino instance that becomes the name of a logger. */
const LONGEST_NAME = 100;

/** Reads one line. What is no JSON object is a message at INFO. */
export function readPinoLine(text: string): PinoLine {
  const line = attempt(() => JSON.parse(text) as unknown);
  if (!isPlainObject(line)) return { name: "", crossed: false, levelno: INFO, msg: text };
  const { level, time, msg, err, pid, name } = line;
  const error = errorOf(err, 0);
  return {
    name: isName(name) ? name : "",
    crossed: line[CROSSED] === true,
    levelno: levelOfPino(level),
    msg: typeof msg === "string" ? msg : (msg ?? ""),
    fields: fieldsOf(line, error !== undefined),
    error,
    created: secondsOf(time),
    process: typeof pid === "number" ? pid : undefined,
  };
}

const isName = (name: unknown): name is string => typeof name === "string" && name !== "" && name.length <= LONGEST_NAME;

/** What is no attribute of a record. */
function fieldsOf(line: Readonly<Record<string, unknown>>, withoutError: boolean): object | undefined {
  let fields: Record<string, unknown> | undefined;
  for (const key of Object.keys(line)) {
    const value = line[key];
    if (key === "level" || key === "time" || key === "msg" || key === CROSSED) continue;
    if ((key === "pid" && typeof value === "number") || (key === "name" && isName(value)) || (key === "err" && withoutError)) continue;
    fields ??= Object.create(null) as Record<string, unknown>;
    fields[key] = value;
  }
  return fields;
}

function secondsOf(time: unknown): number | undefined {
  const number = typeof time === "string" ? Date.parse(time) / 1000 : time;
  if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
  return typeof time === "string" || number < LEAST_MILLISECONDS ? number : number / 1000;
}

/** The error that pino's serializer took apart: data of an Error, its type as its name. */
function errorOf(data: unknown, depth: number): unknown {
  if (!isPlainObject(data) || typeof data["message"] !== "string") return depth === 0 ? undefined : data;
  if (depth >= DEEPEST_CAUSE) return "[deeper]";
  const { type, name, message, stack, cause, aggregateErrors, ...own } = data;
  const error = new Error(message as string);
  const set = (key: string, value: unknown): void => {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: Object.hasOwn(own, key) });
  };
  set("name", typeof type === "string" ? type : typeof name === "string" ? name : "Error");
  set("stack", typeof stack === "string" ? stack : `${error.name}: ${error.message}`);
  if (cause !== undefined) set("cause", errorOf(cause, depth + 1));
  if (Array.isArray(aggregateErrors)) {
    set(
      "errors",
      aggregateErrors.map((member) => errorOf(member, depth + 1)),
    );
  }
  for (const key of Object.keys(own)) set(key, own[key]);
  return error;
}
