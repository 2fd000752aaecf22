import { compileBraces } from "./brace-style.js";
import { fillPattern } from "./pattern.js";

/**
 * `format.format(**values)`: replaces `{name}` and `{name:specification}` by Python's rules, numbers exactly.
 * Own properties only; no attributes, indexes or positions. Throws a `LoggingError` for a missing name or a broken format.
 */
export const strformat = (format: string, values: Readonly<Record<string, unknown>>): string => fillPattern(compileBraces(format), values);
