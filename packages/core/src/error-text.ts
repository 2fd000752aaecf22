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
  if (above.includes(error)) return "[circular]";
  if (above.length >= LONGEST_CHAIN) return "[further causes left out]";
  const path = [...above, error];
  const read = (key: "stack" | "cause" | "errors"): unknown => attempt(() => (error as { errors?: unknown } & Error)[key], undefined);
  const stack = read("stack");
  let text = cut(
    typeof stack === "string" && stack !== "" ? stack : attempt(() => `${error.name}: ${error.message}`, "[unprintable error]"),
    LONGEST_STACK,
  );
  const cause = read("cause");
  if (cause !== undefined) text += `\nCaused by: ${chain(cause, path)}`;
  const errors = read("errors");
  if (attempt(() => Array.isArray(errors), false)) {
    const members = errors as readonly unknown[];
    for (let i = 0; i < members.length && i < LONGEST_CHAIN; i++) {
      const member = attempt(() => chain(members[i], path), "[unprintable error]");
      text += `\nError ${i + 1} of ${members.length}: ${member.replaceAll("\n", "\n    ")}`;
    }
  }
  return text;
}
