import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { strftime } from "@cordwood/formatters";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { describe, expect, test } from "vitest";

const offset = (zone: string, epoch: number): string => strftime("%z", epoch, zone);

describe("time zones", () => {
  test("change at the very second, also within an hour", () => {
    // St. John's changed at 00:01 local time until 2011; Lord Howe moves by half an hour; Pyongyang went back 30 minutes for a while.
    const changes: readonly (readonly [zone: string, second: number, before: string, after: string])[] = [
      ["Europe/Berlin", Date.UTC(2024, 2, 31, 1) / 1000, "+0100", "+0200"],
      ["America/St_Johns", Date.UTC(2010, 2, 14, 3, 31) / 1000, "-0330", "-0230"],
      ["Australia/Lord_Howe", Date.UTC(2024, 3, 6, 15) / 1000, "+1100", "+1030"],
      ["Asia/Pyongyang", Date.UTC(2015, 7, 14, 15) / 1000, "+0900", "+0830"],
    ];
    for (const [zone, second, before, after] of changes) {
      expect(
        [second - 1, second, second - 1, second + 1].map((at) => offset(zone, at)),
        zone,
      ).toEqual([before, after, before, after]);
    }
  });

  test("know offsets that are no whole minutes", () => {
    // Liberia kept 44 minutes 30 seconds behind until January 1972; %z shows whole minutes.
    expect(strftime("%H:%M:%S %z", 0, "Africa/Monrovia")).toBe("23:15:30 -0044");
  });

  test("skip a day where one was skipped", () => {
    const last = Date.UTC(2011, 11, 30, 9, 59, 59) / 1000;
    expect([last, last + 1].map((second) => strftime("%Y-%m-%d %H:%M:%S", second, "Pacific/Apia"))).toEqual([
      "2011-12-29 23:59:59",
      "2011-12-31 00:00:00",
    ]);
  });

  test("have the database's abbreviations where there are letters, the offset where not", () => {
    const summer = Date.UTC(2024, 6, 1) / 1000;
    const names = [
      "utc",
      "Europe/Berlin",
      "Europe/London",
      "America/New_York",
      "Asia/Kolkata",
      "Asia/Tokyo",
      "Australia/Sydney",
      "Pacific/Apia",
    ];
    expect(names.map((zone) => strftime("%Z", summer, zone))).toEqual(["UTC", "CEST", "BST", "EDT", "IST", "JST", "AEST", "+13"]);
    expect(strftime("%Z", summer, "Asia/Kathmandu")).toBe("+0545");
  });

  test("local is the zone of TZ, and follows it when it changes", async () => {
    using folder = temporaryFolder();
    const script = join(folder.path, "main.mjs");
    const entry = fileURLToPath(import.meta.resolve("@cordwood/formatters"));
    const core = fileURLToPath(import.meta.resolve("@cordwood/core"));
    writeFileSync(
      script,
      `import { Formatter, strftime } from ${JSON.stringify(entry)};
      import { makeLogRecord } from ${JSON.stringify(core)};
      for (const zone of ["America/New_York", "Asia/Tokyo", "UTC"]) {
        process.env.TZ = zone;
        const text = new Formatter("%(asctime)s").format(makeLogRecord({ created: 1057675785.896 }));
        console.log(text, strftime("%H:%M %z %Z", 1057675785));
      }`,
    );
    const { stdout, stderr } = await runNode(script, { env: { TZ: "Europe/Berlin" } });
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n")).toEqual([
      "2003-07-08 10:49:45,896 10:49 -0400 EDT",
      "2003-07-08 23:49:45,896 23:49 +0900 JST",
      "2003-07-08 14:49:45,896 14:49 +0000 UTC",
    ]);
  });

  test("agree with the zone database in both halves of a year", () => {
    const moments: readonly (readonly [zone: string, winter: string, summer: string])[] = [
      ["Europe/Lisbon", "2012-02-23 12:26:40 +0000", "2012-06-29 21:00:00 +0100"],
      ["America/Sao_Paulo", "2012-02-23 10:26:40 -0200", "2012-06-29 17:00:00 -0300"],
      ["Africa/Casablanca", "2012-02-23 12:26:40 +0000", "2012-06-29 21:00:00 +0100"],
      ["Asia/Tehran", "2012-02-23 15:56:40 +0330", "2012-06-30 00:30:00 +0430"],
    ];
    for (const [zone, ...times] of moments) {
      expect(
        [1_330_000_000, 1_341_000_000].map((second) => strftime("%Y-%m-%d %H:%M:%S %z", second, zone)),
        zone,
      ).toEqual(times);
    }
  });
});
