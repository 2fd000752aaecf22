import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dictConfig, drawTree, type LoggingConfig } from "@cordwood/config";
import { getLogger, type Handler, resetLogging, setErrorReporter } from "@cordwood/core";
import { FileHandler, RotatingFileHandler } from "@cordwood/handlers-file";
import { scaled, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(resetLogging);
afterEach(resetLogging);

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

/** Counts how often it is closed from outside. */
const counting = <T extends new (...args: never[]) => Handler>(base: T, all: { closes: number }[]): T =>
  class extends (base as unknown as new (...args: unknown[]) => FileHandler) {
    closes = 0;
    constructor(...args: unknown[]) {
      super(...args);
      all.push(this);
    }
    override close(): void | Promise<void> {
      this.closes++;
      return super.close();
    }
  } as unknown as T;

const RELOADS = scaled(1_000);

for (const keepUnchanged of [false, true]) {
  test(`${RELOADS} reloads under load lose nothing and close every replaced handler once (unchanged ones ${keepUnchanged ? "kept" : "made anew"})`, async () => {
    using folder = temporaryFolder();
    const made: { closes: number }[] = [];
    const reports: string[] = [];
    setErrorReporter((report) => reports.push(report.message));
    const classes = { File: counting(FileHandler, made), Rotating: counting(RotatingFileHandler, made) };
    const filename = join(folder.path, "app.log");
    const plain = { class: "File", filename, formatter: "f" } as const;
    const documents: readonly LoggingConfig<"File" | "Rotating">[] = [
      {
        version: 1,
        disable_existing_loggers: false,
        formatters: { f: { format: "%(message)s" } },
        handlers: { out: plain },
        root: { level: "INFO", handlers: ["out"] },
      },
      {
        version: 1,
        disable_existing_loggers: false,
        formatters: { f: { format: "{message}", style: "{" } },
        handlers: { out: { class: "Rotating", filename, maxBytes: 1_000_000_000, backupCount: 2, formatter: "f" } },
        loggers: { app: { level: "DEBUG" } },
        root: { level: "INFO", handlers: ["out"] },
      },
      {
        version: 1,
        disable_existing_loggers: false,
        formatters: { f: { format: "$message", style: "$" } },
        handlers: { file: plain, out: { class: "QueueHandler", handlers: ["file"] } },
        root: { level: "INFO", handlers: ["out"] },
      },
      {
        version: 1,
        disable_existing_loggers: false,
        formatters: { f: { format: "%(message)s" } },
        handlers: { file: plain, out: { class: "MemoryHandler", capacity: 7, target: "file" } },
        root: { level: "INFO", handlers: ["out"] },
      },
    ];
    const logger = getLogger("app.worker");
    let sent = 0;
    let loading = true;
    const load = (): void => {
      for (let i = 0; i < 5; i++) logger.info("record %d", sent++);
      if (loading) setImmediate(load);
    };
    await dictConfig(documents[0] as LoggingConfig<"File">, { classes, keepUnchanged });
    const [descriptorsBefore, timersBefore] = [descriptors(), timers()];
    load();
    for (let i = 1; i <= RELOADS; i++) {
      await dictConfig(documents[i % documents.length] as LoggingConfig<"File">, { classes, keepUnchanged });
      if (i % 10 === 0)
        await dictConfig(
          { version: 1, handlers: { out: { class: "File", filename: "no/such/folder/x.log" } }, root: { handlers: ["out"] } },
          { classes },
        ).catch(() => {});
    }
    loading = false;
    await new Promise((resolve) => setImmediate(resolve));
    await dictConfig(documents[0] as LoggingConfig<"File">, { classes, keepUnchanged });
    const open = getLogger().handlers[0] as unknown as { closes: number };
    const lines = readFileSync(filename, "utf8").trimEnd().split("\n");
    console.log(
      `${RELOADS} reloads: ${sent} records sent, ${lines.length} written, ${new Set(lines).size} distinct; ${made.length} handlers made`,
    );
    expect(lines.length).toBe(sent);
    expect(new Set(lines).size).toBe(sent);
    expect(made.filter((one) => one !== open).map((one) => one.closes)).toEqual(made.filter((one) => one !== open).map(() => 1));
    expect(open.closes).toBe(0);
    expect(descriptors()).toBe(descriptorsBefore);
    expect(timers()).toBeLessThanOrEqual(timersBefore);
    expect(reports).toEqual([]);
    expect(drawTree()).toContain("app.worker");
    await dictConfig({ version: 1, root: { handlers: [] } });
    expect(open.closes).toBe(1);
    expect(descriptors()).toBe(descriptorsBefore - 1);
  });
}
