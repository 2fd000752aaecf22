import { attempt, getLevelNamesMapping } from "@cordwood/core";
import { type JsonSchema, orReference } from "./json-schema.js";
import type { Table } from "./table-kind.js";

/** What an option's value may be: how a message calls it, the test, its schema, and what a text from the environment becomes. */
export interface Kind {
  /** Follows "expected" in a message. */
  readonly expected: string;
  accepts(value: unknown): boolean;
  readonly schema: JsonSchema;
  /** A value given as text where text is not meant, such as `"10485760"` from an environment variable. */
  fromText?(text: string): unknown;
  /** What the constructor gets, when it is not the value itself. */
  become?(value: unknown): unknown;
  /** What an object given here may hold; its values are checked one by one. */
  readonly table?: Table;
  /** What each item of a list given here has to be. */
  readonly items?: Kind;
}

/** What the tests of kinds are made of. */
export const isText = (value: unknown): value is string => typeof value === "string";
export const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
export const numberFromText = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);
export const isList = (value: unknown): value is readonly unknown[] => attempt(() => Array.isArray(value), false);

/** Any text. */
export const text: Kind = { expected: "a text", accepts: isText, schema: { type: "string" } };

/** A text that is not empty. */
export const filledText: Kind = {
  expected: "a text that is not empty",
  accepts: (value) => isText(value) && value !== "",
  schema: { type: "string", minLength: 1 },
};

/** A whole number within bounds. */
export const wholeFrom = (what: string, least: number, most?: number): Kind => ({
  expected: what,
  accepts: (value) => isWhole(value) && value >= least && (most === undefined || value <= most),
  schema: { type: "integer", minimum: least, ...(most === undefined ? {} : { maximum: most }) },
  fromText: numberFromText,
});

/** The same, for a plain number. */
export const wholeIn = (least: number, most: number): Kind => wholeFrom(`a whole number, ${least} to ${most}`, least, most);

export const bytes: Kind = wholeFrom("a whole number of bytes", 0);
export const whole: Kind = wholeFrom("a whole number, 0 or more", 0);
export const positive: Kind = wholeFrom("a whole number, 1 or more", 1);
export const milliseconds: Kind = wholeFrom("a whole number of milliseconds", 0);
/** What a timer can wait for: `setTimeout` takes no more than 2³¹ − 1. */
export const duration: Kind = wholeFrom("a whole number of milliseconds, 1 to 2147483647", 1, 2_147_483_647);
export const delay: Kind = wholeFrom("a whole number of milliseconds, 0 to 2147483647", 0, 2_147_483_647);
export const portNumber: Kind = wholeFrom("a port number, 0 to 65535", 0, 65_535);

/** A number within bounds. */
export const numberFrom = (what: string, least: number, most: number = Number.MAX_VALUE): Kind => ({
  expected: what,
  accepts: (value) => typeof value === "number" && value >= least && value <= most,
  schema: { type: "number", minimum: least, ...(most === Number.MAX_VALUE ? {} : { maximum: most }) },
  fromText: numberFromText,
});

/** Python's timeouts are in seconds, ours in milliseconds. */
export const secondsAsMilliseconds: Kind = {
  expected: "a number of seconds, 0.001 to 2147483",
  accepts: (value) => value === null || (typeof value === "number" && value >= 0.001 && value <= 2_147_483),
  schema: { type: ["number", "null"], minimum: 0.001, maximum: 2_147_483 },
  fromText: numberFromText,
  become: (value) => (value === null ? undefined : Math.round((value as number) * 1_000)),
};

/** `true` and `false`, and 1 and 0 as Python files have them. */
export const flag: Kind = {
  expected: "true or false",
  accepts: (value) => typeof value === "boolean" || value === 0 || value === 1,
  schema: { enum: [true, false, 0, 1] },
  fromText: (given) => (/^(true|yes|on|1)$/i.test(given) ? true : /^(false|no|off|0)$/i.test(given) ? false : given),
  become: Boolean,
};

/** A level's number, or one of its names in capitals. */
export const level: Kind = {
  get expected() {
    return `a level: a whole number or one of ${Object.keys(getLevelNamesMapping()).join(", ")}`;
  },
  accepts: (value) => isWhole(value) || (isText(value) && Object.hasOwn(getLevelNamesMapping(), value)),
  schema: { $ref: "#/$defs/level" },
  fromText: (given) => (/^\d+$/.test(given) ? Number(given) : given),
  become: (value) => (isText(value) ? getLevelNamesMapping()[value] : value),
};

/** Something with `write`: `ext://sys.stdout`, or a stream of the program. */
export const stream: Kind = {
  expected: "a stream: ext://sys.stdout, ext://sys.stderr, or an object with write(text)",
  accepts: (value) =>
    value === null ||
    value === undefined ||
    (typeof value === "object" && attempt(() => typeof (value as { write?: unknown }).write === "function", false)),
  schema: { anyOf: [{ type: "string", pattern: "^(ext|cfg)://" }, { type: "null" }] },
  become: (value) => value ?? undefined,
};

export const textOrFunction: Kind = {
  expected: "a text or a function",
  accepts: (value) => isText(value) || typeof value === "function",
  schema: { type: "string" },
};

/** One of a few values. */
export const oneOf = <T = string>(...values: readonly T[]): Kind => ({
  expected: `one of ${values.map((value) => String(value)).join(", ")}`,
  accepts: (value) => (values as readonly unknown[]).includes(value),
  schema: { enum: values },
});

/** An object, a value or a function whose inside the constructor checks. */
export const anything: Kind = { expected: "a value", accepts: () => true, schema: {} };

export const callable: Kind = {
  expected: "a function (hand it in through classes and name it with ext://)",
  accepts: (value) => value === null || typeof value === "function",
  schema: { type: "null" },
  become: (value) => value ?? undefined,
};

/** A handler of the document by name, or a handler. */
export const handlerName: Kind = { expected: "the name of a handler", accepts: () => true, schema: { type: "string" } };

/** `"utc"`, `"local"` or a zone by its IANA name; which of these there are, only the runtime knows. */
export const timeZone: Kind = {
  expected: '"utc", "local" or an IANA name such as "Europe/Berlin"',
  accepts: (value) =>
    value === "utc" ||
    value === "local" ||
    (isText(value) && attempt(() => Intl.DateTimeFormat("en", { timeZone: value }) !== undefined, false)),
  schema: { type: "string", minLength: 1 },
};

/** A list of items of one kind. */
export const listOf = (items: Kind, expected: string): Kind => ({
  expected,
  accepts: isList,
  schema: { type: "array", items: orReference(items.schema) },
  items,
});

export const textList: Kind = listOf(text, "a list of texts");

/** The same kind, or nothing: Python's files write `null` for "not given". */
export const orNull = (kind: Kind): Kind => ({
  ...kind,
  expected: kind.expected,
  accepts: (value) => value === null || kind.accepts(value),
  schema: { anyOf: [kind.schema, { type: "null" }] },
  become: (value) => (value === null ? undefined : kind.become === undefined ? value : kind.become(value)),
});
