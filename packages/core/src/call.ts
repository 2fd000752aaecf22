import { isMapping, needsOf } from "./printf.js";
import { merge } from "./record.js";
import { attempt, isError, isPlainObject, NONE, read, show } from "./values.js";

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
export function interpret(given: unknown, args: readonly unknown[], thrown?: unknown): Call {
  let message = given;
  // What is neither format nor fields is the first of the values.
  let format = "";
  let values = args;
  let error = thrown;
  let fields: object | undefined;
  if (typeof message === "function") {
    try {
      message = message();
    } catch (failure) {
      message = "[the message function threw]";
      values = [...values, failure];
    }
  }
  if (typeof message === "string") format = message;
  else if (isTemplate(message)) format = message.map((part) => (values.length ? part.replaceAll("%", "%%") : part)).join("%s");
  else if (isPlainObject(message) && typeof values[0] === "string") [fields, format, ...values] = [message, ...values] as [object, string];
  else if (isError(message)) {
    // In `exception(error, thrown)` the first of the two stays among the values.
    values = [show(read(message, "message")), message, ...values];
  } else values = [message, ...values];

  const [arity, keyed] = needsOf(format);
  const add = (more: object): object => (fields ? merge(fields, more) : more);
  const mapping = keyed && isMapping(values[0]) ? values[0] : undefined;
  if (mapping) fields = add(mapping);
  const kept = values.filter((value, i) => {
    const taken = i < arity + (mapping ? 1 : 0);
    if (error === undefined && isError(value)) error = value;
    else if (taken || !isPlainObject(value)) return true;
    else fields = add(value);
    return taken;
  });
  if (kept.length === 1) {
    // A message that is no text stays what it is; `%(key)s` reads the object itself, as in Python.
    if (!format) return { msg: kept[0], args: NONE, error, fields };
    if (mapping) return { msg: format, args: mapping, error, fields };
  }
  return { msg: format, args: kept.length ? kept : NONE, error, fields };
}

const isTemplate = (message: unknown): message is readonly string[] =>
  attempt(() => Array.isArray(message) && Array.isArray((message as { raw?: unknown }).raw), false);
