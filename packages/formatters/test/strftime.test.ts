import { strftime } from "@cordwood/formatters";
import { describe, expect, test } from "vitest";

describe("strftime", () => {
  test("rounds a fraction of a second down, before 1970 too", () => {
    expect(strftime("%H:%M:%S", 1.999, "utc")).toBe("00:00:01");
    expect(strftime("%Y-%m-%d %H:%M:%S", -0.5, "utc")).toBe("1969-12-31 23:59:59");
  });

  test("uses the process's own zone unless told otherwise", () => {
    const hour = String(new Date(1_700_000_000_000).getHours()).padStart(2, "0");
    expect(strftime("%H", 1_700_000_000)).toBe(hour);
    expect(strftime("%H", 1_700_000_000, "local")).toBe(hour);
  });

  test("writes years as C does, without filling them up", () => {
    const first = -62_135_596_800;
    expect(strftime("%Y-%m-%d %a", first, "utc")).toBe("1-01-01 Mon");
    expect(strftime("%Y|%C|%y", first - 1, "utc")).toBe("0|00|00");
    expect(strftime("%Y %j", 253_402_300_800, "utc")).toBe("10000 001");
  });

  test("counts weeks by all three rules at the turn of every year", () => {
    const weeks = [1999, 2000, 2004, 2008, 2009, 2015, 2020].map((year) => strftime("%G-%V %U %W", Date.UTC(year, 11, 31) / 1000, "utc"));
    expect(weeks).toEqual([
      "1999-52 52 52",
      "2000-52 53 52",
      "2004-53 52 52",
      "2009-01 52 52",
      "2009-53 52 52",
      "2015-53 52 52",
      "2020-53 52 52",
    ]);
  });

  test("knows glibc's flags and widths", () => {
    expect(strftime("%-d|%_d|%5d|%010Y|%^a|%#Z|%#p|%_5H|%-j|%s|%10T|%^B", 1_057_675_785, "utc")).toBe(
      "8| 8|00008|0000002003|TUE|utc|pm|   14|189|1057675785|  14:49:45|JULY",
    );
  });

  test("caps widths at 1 024", () => expect(strftime("%99999Y", 0, "utc")).toHaveLength(1_024));

  test("leaves what is no directive as it is written", () => {
    expect(strftime("100% %! %é %Q %f %", 0, "utc")).toBe("100% %! %é %Q %f %");
  });

  test("refuses what is no time and what is no zone", () => {
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, 1e15]) {
      expect(() => strftime("%Y", time, "utc")).toThrow(expect.objectContaining({ code: "TIME_INVALID" }));
    }
    expect(() => strftime("%Y", 0, "Mars/Olympus")).toThrow(/timeZone is "Mars\/Olympus".*Europe\/Berlin/);
  });
});
