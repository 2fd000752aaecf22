import { NO_ARGS } from "./record.js";
import { patternOf } from "./printf.js";
import { attempt, isError, isPlainObject, show } from "./values.js";

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
  if (typeof message === "string") return withArguments(message, args, thrown, undefined);
  if (typeof message === "function") {
    let made: unknown;
    try {
      made = message();
    } catch (error) {
      return { ...withArguments("%s", ["[the message function threw]", ...args], thrown ?? error, undefined) };
    }
    return interpret(typeof made === "function" ? show(made) : made, args, thrown);
  }
  if (isTemplate(message)) return withArguments(message.map((part) => part.replaceAll("%", "%%")).join("%s"), args, thrown, undefined);
  if (isError(message)) {
    const text = attempt(() => String(message.message), "[unprintable error]");
    // An error in `exception(error, thrown)` is not lost: it stays among the arguments.
    const rest = thrown === undefined ? args : [...args, message];
    return args.length === 0 && rest === args
      ? { msg: text, args: NO_ARGS, error: message, fields: undefined }
      : withArguments("%s", [text, ...rest], thrown ?? message, undefined);
  }
  if (isPlainObject(message)) {
    return typeof args[0] === "string"
      ? withArguments(args[0], args.slice(1), thrown, message)
      : args.length === 0
        ? { msg: "", args: NO_ARGS, error: thrown, fields: message }
        : withArguments("%s", args, thrown, message);
  }
  if (args.length === 0) return { msg: message, args: NO_ARGS, error: thrown, fields: undefined };
  return withArguments("%s", [message, ...args], thrown, undefined);
}

function isTemplate(message: unknown): message is readonly string[] {
  return attempt(() => Array.isArray(message) && Array.isArray((message as { raw?: unknown }).raw) && Object.isFrozen(message), false);
}

/** Gives conversions their arguments, then sorts what is left: the first error, plain objects as fields, the rest for the end of the text. */
function withArguments(format: string, args: readonly unknown[], thrown: unknown, given: object | undefined): Call {
  let error = thrown;
  let fields = given;
  if (args.length === 0) return { msg: format, args: NO_ARGS, error, fields };
  const pattern = patternOf(format);
  const keyed = pattern.keyed && typeof args[0] === "object" && args[0] !== null;
  if (keyed) fields = fields ? { ...fields, ...(args[0] as object) } : (args[0] as object);
  const taken = Math.max(keyed ? 1 : 0, pattern.arity);
  const kept: unknown[] = [];
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    if (typeof value === "object" && value !== null) {
      if (error === undefined && isError(value)) {
        error = value;
        if (i >= taken) continue;
      } else if (i >= taken && isPlainObject(value)) {
        fields = fields === undefined ? value : attempt(() => ({ ...fields, ...value }), fields);
        continue;
      }
    }
    kept.push(value);
  }
  // `%(key)s` reads the object itself, as in Python; with more than that, the arguments stay a list whose first is the object.
  return { msg: format, args: kept.length === 0 ? NO_ARGS : keyed && kept.length === 1 ? (kept[0] as object) : kept, error, fields };
}
