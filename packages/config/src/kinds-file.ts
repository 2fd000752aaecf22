import { duration, isText, isWhole, type Kind, level, numberFromText, positive, wholeFrom } from "./kinds.js";
import { tableWith } from "./table-kind.js";

export const fileName: Kind = {
  expected: "a file name",
  accepts: (value) => (isText(value) && value !== "" && !value.includes("\0")) || value instanceof URL,
  schema: { type: "string", minLength: 1, pattern: "^[^\\u0000]*$" },
};

// What handlers-file knows, without case, hyphens, underscores and spaces.
const ENCODINGS = ["utf8", "utf16le", "latin1", "iso88591", "ascii", "usascii"];

/** An encoding, in any of Python's spellings. */
export const encoding: Kind = {
  expected: '"utf-8", "utf16le", "latin1" or "ascii"',
  accepts: (value) => isText(value) && ENCODINGS.includes(value.toLowerCase().replace(/[-_ ]/g, "")),
  schema: { type: "string", minLength: 1 },
};

/** Permissions of a file: a number, or octal digits as `chmod` takes them. */
export const permissions: Kind = {
  expected: 'permissions, such as 0o640 or "640"',
  accepts: (value) => (isWhole(value) && value >= 0 && value <= 0o7777) || (isText(value) && /^0?o?[0-7]{3,4}$/.test(value)),
  schema: {
    anyOf: [
      { type: "integer", minimum: 0, maximum: 0o7777 },
      { type: "string", pattern: "^0?o?[0-7]{3,4}$" },
    ],
  },
  become: (value) => (isText(value) ? Number.parseInt(value.replace(/^0?o/, ""), 8) : value),
};

/** How old a file may become. */
export const age: Kind = {
  expected: 'milliseconds, or a text such as "12h", "7d", "4w"',
  accepts: (value) => (typeof value === "number" && value > 0) || (isText(value) && /^\d+(\.\d+)? ?(ms|s|m|h|d|w)$/.test(value)),
  schema: {
    anyOf: [
      { type: "number", exclusiveMinimum: 0 },
      { type: "string", pattern: "^\\d+(\\.\\d+)? ?(ms|s|m|h|d|w)$" },
    ],
  },
  fromText: numberFromText,
};

/** When a file rolls over, in any case. */
export const when: Kind = {
  expected: "one of S, M, H, D, MIDNIGHT, W0 (Monday) to W6",
  accepts: (value) => isText(value) && /^(S|M|H|D|MIDNIGHT|W[0-6])$/i.test(value),
  schema: { type: "string", pattern: "^([sSmMhHdD]|[mM][iI][dD][nN][iI][gG][hH][tT]|[wW][0-6])$" },
};

const clock: Kind = {
  expected: 'a time of day, such as "03:30" or "03:30:00"',
  accepts: (value) => isText(value) && /^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$/.test(value),
  schema: { type: "string", pattern: "^([01]?\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?$" },
};

/** When on a day a file rolls over. */
export const timeOfDay: Kind = tableWith(
  {
    hour: wholeFrom("a whole number, 0 to 23", 0, 23),
    minute: wholeFrom("a whole number, 0 to 59", 0, 59),
    second: wholeFrom("a whole number, 0 to 59", 0, 59),
  },
  { required: ["hour"], or: clock },
);

const eachRecord: Kind = { expected: '"record"', accepts: (value) => value === "record", schema: { const: "record" } };

/** When lines that are held are written out. */
export const buffering: Kind = tableWith({ bytes: positive, intervalMs: duration, flushLevel: level }, { or: eachRecord });
