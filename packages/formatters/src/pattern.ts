import { LoggingError, show } from "@cordwood/core";
import { fit, type Side } from "./code-points.js";
import { asItIs, type Clean } from "./control-characters.js";

/** Finds the value of a field; throws when there is none. */
export type Lookup = (name: string) => unknown;

/** Makes the text of a value where filling up to a width is not all there is to do. */
export type Convert = (value: unknown, lookup: Lookup, clean: Clean) => string;

/** Literal text and the field after it: what all three styles are compiled to. */
export interface Piece {
  readonly literal: string;
  readonly name: string;
  /** Least width in code points; 0: none. */
  readonly width: number;
  readonly side: Side;
  readonly fill: string;
  /** `undefined`: the value's text, filled up. */
  readonly convert: Convert | undefined;
  /** Whether `convert` looks other fields up. */
  readonly nested?: boolean;
}

/** A compiled format. What is wrong with it is thrown when it is used, as in Python; a validating constructor looks before. */
export interface Pattern {
  readonly pieces: readonly Piece[];
  readonly tail: string;
  readonly error: LoggingError | undefined;
}

/** For pieces that are not nested. */
export const noLookup: Lookup = () => undefined;

export const formatError = (message: string): LoggingError => new LoggingError("FORMAT_INVALID", message);

/** The text of any value as `%s` shows it; what is longer than 262 144 characters is cut and marked. */
export const textOf = (value: unknown): string => (typeof value === "number" ? String(value) : show(value));

/** The text of a piece's field. */
export const pieceText = (piece: Piece, value: unknown, lookup: Lookup, clean: Clean): string =>
  piece.convert === undefined ? fit(clean(textOf(value)), piece.width, piece.side, piece.fill) : piece.convert(value, lookup, clean);

/** The text of a whole pattern over a plain object of values, as it is. */
export function fillPattern(pattern: Pattern, values: Readonly<Record<string, unknown>>): string {
  if (pattern.error !== undefined) throw pattern.error;
  const lookup: Lookup = (name) => {
    if (Object.hasOwn(values, name)) return values[name];
    throw new LoggingError("FIELD_MISSING", `no value for ${JSON.stringify(name)}; given are ${listed(Object.keys(values))}`);
  };
  let text = "";
  for (const piece of pattern.pieces) text += piece.literal + pieceText(piece, lookup(piece.name), lookup, asItIs);
  return text + pattern.tail;
}

const MOST_LISTED = 40;

/** Names for an error message. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, MOST_LISTED).map((name) => JSON.stringify(name));
  return shown.join(", ") + (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : "");
}
