import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FormatterLike, type HandlerStats, Logger, type LogRecord } from "@cordwood/core";
import { Formatter } from "@cordwood/formatters";
import {
  FileHandler,
  type FileHandlerOptions,
  RotatingFileHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
} from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FullDisk, shortWrite, watchedSystem } from "./children/faulty-system.mjs";
import { collectReports } from "./reports.js";

const seen = collectReports();
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const LAYOUT = "%(levelname)s %(name)s %(message)s";
/** The same formatter, which can only make texts. */
const textsOnly = (): FormatterLike => {
  const formatter = new Formatter(LAYOUT);
  return { format: (record) => formatter.format(record) };
};

interface Outcome {
  readonly text: string;
  readonly stats: HandlerStats;
  readonly reports: number;
  /** What the system was given: bytes or a text. */
  readonly given: readonly string[];
}

/** What comes of the same calls with a formatter that writes bytes and with one that does not. */
const compare = (
  make: (file: string, options: FileHandlerOptions, given: string[]) => { handler: FileHandler; between?: (index: number) => void },
  { options = {}, before = "" }: { options?: FileHandlerOptions; before?: string } = {},
): readonly [bytes: Outcome, texts: Outcome] => {
  const outcomes = [new Formatter(LAYOUT), textsOnly()].map((formatter, index): Outcome => {
    const file = join(folder.path, `${index}.log`);
    if (before !== "") writeFileSync(file, before);
    const given: string[] = [];
    const reports = seen.length;
    const { handler, between } = make(file, { ...options, formatter }, given);
    const logger = new Logger("app");
    logger.addHandler(handler);
    for (let i = 0; i < 6; i++) {
      between?.(i);
      logger.info("record %d of %s", i, "6");
      logger.warning("größer: %s", "€");
      logger.error("with\x1bescape %s", "🎉");
    }
    handler.close();
    return { text: readFileSync(file, "utf8"), stats: handler.stats(), reports: seen.length - reports, given };
  });
  return outcomes as [Outcome, Outcome];
};
const watching = (given: string[]) =>
  watchedSystem((name, args) => {
    if (name === "writeSync") given.push(typeof args[1] === "string" ? "text" : "bytes");
  }) as NonNullable<FileHandlerOptions["fileSystem"]>;

