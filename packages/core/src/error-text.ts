import { isError, isObject, plainData, show } from "./values.js";

/**
 * The text of a thrown value: its stack, then `Caused by: ` for each `cause` and `Error 1 of n: ` for each member of an `AggregateError`.
 * A value that is no Error is shown as it is. Never throws; cut within the limits of {@link plainData}, a cycle is marked.
 */
export const errorText = (error: unknown): string => (isError(error) ? render(plainData(error)) : show(error));

function render(data: unknown): string {
  const { stack, name, message, cause, errors } = Object(data) as Record<string, unknown>;
  if (!isObject(data) || message === undefined) return show(data);
  let text = show(stack || `${show(name)}: ${show(message)}`);
  if (cause !== undefined) text += `\nCaused by: ${render(cause)}`;
  if (Array.isArray(errors)) {
    errors.forEach((member, i) => {
      text += `\nError ${i + 1} of ${errors.length}: ${render(member).replaceAll("\n", "\n    ")}`;
    });
  }
  return text;
}
