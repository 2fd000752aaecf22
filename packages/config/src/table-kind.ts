import { isPlainObject } from "@cordwood/core";
import { type JsonSchema, knownKeys, orReference } from "./json-schema.js";
import type { Kind } from "./kinds.js";

/** What an object inside an option may hold: keys that are known, each of a kind, or names of the document's own with values of one kind. */
export type Table =
  | { readonly keys: Readonly<Record<string, Kind>>; readonly required: readonly string[]; readonly one: boolean }
  | { readonly values: Kind };

interface Shape {
  /** Keys that have to be there. */
  readonly required?: readonly string[];
  /** What may stand in the object's place. */
  readonly or?: Kind;
  /** Exactly one of the keys has to be there. */
  readonly one?: boolean;
}

/** An object with known keys. Loader, schema and messages are made from this one description of them. */
export const tableWith = (keys: Readonly<Record<string, Kind>>, { required = [], or, one = false }: Shape = {}): Kind => {
  const schemas = Object.fromEntries(Object.entries(keys).map(([key, kind]) => [key, orReference(kind.schema)]));
  const exactly = one ? { minProperties: 1, maxProperties: 1 } : {};
  return inPlaceOf(
    or,
    `an object of ${Object.keys(keys).join(one ? " or " : ", ")}`,
    { keys, required, one },
    {
      type: "object",
      ...knownKeys(schemas, required),
      ...exactly,
    },
  );
};

/** An object whose names are the document's own: headers, fields and the like. */
export const namesWith = (values: Kind, expected: string): Kind =>
  inPlaceOf(undefined, expected, { values }, { type: "object", additionalProperties: orReference(values.schema) });

const inPlaceOf = (or: Kind | undefined, expected: string, table: Table, schema: JsonSchema): Kind => ({
  expected: or === undefined ? expected : `${or.expected}, or ${expected}`,
  accepts: (value) => isPlainObject(value) || or?.accepts(value) === true,
  schema: or === undefined ? schema : { anyOf: [or.schema, schema] },
  ...(or?.fromText === undefined ? {} : { fromText: or.fromText }),
  become: (value) => (or?.become === undefined || isPlainObject(value) ? value : or.become(value)),
  table,
});
