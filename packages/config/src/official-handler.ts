import type { OfficialClass, OptionRule } from "./official.js";

/** The entry of a handler in the table of official classes; what is not given is empty. */
export const handler = (
  name: string,
  from: OfficialClass["package"],
  python: readonly string[],
  shape: {
    readonly order?: readonly string[];
    readonly positional?: readonly string[];
    readonly required?: readonly string[];
    readonly options: Readonly<Record<string, OptionRule>>;
    readonly finish?: (options: Record<string, unknown>) => void;
  },
): OfficialClass => ({ name, package: from, role: "handler", python, order: [], positional: [], required: [], ...shape });
