import { spellings } from "./spelling.js";

/** A piece of JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The value, or what stands for it: `cfg://…`, `ext://…` or a variable of the environment. */
export const orReference = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { $ref: "#/$defs/reference" }] });

export const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });

/** The members of an object with known keys, each in both spellings but only in one of them at a time. */
export const knownKeys = (keys: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema => {
  const twice = Object.keys(keys)
    .map(spellings)
    .filter(({ length }) => length > 1);
  return {
    properties: Object.fromEntries(Object.entries(keys).flatMap(([key, schema]) => spellings(key).map((one) => [one, schema]))),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { allOf: required.map((key) => ({ anyOf: spellings(key).map((one) => ({ required: [one] })) })) }),
    ...(twice.length === 0 ? {} : { not: { anyOf: twice.map((both) => ({ required: both })) } }),
  };
};
