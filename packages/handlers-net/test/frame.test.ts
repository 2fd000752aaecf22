import { getLogger, Handler, type LogRecord, makeLogRecord, resetLogging } from "@cordwood/core";
import { decodeFrame, encodeFrame } from "@cordwood/handlers-net";
import { afterEach, describe, expect, test } from "vitest";

class Keep extends Handler {
  readonly texts: [frame: string, json: string][] = [];
  protected override emit(record: LogRecord): void {
    const json = JSON.stringify(record.toJSON());
    this.texts.push([encodeFrame(record).subarray(4).toString(), json]);
  }
}

describe("a frame of JSON", () => {
  afterEach(() => resetLogging());

  test("is the record's toJSON(), whatever the record holds", () => {
    const keep = new Keep();
    const logger = getLogger("app.öffnung");
    logger.setLevel("DEBUG");
    logger.propagate = false;
    logger.addHandler(keep);
    const texts = [
      "plain",
      "",
      'quote " and \\',
      "line\nbreak\u0000\u001f\u007f\u2028",
      "ünïcode 😀",
      "\ud800 alone",
      "x".repeat(70_000),
      "y".repeat(100),
    ];
    for (const text of texts) {
      logger.info(text);
      logger.info("%s", text);
      logger.info(text, { [text.slice(0, 10)]: text, [`key ${text.slice(0, 3)}`]: [text] });
    }
    for (const value of [
      1,
      -0,
      1.5,
      1e300,
      Number.NaN,
      null,
      true,
      undefined,
      10n,
      Symbol("s"),
      new Date(0),
      new Map([[1, 2]]),
      { a: { b: [1] } },
      [1, "x"],
    ]) {
      logger.info("field", { value });
      logger.info("%s and %s", 1, true, { value, other: "x" });
    }
    logger.info("clash", { name: "mine", extra: 1, levelno: 5, error: "text", origin: { hops: 1 }, ["__proto__"]: 1 });
    logger.error("failed", new Error("boom"));
    logger.with({ bound: 1 }).warning("bound");
    expect(keep.texts.length).toBe(texts.length * 3 + 28 + 3);
    for (const [frame, json] of keep.texts) expect(frame).toBe(json);
  });

  test("sends the finished message where the far side could not make the same one", () => {
    class User {
      toString(): string {
        return "ann";
      }
    }
    const attributes = decodeFrame(encodeFrame(makeLogRecord({ name: "a", levelno: 20, msg: "hello %s", args: [new User()] })));
    expect([attributes["msg"], attributes["args"]]).toEqual(["hello ann", []]);
  });

  test("takes a payload that is ready as it is", () => {
    const frame = encodeFrame(Buffer.from('{"name":"a","levelno":20}'));
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    expect({ ...decodeFrame(frame) }).toEqual({ name: "a", levelno: 20 });
  });

  test("longer than the limit is refused when it is written and when it is read", () => {
    const record = makeLogRecord({ name: "a", levelno: 20, msg: "x".repeat(5_000) });
    expect(() => encodeFrame(record, { maxBytes: 1_000 })).toThrow(expect.objectContaining({ code: "FRAME_TOO_LARGE" }));
    expect(() => decodeFrame(encodeFrame(record), { maxBytes: 1_000 })).toThrow(expect.objectContaining({ code: "FRAME_REFUSED" }));
  });
});