describe("a formatter that writes bytes", () => {
  test("gives the file the same lines, as bytes where that is quicker", () => {
    const [bytes, texts] = compare((file, options, given) => ({
      handler: new FileHandler(file, { ...options, fileSystem: watching(given) }),
    }));
    expect(bytes.given).toEqual(Array(6).fill(["bytes", "bytes", "text"]).flat());
    expect(texts.given).toEqual(Array(18).fill("text"));
    expect({ ...bytes, given: [] }).toEqual({ ...texts, given: [] });
    expect(bytes.text.split("\n").slice(0, 3)).toEqual(["INFO app record 0 of 6", "WARNING app größer: €", "ERROR app with\\x1bescape 🎉"]);
    expect(bytes.stats).toMatchObject({ accepted: 18, delivered: 18 });
  });

  test.each<[name: string, FileHandlerOptions, before: string]>([
    ["that is emptied first", { mode: "w" }, "old\n"],
    ["whose last line has no end", {}, "torn"],
    ["that is synchronised", { fsync: true }, ""],
    ["that is opened late", { delay: true }, ""],
    ["with a header", { header: "# header" }, ""],
    ["in another encoding", { encoding: "utf16le" }, ""],
    ["in an encoding that lacks characters", { encoding: "latin1", errors: "backslashreplace" }, ""],
    ["with a buffer", { buffering: {} }, ""],
    ["that is shared", { shared: true }, ""],
  ])("a file %s", (_, options, before) => {
    const [bytes, texts] = compare((file, all) => ({ handler: new FileHandler(file, all) }), { options, before });
    expect(bytes).toEqual(texts);
    expect(bytes.text).not.toBe("");
  });

  test.each([1, 3, 20])("a system that takes %d bytes with each call", (most) => {
    const [bytes, texts] = compare((file, options) => ({ handler: new FileHandler(file, { ...options, fileSystem: shortWrite(most) }) }));
    expect(bytes).toEqual(texts);
    expect(bytes.stats).toMatchObject({ delivered: 18, failed: {} });
  });

  test.each([false, true])("a full disk that has room again (shared: %s)", (shared) => {
    const [bytes, texts] = compare((file, options) => {
      const disk = new FullDisk(100);
      const handler = new FileHandler(file, { ...options, shared, fileSystem: disk.system });
      return {
        handler,
        between: (index) => {
          if (index === 4) disk.room = 10_000;
        },
      };
    });
    expect(bytes).toEqual(texts);
    expect(bytes.stats.failed["write"]).toBeGreaterThan(0);
    expect(bytes.text).toContain("record 5 of 6\n");
  });

  test.each<[name: string, (file: string, options: FileHandlerOptions) => FileHandler]>([
    ["RotatingFileHandler", (file, options) => new RotatingFileHandler(file, { ...options, maxBytes: 100, backupCount: 3 }) as never],
    ["TimedRotatingFileHandler", (file, options) => new TimedRotatingFileHandler(file, { ...options, when: "S", maxBytes: 100 }) as never],
    ["WatchedFileHandler", (file, options) => new WatchedFileHandler(file, options) as never],
  ])("%s rolls over at the same records", (_, make) => {
    const [bytes, texts] = compare((file, options, given) => ({ handler: make(file, { ...options, fileSystem: watching(given) }) }));
    expect({ ...bytes, given: [] }).toEqual({ ...texts, given: [] });
    expect(bytes.given).toContain("bytes");
  });

  test.each<[name: string, (file: string, formatter: FormatterLike) => FileHandler]>([
    [
      "formats by itself",
      (file, formatter) =>
        new (class extends FileHandler {
          override format(record: LogRecord): string {
            return `own ${super.format(record)}`;
          }
        })(file, { formatter }),
    ],
    [
      "looks at lines",
      (file, formatter) =>
        new (class extends FileHandler {
          lines = 0;
          protected override beforeWrite(): void {
            this.lines++;
          }
        })(file, { formatter }),
    ],
    [
      "ends lines otherwise",
      (file, formatter) => {
        const handler = new FileHandler(file, { formatter });
        handler.terminator = " |\n";
        return handler;
      },
    ],
  ])("is asked for texts by a handler that %s", (_, make) => {
    const asked: string[] = [];
    const formatter = new Formatter(LAYOUT);
    const file = join(folder.path, "app.log");
    const spy: FormatterLike = {
      format: (record) => {
        asked.push("text");
        return formatter.format(record);
      },
      encode: (record) => {
        asked.push("bytes");
        return formatter.encode(record);
      },
      get encoded() {
        return formatter.encoded;
      },
    };
    const handler = make(file, spy);
    const logger = new Logger("app");
    logger.addHandler(handler);
    logger.info("done");
    handler.close();
    expect(asked).toEqual(["text"]);
    expect(readFileSync(file, "utf8")).toMatch(/^(own )?INFO app done( \|)?\n$/);
  });

  test("that fails is asked for the text, which is reported if it fails as well", () => {
    const file = join(folder.path, "app.log");
    const failing = (): never => {
      throw new Error("broken");
    };
    const handler = new FileHandler(file, { formatter: { encode: failing, format: (record) => `text of ${record.name}` } });
    const logger = new Logger("app");
    logger.addHandler(handler);
    logger.info("done");
    handler.setFormatter({ encode: failing, format: failing });
    logger.info("plain");
    handler.setFormatter({ encode: () => 3, format: () => "no bytes were given" });
    logger.info("done");
    handler.close();
    expect(readFileSync(file, "utf8").split("\n")).toEqual(["text of app", expect.stringContaining("plain"), "no bytes were given", ""]);
    expect(handler.stats()).toMatchObject({ delivered: 3, failed: {} });
    expect(seen.at(-1)?.message).toContain("the formatter of FileHandler failed");
  });
});
