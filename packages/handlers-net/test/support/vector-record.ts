import { type LogRecord, makeLogRecord } from "@cordwood/core";

/** Python's tuples are arrays here; what has no JSON form of its own becomes what `unpickle` makes of it. */
export const fromVector = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(fromVector);
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value);
  const only = keys.length === 1 ? (value as Record<string, unknown>)[keys[0]!] : undefined;
  if (keys[0] === "$tuple") return (only as unknown[]).map(fromVector);
  if (keys[0] === "$bytes" || keys[0] === "$bytearray") return Buffer.from(only as string, "hex");
  if (keys[0] === "$set" || keys[0] === "$frozenset") return new Set((only as unknown[]).map(fromVector));
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of keys) copy[key] = fromVector((value as Record<string, unknown>)[key]);
  return copy;
};

/** A record with the attributes of a case, as its formatter left it; an `excInfo` is an exception without a traceback. */
export const vectorRecord = (attributes: Readonly<Record<string, unknown>>): LogRecord => {
  const { excInfo, ...rest } = fromVector(attributes) as { excInfo?: { class: string; message: string } } & Record<string, unknown>;
  const record = makeLogRecord(
    excInfo === undefined ? rest : { ...rest, exc_text: rest["exc_text"] ?? `${excInfo.class}: ${excInfo.message}` },
  );
  if (typeof rest["asctime"] === "string") record.asctime = rest["asctime"];
  return record;
};

/** The same data with ordinary prototypes, for comparison. */
export const ordinary = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (value instanceof Set) return { set: [...value].map(ordinary) };
  if (Array.isArray(value)) return value.map(ordinary);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, ordinary(item)]));
};
