import { patternOf } from "./printf.js";
import { NO_ARGS } from "./record.js";
import { attempt, isError, isObject, isPlainObject } from "./values.js";

/** What a call's message and arguments mean. */
export interface Call {
  readonly msg: unknown;
  readonly args: readonly unknown[] | object;
  readonly error: unknown;
  readonly fields: object | undefined;
}

/**
 * Reads a call that is more than a text and plain values: template tags, errors, objects of fields, lazy functions.
 * @param thrown the value given to `exception`, which is the error whatever its type.
 */
export function interpret(message: unknown, args: readonly unknown[], thrown?: unknown): Call {
  let msg = message;
  let list = args;
  let error = thrown;
  let fields: object | undefined;
  // What is no format comes first among the values and is shown by a conversion of its own.
  const asValue = (value: unknown): void => {
    msg = "%s";
    list = [value, ...list];
  };
  if (typeof msg === "function") {
    try {
      msg = msg();
    } catch (failure) {
      msg = "[the message function threw]";
      list = [...list, failure];
    }
  }
  if (isError(msg)) {
    const failure = msg;
    // In `exception(error, thrown)` the first error is not lost: it stays among the arguments.
    if (error === undefined) error = failure;
    else list = [...list, failure];
    const text = attempt(() => String(failure.message), "[throws]");
    if (list.length) asValue(text);
    else msg = text;
  } else if (isTemplate(msg)) msg = msg.map((part) => part.replaceAll("%", "%%")).join("%s");
  else if (isPlainObject(msg)) {
    fields = msg;
    msg = list.length ? "%s" : "";
    if (typeof list[0] === "string") [msg, ...list] = list;
  } else if (typeof msg !== "string" && list.length) asValue(msg);
  if (!list.length) return { msg, args: NO_ARGS, error, fields };
  const pattern = patternOf(msg as string);
  const keyed = pattern.keyed && isObject(list[0]);
  const merge = (more: object): object => (fields ? attempt(() => ({ ...fields, ...more }), fields) : more);
  if (keyed) fields = merge(list[0] as object);
  const kept = list.filter((value, i) => {
    if (!isObject(value)) return true;
    const taken = i < pattern.arity || (keyed && i === 0);
    if (error === undefined && isError(value)) {
      error = value;
      return taken;
    }
    if (taken || !isPlainObject(value)) return true;
    fields = merge(value);
    return false;
  });
  // `%(key)s` reads the object itself, as in Python; with more than that, the arguments stay a list whose first is the object.
  return { msg, args: !kept.length ? NO_ARGS : keyed && kept.length === 1 ? (kept[0] as object) : kept, error, fields };
}

const isTemplate = (message: unknown): message is readonly string[] =>
  attempt(() => Array.isArray(message) && Array.isArray((message as { raw?: unknown }).raw) && Object.isFrozen(message), false);
