import { attempt, cut, isError, read, show } from "./values.js";

const LONGEST_STACK = 65_536;
const LONGEST_CHAIN = 10;

/**
 * The text of a thrown value: its stack, then `Caused by: ` for each `cause` and `Error 1 of n: ` for each member of an `AggregateError`.
 * A value that is no Error is shown as it is. Never throws; a stack is cut at 65 536 characters, a chain at 10, a cycle is marked.
 */
export const errorText = (error: unknown): string => chain(error, []);

function chain(error: unknown, above: readonly unknown[]): string {
  if (!isError(error)) return show(error);
  if (above.length >= LONGEST_CHAIN || above.includes(error)) return above.includes(error) ? "[circular]" : "[deeper]";
  const path = [...above, error];
  let text = cut(show(read(error, "stack") || attempt(() => String(error), "[unprintable]")), LONGEST_STACK);
  const cause = read(error, "cause");
  if (cause !== undefined) text += `\nCaused by: ${chain(cause, path)}`;
  const errors = read(error, "errors") as readonly unknown[];
  const count = attempt(() => (Array.isArray(errors) ? errors.length : 0), 0);
  for (let i = 0; i < count && i < LONGEST_CHAIN; ) {
    const member = chain(read(errors, `${i}`), path);
    text += `\nError ${++i} of ${count}: ${member.replaceAll("\n", "\n    ")}`;
  }
  return text;
}
