import { LogRecord } from "@cordwood/core";
import { JsonFormatter } from "@cordwood/formatters";
import { scaled } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";
import { ECS_TYPES, refusals } from "./ecs-document.js";
import { randomText, randomValue, record, seeded } from "./structured.js";
import { hostileValues } from "./values.js";

const ecs = new JsonFormatter({ preset: "ecs" });
const SEED = 20261120;
const NAMES = [...ECS_TYPES.keys()];

/** A value that Elasticsearch takes for the type. */
const right = (type: string): unknown => {
  if (type === "geo_point") return { lat: 52.5, lon: 13.4 };
  if (type === "date") return "2026-11-20T08:00:00.000Z";
  if (type === "ip") return "2001:db8::1";
  if (type === "boolean") return true;
  if (["long", "float", "scaled_float"].includes(type)) return 7;
  return ["object", "nested", "flattened"].includes(type) ? { mine: "x" } : "text";
};
/** The field by nested objects: `a.b.c` → `{ a: { b: { c } } }`. */
const nested = (name: string, value: unknown): object =>
  name
    .split(".")
    .reverse()
    .reduce((inner, part) => ({ [part]: inner }), value as object);
const line = (fields: object, more: object = {}): Record<string, unknown> =>
  JSON.parse(ecs.format(record({ fields, ...more }))) as Record<string, unknown>;

