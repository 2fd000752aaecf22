import { attempt, cut, isError, show } from "./values.js";

const LONGEST_STACK = 65_536;
const LONGEST_CHAIN = 10;

/**
 * The text of a thrown value: its stack, then `Caused by: ` for each `cause` and `Error 1 of n: ` for each member of an `AggregateError`.
 * A value that is no Error is shown as it is. Never throws; a stack is cut at 65 536 characters, a chain at 10, a cycle is marked.
 */
export const errorText = (error: unknown): string => chain(error, []);

function chain(error: unknown, above: readonly unknown[]): string {
  if (!isError(error)) return show(error);
  if (above.length >= LONGEST_CHAIN || above.includes(error)) return above.includes(error) ? "[circular]" : "[more causes]";
  const path = [...above, error];
  const read = (key: string): unknown => attempt(() => (error as unknown as Record<string, unknown>)[key]);
  let text = cut(show(read("stack") || attempt(() => String(error), "[unprintable error]")), LONGEST_STACK);
  const cause = read("cause");
  if (cause !== undefined) text += `\nCaused by: ${chain(cause, path)}`;
  const errors = read("errors") as readonly unknown[];
  const count = attempt(() => (Array.isArray(errors) ? errors.length : 0), 0);
  for (let i = 0; i < count && i < LONGEST_CHAIN; ) {
    const member = chain(
      attempt(() => errors[i]),
      path,
    );
    text += `\nError ${++i} of ${count}: ${member.replaceAll("\n", "\n    ")}`;
  }
  return text;
}
