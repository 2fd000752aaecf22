import { className } from "./placeholder.js";

/** Where structured output is cut. Every cut leaves a mark that says how much there was. */
export interface SerializeLimits {
  /** Levels of nesting written below the record. */
  readonly maxDepth: number;
  /** Keys of one object, or items of one list. */
  readonly maxKeys: number;
  /** Characters (UTF-16 units) of one text. */
  readonly maxStringLength: number;
  /** Bytes of the whole record in UTF-8. */
  readonly maxRecordBytes: number;
}

export const DEFAULT_LIMITS: SerializeLimits = { maxDepth: 8, maxKeys: 1_000, maxStringLength: 65_536, maxRecordBytes: 262_144 };

/** How NaN and the infinities are written, for which JSON has no number. */
export type NonFinite = "text" | "null";

/** The key for fields whose names the record itself has taken. */
export const EXTRA = "extra";

/** The key, or the last item of a list, under which a cut is marked. */
export const MARK = "…";

/** What follows a text that was cut. */
export const cutMark = (length: number): string => `…[cut: ${length} characters]`;

/** What stands for an object that lies too deep. */
export const tooDeep = (value: object, depth: number): string =>
  `[${Array.isArray(value) ? `Array(${value.length})` : className(value)}: deeper than ${depth}]`;