describe("the schema itself", () => {
  test("is the 8.11 that the lines name, whole", () => {
    expect(NAMES.length).toBeGreaterThan(1_600);
    expect(line({})["ecs.version"]).toBe("8.11.0");
  });

  test("is obeyed by the keys of the record itself, in the order of the logging libraries' specification", () => {
    const error = Object.assign(new TypeError("bad", { cause: new Error("why") }), { code: 7, id: { a: 1 } });
    const formatter = new JsonFormatter({ preset: "ecs", service: { name: "shop", version: "1", "node.name": "n1" } });
    const text = formatter.format(record({ error, fields: { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" } }));
    expect(refusals(text)).toEqual([]);
    const found = JSON.parse(text) as Record<string, unknown>;
    // spec/spec.json of github.com/elastic/ecs-logging: index 0, 1 and 2; log.level as a name with a dot; all required.
    expect(Object.keys(found).slice(0, 3)).toEqual(["@timestamp", "log.level", "message"]);
    expect(found).toHaveProperty(["ecs.version"]);
    for (const name of Object.keys(found).filter((key) => key !== "error")) expect([name, ECS_TYPES.get(name)]).not.toContain(undefined);
    for (const key of Object.keys(found["error"] as object).filter((key) => key !== "Details"))
      expect([key, ECS_TYPES.has(`error.${key}`)]).toEqual([key, true]);
  });
});

describe("a field by the name of one of ECS", () => {
  test("keeps its name when Elasticsearch takes the value, with dots or as objects", () => {
    const own = new Set(Object.keys(line({})));
    const wrong: string[] = [];
    for (const [name, type] of ECS_TYPES) {
      if (own.has(name) || ["@timestamp", "message"].includes(name)) continue;
      for (const fields of [{ [name]: right(type) }, nested(name, right(type)), { [name]: [right(type), right(type)] }]) {
        const text = ecs.format(record({ fields }));
        const found = JSON.parse(text) as Record<string, unknown>;
        if (refusals(text).length > 0 || "extra" in found || JSON.stringify(found).includes("deeper"))
          wrong.push(`${name}: ${JSON.stringify(fields)} as ${text}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("goes under extra when Elasticsearch would refuse the document for it", () => {
    const wrong: string[] = [];
    for (const [name, type] of ECS_TYPES) {
      const bad = ["object", "nested", "flattened"].includes(type) ? "text" : type === "keyword" ? { an: "object" } : "no such value";
      for (const value of [bad, { deeper: 1 }, [bad, right(type)]]) {
        for (const fields of [{ [name]: value }, nested(name, value), { [`${name}.below`]: value }]) {
          const text = ecs.format(record({ fields: { ...fields, mine: "kept" } }));
          if (refusals(text).length > 0 || !text.includes('"mine":"kept"'))
            wrong.push(`${name}: ${JSON.stringify(fields)} as ${text}: ${refusals(text).join()}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("that is a level, a logger or a process of its own does not pass for the record's", () => {
    expect(line({ log: { level: "forged", file: { path: "/a" } } })).toMatchObject({
      "log.level": "info",
      extra: { log: { level: "forged" } },
    });
    expect(line({ process: { "thread.name": "forged" } })["extra"]).toEqual({ process: { "thread.name": "forged" } });
    expect(line({ process: { title: "mine" } })["process"]).toEqual({ title: "mine" });
  });

  test("that would be a part of the record's error goes aside when there is one", () => {
    const fields = { "error.message": "forged", "error.stack_trace": "forged" };
    expect(line(fields)).toMatchObject(fields);
    for (const more of [{ error: new Error("real") }, { exc_text: "real" }]) {
      const found = line(fields, more);
      expect(found["extra"]).toEqual(fields);
      expect(found["error.message"]).toBeUndefined();
    }
  });

  test("and one that becomes the same key are told apart: no key twice", () => {
    const text = ecs.format(record({ context: { trace_id: "a" }, fields: { traceId: "b", "trace.id": "c", spanId: "d" } }));
    expect(text.match(/"trace\.id":/g)).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({ "trace.id": "c", "span.id": "d", extra: { trace_id: "a", traceId: "b" } });
  });

  test("is refused at construction where it is part of every line", () => {
    for (const options of [
      { fields: { host: "web-1" } },
      { fields: { "http.request": "GET" } },
      { attributes: ["process"] },
      { service: { node: "n1" } },
      { attributes: ["levelno"], rename: { levelno: "log" } },
    ])
      expect(() => new JsonFormatter({ preset: "ecs", ...options })).toThrow(/Elastic Common Schema/);
    expect(() => new JsonFormatter({ preset: "ecs", fields: { host: { name: "web-1" }, team: "shop" } })).not.toThrow();
  });

  test("is judged by the name that it is written with", () => {
    const renamed = new JsonFormatter({ preset: "ecs", rename: { customer: "user" } });
    expect(JSON.parse(renamed.format(record({ fields: { customer: "anna" } })))).toMatchObject({ extra: { customer: "anna" } });
  });
});

test("labels have the names and values of the logging libraries' specification", () => {
  expect(line({ labels: { "a.b": 1, "c*": "x", "d\\": true } })["labels"]).toEqual({ a_b: 1, c_: "x", d_: true });
  expect(line({ labels: { nested: { a: 1 } } })["extra"]).toEqual({ labels: { nested: { a: 1 } } });
});

test("a name that Elasticsearch cannot split at its dots is put in brackets, wherever it is", () => {
  expect(line({ ".": 1, "": 2, "a.": 3, "a..b": { " .c": 4 } })).toMatchObject({ "[_]": 1, "[]": 2, "[a_]": 3, "[a__b]": { "[ _c]": 4 } });
});

const COUNT = scaled(50_000);
test(`each of ${COUNT.toLocaleString("en")} records with fields by names of ECS is taken (seed ${SEED})`, { timeout: 120_000 }, () => {
  const random = seeded(SEED);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const hostile = hostileValues();
  const sound = Object.values(hostile);
  const value = (): unknown =>
    random() < 0.3 ? right(ECS_TYPES.get(pick(NAMES)) as string) : random() < 0.15 ? pick(sound) : randomValue(random, 2);
  const field = (): [string, unknown] => {
    const name = pick(NAMES);
    const parts = name.split(".");
    const cut = parts.slice(0, 1 + Math.floor(random() * parts.length)).join(".");
    const kind = random();
    if (kind < 0.3) return [cut, value()];
    if (kind < 0.4) return [`${name}.${randomText(random)}`, value()];
    if (kind < 0.5) return [randomText(random), value()];
    if (kind < 0.6) return [pick(["trace_id", "span_id", "traceId", "spanId", "error", "labels", "extra", "stackInfo"]), value()];
    return Object.entries(nested(random() < 0.5 ? name : cut, random() < 0.5 ? right(ECS_TYPES.get(name) as string) : value()))[0] as [
      string,
      unknown,
    ];
  };
  const fields = (most: number): object => Object.fromEntries(Array.from({ length: Math.floor(random() * most) }, field));
  const formatters = [ecs, new JsonFormatter({ preset: "ecs", maxDepth: 1 }), new JsonFormatter({ preset: "ecs", maxKeys: 3 })];
  for (let i = 0; i < COUNT; i++) {
    const made = new LogRecord({
      name: randomText(random),
      levelno: Math.floor(random() * 60),
      msg: random() < 0.9 ? randomText(random) : value(),
      fields: fields(4),
      ...(random() < 0.3 && { bound: fields(3) }),
      ...(random() < 0.3 && { context: fields(3) }),
      ...(random() < 0.2 && { error: random() < 0.5 ? Object.assign(new Error(randomText(random)), fields(4)) : value() }),
    });
    const text = (formatters[i % 3] as JsonFormatter).format(made);
    const found = refusals(text);
    if (found.length > 0) throw new Error(`record ${i}: ${found.join("; ")}\n${text.slice(0, 2_000)}`);
  }
});
