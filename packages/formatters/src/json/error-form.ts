import { isError, show } from "@cordwood/core";
import { className, thrown } from "./placeholder.js";

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
  const form: Record<string, unknown> = Object.create(null);
  if (!isError(error)) {
    form[names.name] = typeof error === "object" && error !== null ? className(error) : typeof error;
    form[names.message] = show(error);
    return form;
  }
  form[names.name] = textOf(error, "name") ?? className(error);
  form[names.message] = textOf(error, "message") ?? "";
  if (names.stack !== null) {
    const stack = textOf(error, "stack");
    if (stack !== undefined) form[names.stack] = stack;
  }
  for (const key of ["cause", "errors"]) {
    const part = read(error, key);
    if (part !== undefined) form[key] = part;
  }
  for (const key of ownKeys(error)) if (!OWN.has(key) && !(key in form)) form[key] = read(error, key);
  return form;
}

const read = (from: object, key: string): unknown => {
  try {
    return (from as Record<string, unknown>)[key];
  } catch (error) {
    return thrown(error);
  }
};

const textOf = (error: object, key: string): string | undefined => {
  const part = read(error, key);
  return part === undefined || typeof part === "string" ? part : show(part);
};

const ownKeys = (error: object): string[] => {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
};
