import { attempt, getLevelNamesMapping, isPlainObject } from "@cordwood/core";

/** A piece of JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

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
}

/** What the tests of kinds are made of. */
export const isText = (value: unknown): value is string => typeof value === "string";
export const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const numberFromText = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);
export const isList = (value: unknown): value is readonly unknown[] => attempt(() => Array.isArray(value), false);

/** Any text. */
export const text: Kind = { expected: "a text", accepts: isText, schema: { type: "string" } };

/** A text that is not empty. */
export const filledText: Kind = {
  expected: "a text that is not empty",
  accepts: (value) => isText(value) && value !== "",
  schema: { type: "string", minLength: 1 },
};

export const fileName: Kind = {
  expected: "a file name",
  accepts: (value) => (isText(value) && value !== "" && !value.includes("\0")) || value instanceof URL,
  schema: { type: "string", minLength: 1 },
};

const wholeOf = (what: string, least: number, most?: number): Kind => ({
  expected: what,
  accepts: (value) => isWhole(value) && value >= least && (most === undefined || value <= most),
  schema: { type: "integer", minimum: least, ...(most === undefined ? {} : { maximum: most }) },
  fromText: numberFromText,
});

export const bytes: Kind = wholeOf("a whole number of bytes", 0);
export const whole: Kind = wholeOf("a whole number, 0 or more", 0);
export const positive: Kind = wholeOf("a whole number, 1 or more", 1);
export const milliseconds: Kind = wholeOf("a whole number of milliseconds", 0);
export const portNumber: Kind = wholeOf("a port number, 0 to 65535", 0, 65_535);

export const number: Kind = {
  expected: "a number",
  accepts: (value) => typeof value === "number" && Number.isFinite(value),
  schema: { type: "number" },
  fromText: numberFromText,
};

/** Python's timeouts are in seconds, ours in milliseconds. */
export const secondsAsMilliseconds: Kind = {
  expected: "a number of seconds",
  accepts: (value) => value === null || (typeof value === "number" && Number.isFinite(value) && value >= 0),
  schema: { type: ["number", "null"], minimum: 0 },
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

export const texts: Kind = {
  expected: "a text or a list of texts",
  accepts: (value) => isText(value) || (isList(value) && value.every(isText)),
  schema: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
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

export const textOrFunction: Kind = {
  expected: "a text or a function",
  accepts: (value) => isText(value) || typeof value === "function",
  schema: { type: "string" },
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

export const timeOfDay: Kind = {
  expected: 'a time of day, such as "03:30" or "03:30:00"',
  accepts: (value) => (isText(value) && /^\d{1,2}:\d{2}(:\d{2})?$/.test(value)) || isPlainObject(value),
  schema: { anyOf: [{ type: "string", pattern: "^\\d{1,2}:\\d{2}(:\\d{2})?$" }, { type: "object" }] },
};

/** Python's `maxsize` of a queue; 0 and less are "as many as you like", which here is the default bound. */
export const queueSize: Kind = {
  expected: "a whole number",
  accepts: isWhole,
  schema: { type: "integer" },
  fromText: numberFromText,
  become: (value) => ((value as number) > 0 ? value : undefined),
};

export const textList: Kind = {
  expected: "a list of texts",
  accepts: (value) => isList(value) && value.every(isText),
  schema: { type: "array", items: { type: "string" } },
};

/** One of a few values. */
export const oneOf = <T = string>(...values: readonly T[]): Kind => ({
  expected: `one of ${values.map((value) => String(value)).join(", ")}`,
  accepts: (value) => (values as readonly unknown[]).includes(value),
  schema: { enum: values },
});

/** An object, a value or a function whose inside the constructor checks. */
export const anything: Kind = { expected: "a value", accepts: () => true, schema: {} };

export const table: Kind = {
  expected: "an object of names and values",
  accepts: (value) => value === null || isPlainObject(value),
  schema: { type: ["object", "null"] },
};

export const textOrTable: Kind = {
  expected: "a text or an object of options",
  accepts: (value) => isText(value) || isPlainObject(value),
  schema: { anyOf: [{ type: "string" }, { type: "object" }] },
};

export const flagOrTable: Kind = {
  expected: "true, false or an object of options",
  accepts: (value) => typeof value === "boolean" || isPlainObject(value),
  schema: { anyOf: [{ type: "boolean" }, { type: "object" }] },
};

export const callable: Kind = {
  expected: "a function (hand it in through classes and name it with ext://)",
  accepts: (value) => value === null || typeof value === "function",
  schema: { type: ["string", "null"] },
  become: (value) => value ?? undefined,
};

/** A handler of the document by name, or a handler. */
export const handlerName: Kind = { expected: "the name of a handler", accepts: () => true, schema: { type: ["string", "null"] } };

export const list: Kind = { expected: "a list", accepts: isList, schema: { type: "array" } };

/** The same kind, or nothing: Python's files write `null` for "not given". */
export const orNull = (kind: Kind): Kind => ({
  ...kind,
  expected: kind.expected,
  accepts: (value) => value === null || kind.accepts(value),
  schema: { anyOf: [kind.schema, { type: "null" }] },
  become: (value) => (value === null ? undefined : (kind.become?.(value) ?? value)),
});
