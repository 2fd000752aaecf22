// In a module without imports, so that the build puts the numbers in where they are used.

/** Longest text shown of one value, in UTF-16 units; what is longer is cut and marked. */
export const LONGEST = 262_144;
/** Longest message. More than one value may be long: the mark of a cut value stays right below it. */
export const LONGEST_MESSAGE = 266_240;
/** Longest text kept inside an object. */
export const LONGEST_STRING = 65_536;
/** Levels of objects inside each other. */
export const DEEPEST = 8;
/** Keys or items of one object. */
export const MOST_KEYS = 1_000;

/** Columns of a printf conversion. */
export const MOST_WIDTH = 1_024;
/** Digits of a printf conversion. */
export const MOST_PRECISION = 100;
/** Longest message that is read as a format. */
export const LONGEST_FORMAT = 8_192;
/** Formats remembered. */
export const MOST_CACHED = 200;
/** Captures of a conversion and the text after it. */
export const STRIDE = 7;

/** Attributes of a record on the wire. */
export const ON_WIRE = 21;
/** Records put aside while a handler is busy with one. */
export const MOST_ASIDE = 100;
/** Each cause is reported once in it. */
export const MINUTE_MS = 60_000;
/** Causes remembered. */
export const MOST_CAUSES = 1_000;
