import { once } from "node:events";
import { ConsoleHandler, captureConsole, captureWarnings, getLogger } from "@cordwood/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fresh, Lines } from "./support.js";

beforeEach(fresh);
afterEach(() => {
  captureConsole(false);
  captureWarnings(false);
  vi.restoreAllMocks();
});

const listen = (name: string): Lines => {
  const handler = new Lines();
  getLogger(name).setLevel("DEBUG");
  getLogger(name).addHandler(handler);
  return handler;
};

describe("captureConsole", () => {
  test("sends what the console is told to a logger, at the level of the method", () => {
    const handler = listen("console");
    captureConsole(true);
    console.debug("debug %s", 1);
    console.log("log %d", 2, { field: 1 });
    console.info("info");
    console.warn("warn", "more");
    console.error("error", new Error("e"));
    expect(handler.records.map((record) => `${record.levelname} ${record.message}`)).toEqual([
      "DEBUG debug 1",
      "INFO log 2",
      "INFO info",
      "WARNING warn more",
      "ERROR error",
    ]);
    expect([handler.records[1]?.extra["field"], (handler.records[4]?.error as Error | undefined)?.message]).toEqual([1, "e"]);
  });

  test("takes another logger by name, and gives the console back as it was", () => {
    const before = { ...console };
    const handler = listen("app.out");
    captureConsole(true, { logger: "app.out" });
    captureConsole(true, { logger: "app.out" });
    console.info("x");
    captureConsole(false);
    expect(handler.lines).toEqual(["x"]);
    expect({ ...console }).toEqual(before);
  });

  test("does not catch what a console handler writes", () => {
    const info = vi.spyOn(console, "info").mockImplementation(() => {});
    getLogger().setLevel("INFO");
    getLogger().addHandler(new ConsoleHandler());
    captureConsole(true);
    console.info("told the console");
    getLogger("app").info("logged");
    expect(info.mock.calls).toEqual([
      ["%s", "told the console"],
      ["%s", "logged"],
    ]);
  });
});

describe("captureWarnings", () => {
  test("sends process warnings to node.warnings, and gives them back", async () => {
    const handler = listen("node.warnings");
    const written = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
    const own = vi.fn();
    process.on("warning", own);
    captureWarnings(true);
    captureWarnings(true);
    process.emitWarning("careful 100%", "CustomWarning");
    await once(process, "warning");
    expect(handler.records.map((record) => [record.levelname, record.name])).toEqual([["WARNING", "node.warnings"]]);
    expect(handler.lines[0]).toContain("CustomWarning: careful 100%");
    expect([own.mock.calls.length, written.mock.calls.length]).toEqual([1, 0]);
    captureWarnings(false);
    process.emitWarning("again");
    await once(process, "warning");
    expect([handler.lines.length, own.mock.calls.length]).toEqual([1, 2]);
    process.off("warning", own);
  });

  test("keeps the last resort silent when nobody listens", async () => {
    const written = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
    captureWarnings(true);
    process.emitWarning("nobody");
    await once(process, "warning");
    expect([written.mock.calls, getLogger("node.warnings").handlers.length]).toEqual([[], 1]);
  });
});
