import { isError, show } from "@cordwood/core";
import { className, readField } from "./placeholder.js";

/** How the parts of an error are called in the output; `null` leaves a part out. */
export interface ErrorNames {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

export const ERROR_NAMES: ErrorNames = { name: "name", message: "message", stack: "stack" };

const OWN = new Set(["name", "message", "stack", "cause", "errors"]);

/**
 * An error as a plain object: name, message, stack, `cause`, `errors` and its own properties. Each part is read with care;
 * one that throws shows why. A thrown value that is no error has the name of its type and its text as message.
 */
export function errorForm(error: unknown, names: ErrorNames = ERROR_NAMES): Record<string, unknown> {
  const form: Record<string, unknown> = {};
  if (!isError(error)) {
    form[names.name] = typeof error === "object" && error !== null ? className(error) : typeof error;
    form[names.message] = show(error);
    return form;
  }
  const { name, message, stack, cause, errors } = partsOf(error, names.stack !== null);
  form[names.name] = textOf(name) ?? className(error);
  form[names.message] = textOf(message) ?? "";
  if (names.stack !== null) form[names.stack] = textOf(stack);
  if (cause !== undefined) form["cause"] = cause;
  if (errors !== undefined) form["errors"] = errors;
  for (const key of ownKeys(error)) {
    // Assigning to `__proto__` would give the form another prototype.
    if (key === "__proto__")
      Object.defineProperty(form, key, { value: readField(error, key), writable: true, enumerable: true, configurable: true });
    else if (!OWN.has(key) && !Object.hasOwn(form, key)) form[key] = readField(error, key);
  }
  return form;
}

/** All parts at once, or one by one where one of them throws. Asking for the stack makes it. */
const partsOf = (
  error: Error & { readonly errors?: unknown },
  withStack: boolean,
): Record<"name" | "message" | "stack" | "cause" | "errors", unknown> => {
  try {
    const { name, message, cause, errors } = error;
    return { name, message, stack: withStack ? error.stack : undefined, cause, errors };
  } catch {
    const part = (key: string): unknown => readField(error, key);
    return {
      name: part("name"),
      message: part("message"),
      stack: withStack ? part("stack") : undefined,
      cause: part("cause"),
      errors: part("errors"),
    };
  }
};

const textOf = (part: unknown): string | undefined => (part === undefined || typeof part === "string" ? part : show(part));

const ownKeys = (error: object): string[] => {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
};
