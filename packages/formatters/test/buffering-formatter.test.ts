import { makeLogRecord } from "@cordwood/core";
import { BufferingFormatter, Formatter } from "@cordwood/formatters";
import { describe, expect, test } from "vitest";

const records = ["one", "two"].map((msg) => makeLogRecord({ msg, levelno: 20 }));

describe("BufferingFormatter", () => {
  test("puts header, records and footer together with nothing between", () => {
    class Report extends BufferingFormatter {
      override formatHeader(of: readonly unknown[]): string {
        return `${of.length} records\n`;
      }
      override formatFooter(): string {
        return "end";
      }
    }
    expect(new Report(new Formatter("%(levelname)s %(message)s\n")).format(records)).toBe("2 records\nINFO one\nINFO two\nend");
  });

  test("writes the messages alone unless given a formatter", () => expect(new BufferingFormatter().format(records)).toBe("onetwo"));

  test("writes nothing for no records, not even the header", () => {
    const formatter = new BufferingFormatter();
    formatter.formatHeader = () => "header";
    expect(formatter.format([])).toBe("");
    expect(formatter.format(records)).toBe("headeronetwo");
  });

  test("takes any object with a format method, and nothing else", () => {
    expect(new BufferingFormatter({ format: (record) => `<${record.message}>` }).format(records)).toBe("<one><two>");
    expect(() => new BufferingFormatter({} as Formatter)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
