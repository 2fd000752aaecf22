import { attempt } from "@cordwood/core";
import { anything, filledText, isText, type Kind, listOf, oneOf, orNull, text } from "./kinds.js";
import { namesWith, tableWith } from "./table-kind.js";

const pattern: Kind = {
  expected: "a regular expression",
  accepts: (value) => attempt(() => value instanceof RegExp, false),
  schema: { not: {} },
};

const either = (a: Kind, b: Kind): Kind => ({
  expected: `${a.expected}, or ${b.expected}`,
  accepts: (value) => a.accepts(value) || b.accepts(value),
  schema: { anyOf: [a.schema, b.schema] },
});

/** Handed in by the program and named with `ext://`. */
const aFunction: Kind = {
  expected: "a function (hand it in through classes and name it with ext://)",
  accepts: (value) => typeof value === "function",
  schema: { not: {} },
};

export const texts: Kind = orNull(namesWith(text, "an object of texts by name"));
export const values: Kind = orNull(namesWith(anything, "an object of values by name"));
export const functions: Kind = orNull(namesWith(aFunction, "an object of functions by name"));

/** The names that a line of logfmt has for what every record holds. */
export const logfmtNames: Kind = orNull(tableWith({ time: text, level: text, name: text, msg: text, error: text }));

const column: Kind = tableWith({ title: text, value: aFunction }, { required: ["title", "value"], or: filledText });
const list: Kind = listOf(column, "a list of columns, one at least");
/** The columns of a table: by name, or with a title and a function. */
export const columns: Kind = {
  ...list,
  accepts: (value) => list.accepts(value) && (value as readonly unknown[]).length > 0,
  schema: { ...list.schema, minItems: 1 },
};

/** Names of keys that are secret. */
export const secretKeys: Kind = listOf(either(text, pattern), "a list of names");

/** What secrets look like. */
export const secretPatterns: Kind = listOf(
  either(oneOf("authorization", "jwt", "tokens", "cards", "pem", "url-credentials", "assignments", "emails"), pattern),
  "a list of patterns",
);

const hmacKey: Kind = {
  expected: "a key of at least 16 bytes",
  accepts: (value) =>
    (isText(value) && new TextEncoder().encode(value).length >= 16) ||
    (attempt(() => value instanceof Uint8Array, false) && (value as Uint8Array).length >= 16),
  // JSON Schema counts characters; a text with some beyond ASCII may have its bytes in fewer of them.
  schema: {
    anyOf: [
      { type: "string", minLength: 16 },
      { type: "string", minLength: 4, pattern: "[^\\x00-\\x7f]" },
    ],
  },
};

/** What takes the place of a secret. */
export const redactMode: Kind = tableWith({ hmac: hmacKey }, { required: ["hmac"], or: oneOf("remove", "mask") });
