import { Formatter } from "@cordwood/formatters";
import { decodeFrame, encodeFrame } from "@cordwood/handlers-net";
import { loadVectors } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { fromVector, ordinary, vectorRecord } from "./support/vector-record.js";

interface Shape {
  order: string[];
  values: Record<string, unknown>;
}
interface Input {
  record: Record<string, unknown>;
  formatted: string | null;
}

/** `message` is made from `msg` and `args` at the far side, and `asctime` by its formatter: both stay away from JSON. */
const LEFT_OUT = ["message", "asctime"];

describe("vectors: record_dict", () => {
  for (const one of loadVectors<Input, { dict: Shape; makePickle: Shape }>("io", "record_dict", import.meta.url)) {
    test(one.id, () => {
      const record = vectorRecord(one.input.record);
      if (one.input.formatted !== null) new Formatter(one.input.formatted, { timeZone: "utc" }).format(record);
      if (one.error !== undefined) {
        // CPython cannot put this message and its arguments together; ours shows in place what does not fit, and sends the record.
        expect(decodeFrame(encodeFrame(record, { codec: "pickle" }))["name"]).toBe(one.input.record["name"]);
        return;
      }
      const { dict, makePickle } = one.expected!;
      const json = decodeFrame(encodeFrame(record));
      expect(Object.keys(json)).toEqual(dict.order.filter((key) => !LEFT_OUT.includes(key)));
      expect(ordinary(json)).toEqual(ordinary(fromVector(jsonValues(dict.values, one.input.record))));
      const pickled = decodeFrame(encodeFrame(record, { codec: "pickle" }));
      if (makePickle !== undefined && "values" in makePickle) {
        expect(Object.keys(pickled).sort()).toEqual([...makePickle.order].sort());
        expect(ordinary(pickled)).toEqual(ordinary(fromVector(mergedValues(makePickle.values, one.input.record))));
      }
    });
  }
});

/** `%s` of None and True is `null` and `true` here: the message is made by this language's rules. */
const mergedValues = (values: Record<string, unknown>, input: Record<string, unknown>): Record<string, unknown> => {
  const args = fromVector(input["args"]);
  const foreign = Array.isArray(args) && args.some((value) => value === null || typeof value === "boolean");
  if (!foreign) return values;
  const words: Record<string, string> = { None: "null", True: "true", False: "false" };
  return { ...values, msg: String(values["msg"]).replace(/\b(None|True|False)\b/g, (word) => words[word]!) };
};

const jsonValues = (values: Record<string, unknown>, input: Record<string, unknown>): Record<string, unknown> => {
  const rest = Object.fromEntries(Object.entries(values).filter(([key]) => !LEFT_OUT.includes(key)));
  // Python tells `args=None` and `args={}` from `args=()`; here a record without arguments has an empty array.
  if (rest["args"] === null || Object.keys((rest["args"] as object | undefined) ?? {}).length === 0) rest["args"] = [];
  // A triple cannot be written as JSON: its text is there.
  if (input["excInfo"] !== undefined) {
    rest["exc_info"] = null;
    const { class: name, message } = input["excInfo"] as { class: string; message: string };
    rest["exc_text"] ??= `${name}: ${message}`;
  }
  return rest;
};
