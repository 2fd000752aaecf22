import { formatterConformance } from "@cordwood/core/testing";
import { CsvFormatter, type CsvFormatterOptions } from "@cordwood/formatters";
import { describe, expect, test } from "vitest";
import { called, record } from "./structured.js";

/** RFC 4180, one line. */
const parse = (line: string, delimiter = ","): string[] => {
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    let cell = "";
    if (line[at] === '"') {
      for (at++; at < line.length; at++) {
        if (line[at] === '"' && line[at + 1] !== '"') break;
        if (line[at] === '"') at++;
        cell += line[at];
      }
      at++;
    } else while (at < line.length && line[at] !== delimiter) cell += line[at++];
    cells.push(cell);
    at++;
  }
  return cells;
};

describe("CsvFormatter", () => {
  test("writes a header and a line of the columns", () => {
    const formatter = new CsvFormatter();
    expect(formatter.header()).toBe("time,level,name,message,error,fields");
    expect(formatter.format(record({ msg: 'say "hi", all', fields: { a: 1 } }))).toBe(
      '2023-11-14T22:13:20.250Z,INFO,app.db,"say ""hi"", all",,"{""a"":1}"',
    );
  });

  test("takes attributes, fields and functions as columns", () => {
    const formatter = new CsvFormatter({
      columns: ["levelno", "user", { title: "n squared", value: (r) => (r.extra as { n: number }).n ** 2 }, "fields"],
      delimiter: ";",
    });
    expect(formatter.header()).toBe("levelno;user;n squared;fields");
    expect(formatter.format(record({ fields: { user: "anna", n: 3 } }))).toBe('20;anna;9;"{""n"":3}"');
  });

  test.each([
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u200b=1",
    '"=1',
    "'=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "|calc",
    "%0A=1",
    '=HYPERLINK("http://evil","x")',
  ])("shows the formula %j as text", (text) => {
    for (const options of [{}, { delimiter: ";" }, { delimiter: "\t" }] as CsvFormatterOptions[]) {
      const [cell = ""] = parse(new CsvFormatter({ ...options, columns: ["message"] }).format(record({ msg: text })), options.delimiter);
      expect(cell.startsWith("'")).toBe(true);
    }
    expect(parse(new CsvFormatter({ columns: [{ title: "t", value: () => text }] }).format(record()))[0]).toMatch(/^'/);
  });

  test("guards titles, logger names and fields, leaves numbers, and can be told to keep formulas", () => {
    const formatter = new CsvFormatter({ columns: ["=title", "name", "n"] });
    expect(formatter.header()).toBe("'=title,name,n");
    expect(formatter.format(record({ name: "=name", fields: { "=title": "+x", n: -5 } }))).toBe("'+x,'=name,-5");
    expect(new CsvFormatter({ columns: ["message"], formulas: "keep" }).format(record({ msg: "=1" }))).toBe("=1");
  });

  test.each(["a,b", 'a"b', "a;b", " a ", "", "a\nb", "a\r\nb", "a\tb", "é😀"])("writes %j as one cell of one line", (text) => {
    for (const delimiter of [",", ";", "\t", "|"] as const) {
      const line = new CsvFormatter({ columns: ["message", "name"], delimiter }).format(record({ msg: text }));
      expect(line).not.toMatch(/[\r\n]/);
      const shown = text
        .replaceAll("\r", "\\r")
        .replaceAll("\n", "\\n")
        .replaceAll("\t", delimiter === "\t" ? " " : "\t");
      expect(parse(line, delimiter)).toEqual([shown, "app.db"]);
    }
  });

  test("shows a column whose function throws as such", () => {
    const formatter = new CsvFormatter({
      columns: [
        {
          title: "x",
          value: () => {
            throw new Error("no");
          },
        },
        "message",
      ],
    });
    expect(formatter.format(called(undefined))).toBe("[Throws],m");
  });

  test.each<[unknown, RegExp]>([
    [{ columns: [] }, /give a list of at least one column/],
    [{ columns: [5] }, /columns holds 5/],
    [{ columns: [{ title: "a", value: () => 1, width: 5 }] }, /a column: there is no option "width"; known are title, value$/],
    [{ delimiter: "--" }, /delimiter is --/],
    [{ header: true }, /there is no option "header"/],
  ])("refuses %o", (options, message) => {
    expect(() => new CsvFormatter(options as CsvFormatterOptions)).toThrow(message);
  });

  for (const c of formatterConformance({ create: () => new CsvFormatter(), singleLine: true, parse }))
    test(`conformance: ${c.name}`, c.run);
});
