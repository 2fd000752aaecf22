import { afterEach, expect, test } from "vitest";
import { importedCopy } from "../src/package-copy.js";

const ENTRIES = Symbol.for("@cordwood/entries.v1");
const entries = globalThis as { [ENTRIES]?: object[] | undefined };
afterEach(() => {
  entries[ENTRIES] = undefined;
});
const announce = (name: string, version: string): void => {
  entries[ENTRIES] = [...(entries[ENTRIES] ?? []), { name, version, url: () => "file:///a.js", exports: () => ({ version }) }];
};

test("without any entry there is no copy", () => {
  expect(importedCopy("base", "1.0.0")).toBe(undefined);
});

test.each([
  ["1.2.3", "1.2.3", true],
  ["1.2.4", "1.2.3", true],
  ["1.3.0", "1.2.3", true],
  ["1.10.0", "1.9.0", true],
  ["1.2.2", "1.2.3", false],
  ["1.1.9", "1.2.3", false],
  ["2.0.0", "1.2.3", false],
  ["1.9.9", "2.0.0", false],
  ["0.2.4", "0.2.3", true],
  ["0.2.2", "0.2.3", false],
  ["0.3.0", "0.2.3", false],
  ["0.0.3", "0.0.3", true],
  ["0.0.4", "0.0.3", false],
  ["1.2.3-next.1", "1.2.3-next.1", true],
  ["1.2.3-next.2", "1.2.3-next.1", false],
  ["1.3.0-next.1", "1.2.3", false],
  ["1.2.3", "1.2.3-next.1", false],
])("version %s where ^%s is wanted: %s", (version, wanted, fits) => {
  announce("other", wanted);
  announce("base", version);
  expect(importedCopy("base", wanted)).toEqual(fits ? { version } : undefined);
});

test("of two that are new enough neither is taken", () => {
  announce("base", "1.0.0");
  announce("base", "1.1.0");
  expect(importedCopy("base", "1.0.0")).toBe(undefined);
  expect(importedCopy("base", "1.1.0")).toEqual({ version: "1.1.0" });
});
