import * as core from "@cordwood/core";
import { addLevelName, disable, getLevelName, getLevelNamesMapping, getLogger, LoggingError, NullHandler } from "@cordwood/core";
import { beforeEach, describe, expect, test } from "vitest";
import { fresh, Lines, reports } from "./support.js";

beforeEach(fresh);

const code = (expected: string) => expect.objectContaining({ code: expected });

describe("levels", () => {
  test("are Python's numbers, and TRACE below them", () => {
    const { NOTSET, TRACE, DEBUG, INFO, WARN, WARNING, ERROR, FATAL, CRITICAL } = core;
    expect({ NOTSET, TRACE, DEBUG, INFO, WARN, WARNING, ERROR, FATAL, CRITICAL }).toEqual({
      NOTSET: 0,
      TRACE: 5,
      DEBUG: 10,
      INFO: 20,
      WARN: 30,
      WARNING: 30,
      ERROR: 40,
      FATAL: 50,
      CRITICAL: 50,
    });
  });

  test("of two names of a number show the standard one", () => {
    expect([getLevelName(30), getLevelName(50), getLevelName("WARN"), getLevelName("FATAL")]).toEqual(["WARNING", "CRITICAL", 30, 50]);
  });

  test("are taken by name wherever they are taken by number", () => {
    const logger = getLogger("app");
    const handler = new Lines({ level: "ERROR" });
    logger.addHandler(handler);
    expect(handler.level).toBe(40);
    handler.setLevel("DEBUG");
    expect(handler.level).toBe(10);
    logger.setLevel("INFO");
    expect([logger.level, logger.isEnabledFor("INFO"), logger.isEnabledFor("DEBUG")]).toEqual([20, true, false]);
    disable("INFO");
    expect(logger.isEnabledFor("INFO")).toBe(false);
    disable("NOTSET");
    logger.log("WARNING", "by name");
    expect(handler.records.map((record) => record.levelno)).toEqual([30]);
  });

  test.each<[unknown, string]>([
    ["debug", "LEVEL_UNKNOWN"],
    ["LOUD", "LEVEL_UNKNOWN"],
    ["", "LEVEL_UNKNOWN"],
    ["10", "LEVEL_UNKNOWN"],
    [10.5, "LEVEL_INVALID"],
    [Number.NaN, "LEVEL_INVALID"],
    [null, "LEVEL_INVALID"],
    [{}, "LEVEL_INVALID"],
    [10n, "LEVEL_INVALID"],
  ])("%o is refused with %s", (level, expected) => {
    const logger = getLogger("app");
    const bad = level as number;
    logger.setLevel(35);
    for (const use of [
      () => logger.setLevel(bad),
      () => logger.isEnabledFor(bad),
      () => disable(bad),
      () => new NullHandler({ level: bad }),
      () => new NullHandler().setLevel(bad),
      () => core.checkLevel(bad),
      () => {
        logger.level = bad;
      },
    ]) {
      expect(use).toThrow(LoggingError);
      expect(use).toThrow(code(expected));
    }
    expect(logger.level).toBe(35);
  });

  test("that nobody named print as their number", () => {
    expect(getLevelName(15)).toBe("Level 15");
    const handler = new Lines();
    getLogger("app").addHandler(handler);
    getLogger("app").log(35, "odd");
    expect(handler.records[0]?.levelname).toBe("Level 35");
  });

  test("an older name keeps meaning the number, the number shows its newest", () => {
    addLevelName(25, "NOTICE");
    addLevelName(25, "REMARK");
    expect([getLevelName(25), getLevelName("NOTICE"), getLevelName("REMARK")]).toEqual(["REMARK", 25, 25]);
  });

  test("a record keeps the name its level had when it was made", () => {
    const handler = new Lines();
    getLogger("app").addHandler(handler);
    getLogger("app").log(45, "before");
    addLevelName(45, "SEVERE");
    getLogger("app").log(45, "after");
    expect(handler.records.map((record) => record.levelname)).toEqual(["Level 45", "SEVERE"]);
  });

  test("the mapping is a fresh plain object with the aliases", () => {
    const mapping = getLevelNamesMapping();
    expect(Object.getPrototypeOf(mapping)).toBe(Object.prototype);
    expect(mapping).toMatchObject({ WARN: 30, WARNING: 30, FATAL: 50, CRITICAL: 50, TRACE: 5 });
    mapping["INFO"] = 99;
    expect(getLevelNamesMapping()["INFO"]).toBe(20);
  });

  test("an unknown level of log() is reported once and keeps the record at WARNING", () => {
    const handler = new Lines();
    getLogger("app").addHandler(handler);
    getLogger("app").log("LOUD", "one");
    getLogger("app").log(null as unknown as number, "two");
    getLogger("app").log(10.5, "three");
    expect(handler.records.map((record) => [record.levelname, record.message])).toEqual([
      ["WARNING", "one"],
      ["WARNING", "two"],
      ["WARNING", "three"],
    ]);
    expect(reports).toHaveLength(1);
  });
});
