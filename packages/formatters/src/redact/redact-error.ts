import { attempt, show } from "@cordwood/core";
import { readField } from "../json/placeholder.js";
import { REMOVED } from "./copies.js";
import type { PathState } from "./path-matcher.js";
import type { Redactor } from "./redactor.js";

const PARTS = ["name", "message", "stack", "cause", "errors"] as const;

/**
 * An error without its secrets: message, stack, `cause`, `errors` and its own properties. The copy has the error's prototype, so it is still
 * an instance of its class. A message that had to change is changed inside the stack too, where it stands again.
 */
export function redactError(error: Error, redactor: Redactor, state: PathState, depth: number): Error {
  const before = new Map<string, unknown>();
  const hidden = new Set<string>();
  for (const key of [...PARTS, ...attempt(() => Object.keys(error), [])]) {
    if (before.has(key)) continue;
    const value = readField(error, key);
    if (value === undefined) continue;
    before.set(key, value);
    if (!attempt(() => Object.prototype.propertyIsEnumerable.call(error, key), true)) hidden.add(key);
  }
  const seen = redactor.fields(Object.fromEntries(before), state, depth, error) as Record<string, unknown>;
  const message = before.get("message");
  const stack = seen["stack"];
  const shown = Object.hasOwn(seen, "message") ? seen["message"] : "";
  let changed = false;
  for (const [key, value] of before) if (seen[key] !== value) changed = true;
  if (!changed) return error;
  const copy = Object.create(attempt(() => Object.getPrototypeOf(error) as object, Error.prototype)) as Error;
  if (typeof stack === "string" && typeof message === "string" && message !== "" && shown !== message)
    seen["stack"] = stack.replaceAll(message, typeof shown === "string" ? shown : show(shown));
  for (const key of before.keys()) {
    const value = Object.hasOwn(seen, key) ? seen[key] : REMOVED;
    // A part that is simply left out would be read from the prototype or, for the stack, taken from elsewhere.
    if (value === REMOVED && key !== "stack" && key !== "message") continue;
    Object.defineProperty(copy, key, {
      value: value === REMOVED ? "" : value,
      writable: true,
      configurable: true,
      enumerable: !hidden.has(key),
    });
  }
  return copy;
}
