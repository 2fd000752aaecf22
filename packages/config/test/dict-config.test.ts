import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, type DictConfigOptions, dictConfig, dictConfigSync, drawTree, type LoggingConfig } from "@cordwood/config";
import { getHandlerByName, getLogger, Handler, type LogRecord, NullHandler, resetLogging, StreamHandler } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

beforeEach(resetLogging);
afterEach(resetLogging);

const sink = () => {
  const lines: string[] = [];
  return { lines, write: (text: string) => lines.push(text) };
};

const failureOf = async (config: unknown, options: DictConfigOptions = {}): Promise<string> => {
  try {
    await dictConfig(config as LoggingConfig, options);
  } catch (error) {
    return error instanceof ConfigError ? error.message : `no ConfigError: ${String(error)}`;
  }
  return "nothing was thrown";
};

const handler = (spec: Record<string, unknown>): unknown => ({ version: 1, handlers: { audit: spec }, root: { handlers: ["audit"] } });

describe("what a mistake is told as", () => {
  const rotating = { class: "logging.handlers.RotatingFileHandler", filename: "x.log" };
  const cases: readonly (readonly [string, unknown, string])[] = [
    [
      "a value of the wrong kind",
      handler({ ...rotating, maxBytes: "10MB" }),
      'handlers.audit.maxBytes: expected a whole number of bytes, got "10MB"',
    ],
    [
      "the same in Python's spelling",
      handler({ ...rotating, max_bytes: -1 }),
      "handlers.audit.max_bytes: expected a whole number of bytes, got -1",
    ],
    [
      "a misspelt option",
      handler({ ...rotating, backupcount: 3, backupCuont: 3 }),
      'handlers.audit.backupcount: RotatingFileHandler has no option "backupcount" (given: 3); did you mean "backupCount"?\nhandlers.audit.backupCuont: RotatingFileHandler has no option "backupCuont" (given: 3); did you mean "backupCount"?',
    ],
    [
      "a misspelt class",
      handler({ class: "logging.StreamHandlr" }),
      'handlers.audit.class: expected the name of a handler, got "logging.StreamHandlr"; did you mean "logging.StreamHandler"? Hand in your own: classes: { "logging.StreamHandlr": … }',
    ],
    ["a missing option", handler({ class: "FileHandler" }), "handlers.audit.filename: is missing; FileHandler needs a file name"],
    [
      "a level in small letters",
      { version: 1, root: { level: "debug" } },
      'root.level: expected a level: a whole number or one of NOTSET, TRACE, DEBUG, INFO, WARN, WARNING, ERROR, FATAL, CRITICAL, got "debug"; write "DEBUG"',
    ],
    [
      "an unknown formatter",
      { version: 1, formatters: { brief: {} }, handlers: { h: { class: "NullHandler", formatter: "breif" } } },
      'handlers.h.formatter: expected the name of a formatter, got "breif"; did you mean "brief"?',
    ],
    [
      "an unknown handler of a logger",
      { version: 1, handlers: { console: { class: "NullHandler" } }, loggers: { "app.db": { handlers: ["konsole"] } } },
      'loggers.app.db.handlers[0]: expected the name of a handler, got "konsole"; did you mean "console"?',
    ],
    [
      "a misspelt key that every handler has",
      handler({ class: "NullHandler", formater: "x" }),
      'handlers.audit.formater: NullHandler has no option "formater" (given: a text); did you mean "formatter"?',
    ],
    [
      "a misspelt key of a queue's reader",
      handler({ class: "QueueHandler", lisener: "x" }),
      'handlers.audit.lisener: QueueHandler has no option "lisener" (given: a text); did you mean "listener"?',
    ],
    [
      "a reader given twice",
      handler({ class: "QueueHandler", respectHandlerLevel: true, respect_handler_level: true }),
      'handlers.audit.respect_handler_level: is given as "respectHandlerLevel" too; keep one',
    ],
    [
      "an unknown key of a logger",
      { version: 1, loggers: { a: { levels: "INFO" } } },
      'loggers.a.levels: a logger has no "levels"; did you mean "level"?',
    ],
    [
      "an unknown key at the top",
      { version: 1, handler: {} },
      'handler: is no key of a configuration, and no cfg:// refers to it; did you mean "handlers"?',
    ],
    [
      "an unknown key at the top in Python's spelling",
      { version: 1, disable_existing_logger: false },
      'disable_existing_logger: is no key of a configuration, and no cfg:// refers to it; did you mean "disable_existing_loggers"?',
    ],
    [
      "a misspelt option in Python's spelling",
      handler({ class: "FileHandler", filename: "x", buffering: { flush_levle: 5 } }),
      'handlers.audit.buffering.flush_levle: buffering has no option "flush_levle" (given: 5); did you mean "flush_level"?',
    ],
    ["no version", {}, 'version: is missing; write "version": 1'],
    ["no document", 5, 'expected an object with "version": 1, got a number'],
    [
      "a circle of handlers",
      {
        version: 1,
        handlers: { a: { class: "MemoryHandler", capacity: 1, target: "b" }, b: { class: "MemoryHandler", capacity: 1, target: "a" } },
      },
      "handlers.a: refers to itself: a → b → a",
    ],
    [
      "a folder that is not there",
      handler({ class: "FileHandler", filename: "no/such/folder/x.log" }),
      'handlers.audit.filename: the folder "no/such/folder" does not exist; create it, or give folderMode for it to be made',
    ],
    [
      "a class that Python has and we have not",
      handler({ class: "logging.handlers.NTEventLogHandler" }),
      "handlers.audit.class: logging.handlers.NTEventLogHandler: the Windows event log is not supported; use SysLogHandler or a file",
    ],
    ["a broken format", { version: 1, formatters: { f: { format: "no field" } } }, "formatters.f: "],
    [
      "both spellings of one key",
      { version: 1, disable_existing_loggers: true, disableExistingLoggers: true },
      "disableExistingLoggers: is given in both spellings; keep one",
    ],
  ];
  for (const [what, config, message] of cases) {
    test(`${what} is told with its place`, async () => {
      const told = await failureOf(config);
      if (message.endsWith(": ")) expect(told.startsWith(message)).toBe(true);
      else expect(told).toBe(message);
    });
  }

  test("all mistakes of a document are told at once", async () => {
    const told = await failureOf({
      version: 1,
      handlers: { a: { class: "FileHandler", filename: 5 }, b: { class: "NullHandler", level: "LOUD" } },
      root: { handlers: ["c"] },
    });
    expect(told.split("\n").map((line) => line.split(":")[0])).toEqual(["handlers.a.filename", "handlers.b.level", "root.handlers[0]"]);
  });
});

describe("all or nothing", () => {
  test("leaves the tree, the registry of names and every handler as they were", async () => {
    const out = sink();
    await dictConfig({
      version: 1,
      handlers: { h: { class: "StreamHandler", stream: out } },
      loggers: { a: { level: "DEBUG", propagate: false } },
      root: { level: "INFO", handlers: ["h"] },
    });
    const before = drawTree();
    const old = getHandlerByName("h");
    for (const bad of [
      { version: 1, handlers: { h: { class: "NullHandler" }, g: { class: "NoSuch" } }, root: { handlers: ["h"] } },
      {
        version: 1,
        handlers: { h: { class: "NullHandler" }, g: { class: "FileHandler", filename: "/no/such/x.log" } },
        root: { handlers: ["h"] },
      },
      { version: 1, incremental: true, handlers: { nosuch: { level: "INFO" } }, loggers: { a: { level: "ERROR" } } },
      { version: 1, loggers: { a: { level: "ERROR" }, b: { level: "LOUD" } } },
    ]) {
      expect(await failureOf(bad)).not.toBe("nothing was thrown");
      expect(drawTree()).toBe(before);
      expect(getHandlerByName("h")).toBe(old);
    }
    getLogger("x").info("still here");
    expect(out.lines).toEqual(["still here\n"]);
  });

  test("empties a file only when everything else is in order", async () => {
    using folder = temporaryFolder();
    const filename = join(folder.path, "app.log");
    const file = { class: "FileHandler", filename, mode: "w" } as const;
    await dictConfig({
      version: 1,
      formatters: { f: { format: "%(message)s" } },
      handlers: { a: { ...file, formatter: "f" } },
      root: { handlers: ["a"] },
    });
    getLogger().warning("precious");
    const told = await failureOf({
      version: 1,
      handlers: { a: file, b: { class: "FileHandler", filename: join(folder.path, "no", "x.log") } },
      root: { handlers: ["a", "b"] },
    });
    expect(told).toContain("handlers.b.filename");
    expect(readFileSync(filename, "utf8")).toBe("precious\n");
  });

  test("fails at every step of building without leaving a trace", async () => {
    const out = sink();
    await dictConfig({
      version: 1,
      handlers: { former: { class: "StreamHandler", stream: out } },
      loggers: { kept: { level: "ERROR" } },
      root: { level: "INFO", handlers: ["former"] },
    });
    const before = drawTree();
    let left = 0;
    const made: Step[] = [];
    const step = (): void => {
      if (left-- === 0) throw new Error("injected");
    };
    class Step extends Handler {
      closes = 0;
      #mark = "";
      constructor() {
        super();
        step();
        made.push(this);
      }
      set mark(mark: string) {
        step();
        this.#mark = mark;
      }
      get mark(): string {
        return this.#mark;
      }
      override setFormatter(formatter: never): void {
        step();
        super.setFormatter(formatter);
      }
      override addFilter(filter: never): void {
        step();
        super.addFilter(filter);
      }
      override setLevel(level: number): void {
        step();
        super.setLevel(level);
      }
      protected override emit(): void {}
      override close(): void | Promise<void> {
        this.closes++;
        return super.close();
      }
    }
    class Part {
      constructor() {
        step();
      }
      format(record: LogRecord): string {
        return record.message;
      }
      filter(): boolean {
        return true;
      }
    }
    class Queue {
      constructor() {
        step();
      }
      put(): void {}
      take(): Promise<null> {
        return new Promise(() => {});
      }
    }
    let running = 0;
    class Listener {
      readonly handlers: unknown;
      constructor(_queue: unknown, handlers: unknown) {
        step();
        this.handlers = handlers;
      }
      start(): void {
        step();
        running++;
      }
      stop(): void {
        running--;
      }
    }
    const one = { class: "Step", formatter: "f", filters: ["f"], level: "INFO", ".": { mark: "x" } };
    const config = {
      version: 1,
      formatters: { f: { "()": "Part" } },
      filters: { f: { "()": "Part" } },
      handlers: {
        a: one,
        b: { ...one, class: "Step" },
        m: { class: "MemoryHandler", capacity: 3, target: "a" },
        q: { class: "QueueHandler", queue: { "()": "Queue" }, listener: "Listener", handlers: ["a", "b"] },
        r: { class: "QueueHandler", queue: "Queue", listener: { "()": "Listener" }, handlers: ["b"] },
      },
      loggers: { kept: { level: "DEBUG", handlers: ["m"] }, fresh: { handlers: ["q", "r"] } },
      root: { handlers: ["a"], level: "DEBUG" },
    };
    const classes = { Step, Part, Queue, Listener };
    let steps = 0;
    for (; ; steps++) {
      left = steps;
      made.length = 0;
      const told = await failureOf(config, { classes });
      if (told === "nothing was thrown") break;
      expect(told).toContain("injected");
      expect(drawTree()).toBe(before);
      expect(made.map((one) => one.closes)).toEqual(made.map(() => 1));
      expect(running).toBe(0);
    }
    console.log(`failures injected at ${steps} steps of building: the former tree stood each time`);
    expect(steps).toBeGreaterThanOrEqual(16);
    expect(running).toBe(2);
    await dictConfig({ version: 1, loggers: { kept: {}, fresh: {} }, root: { handlers: [] } });
    expect(running).toBe(0);
  });
});

describe("what a new configuration closes", () => {
  class Counted extends Handler {
    static readonly all: Counted[] = [];
    closes = 0;
    constructor() {
      super();
      Counted.all.push(this);
    }
    protected override emit(): void {}
    override close(): void | Promise<void> {
      this.closes++;
      return super.close();
    }
  }
  beforeEach(() => {
    Counted.all.length = 0;
  });
  const classes = { Counted };

  test("closes each handler that nothing uses any more, once", async () => {
    const config = { version: 1, handlers: { a: { class: "Counted" }, unused: { class: "Counted" } }, root: { handlers: ["a"] } } as const;
    await dictConfig(config, { classes });
    await dictConfig(config, { classes });
    await dictConfig({ version: 1, root: { handlers: [] } });
    expect(Counted.all.map((one) => one.closes)).toEqual([1, 1, 1, 1]);
  });

  test("leaves open what stays on a logger the new document does not name", async () => {
    const out = sink();
    await dictConfig({ version: 1, handlers: { h: { class: "StreamHandler", stream: out } }, root: { handlers: ["h"] } });
    await dictConfig({ version: 1, loggers: { a: { level: "DEBUG" } } });
    getLogger("a").warning("still written");
    expect(out.lines).toEqual(["still written\n"]);
    expect((getHandlerByName("h") as StreamHandler).closed).toBe(false);
  });

  test("leaves the program's own handlers on other loggers alone, and closes those it takes away", async () => {
    const [own, other] = [new Counted(), new Counted()];
    getLogger("a").addHandler(own);
    getLogger("b").addHandler(other);
    await dictConfig({ version: 1, loggers: { a: { handlers: [] } } });
    expect([own.closes, other.closes]).toEqual([1, 0]);
    expect(getLogger("b").handlers).toEqual([other]);
  });

  test("keeps what has not changed when asked to, and takes over its new level and formatter", async () => {
    const config = (format: string, level: "INFO" | "ERROR", size: number): LoggingConfig<"Counted"> => ({
      version: 1,
      formatters: { f: { format } },
      handlers: {
        same: { class: "Counted", level, formatter: "f" },
        other: { class: "MemoryHandler", capacity: size, target: "same" },
      },
      root: { handlers: ["same", "other"] },
    });
    const options = { classes, keepUnchanged: true };
    await dictConfig(config("%(message)s", "INFO", 5), options);
    const [same, other] = getLogger().handlers;
    await dictConfig(config("%(name)s", "ERROR", 6), options);
    expect(getLogger().handlers[0]).toBe(same);
    expect(getLogger().handlers[1]).not.toBe(other);
    expect([same?.level, (other as Handler).closed, Counted.all.map((one) => one.closes)]).toEqual([40, true, [0]]);
    expect(((same as Handler).formatter as { fmt?: string } | null)?.fmt).toBe("%(name)s");
  });

  test("a reload leaves loggers on that the program has made since, and what it attached itself", async () => {
    const own = new NullHandler();
    const options = { keepUnchanged: true };
    await dictConfig(
      { version: 1, loggers: { a: { level: "DEBUG" }, gone: { level: "DEBUG", propagate: false } }, root: { level: "INFO" } },
      options,
    );
    getLogger("made.later").setLevel("ERROR");
    getLogger("a").addHandler(own);
    await dictConfig({ version: 1, loggers: { a: { level: "ERROR" } }, root: { level: "INFO" } }, options);
    const later = getLogger("made.later");
    expect([later.disabled, later.level, getLogger("a").handlers]).toEqual([false, 40, [own]]);
    expect([getLogger("gone").level, getLogger("gone").propagate, getLogger("gone").disabled]).toEqual([0, true, false]);
  });
});

describe("what a document can name", () => {
  test("starts the listener of a queue, and empties it when the configuration goes", async () => {
    using folder = temporaryFolder();
    const filename = join(folder.path, "queued.log");
    await dictConfig({
      version: 1,
      handlers: { file: { class: "FileHandler", filename }, queue: { class: "QueueHandler", handlers: ["file"] } },
      root: { level: "INFO", handlers: ["queue"] },
    });
    for (let i = 0; i < 100; i++) getLogger("a").info("record %d", i);
    await dictConfig({ version: 1, root: { handlers: [] } });
    expect(readFileSync(filename, "utf8").trimEnd().split("\n")).toEqual(Array.from({ length: 100 }, (_, i) => `record ${i}`));
  });

  test("takes classes and functions themselves, in Python's and in our spelling", async () => {
    const out = sink();
    const drop = (): boolean => false;
    await dictConfig({
      version: 1,
      disableExistingLoggers: false,
      formatters: {
        f: {
          "()": class {
            format = (record: LogRecord): string => `<${record.message}>`;
          },
        },
      },
      handlers: {
        h: { class: StreamHandler, stream: out, formatter: "f" },
        none: { class: "StreamHandler", stream: out, filters: [drop] },
      },
      root: { handlers: ["h", "none"] },
    });
    getLogger().error("x");
    expect(out.lines).toEqual(["<x>\n"]);
  });

  test("constructs a class derived from an official one as that one is", async () => {
    using folder = temporaryFolder();
    const { FileHandler } = await import("@cordwood/handlers-file");
    class Owned extends FileHandler {
      readonly owner: unknown;
      constructor(filename: string, options: { owner?: string }) {
        const { owner, ...rest } = options;
        super(filename, rest);
        this.owner = owner;
      }
    }
    const filename = join(folder.path, "owned.log");
    await dictConfig(
      { version: 1, handlers: { h: { class: "app.Owned", filename, owner: "me" } }, root: { handlers: ["h"] } },
      { classes: { "app.Owned": Owned } },
    );
    expect((getLogger().handlers[0] as Owned).owner).toBe("me");
    expect(existsSync(filename)).toBe(true);
  });

  test("asks resolve for names that nothing else explains, and waits for it", async () => {
    const asked: string[] = [];
    const resolve = async (name: string): Promise<unknown> => {
      asked.push(name);
      return name === "app.Sink" ? NullHandler : undefined;
    };
    await dictConfig<string>({ version: 1, handlers: { h: { class: "app.Sink" } }, root: { handlers: ["h"] } }, { resolve });
    expect(getLogger().handlers[0]).toBeInstanceOf(NullHandler);
    expect(await failureOf(handler({ class: "app.Other" }), { resolve })).toContain('expected the name of a handler, got "app.Other"');
    expect(asked).toEqual(["app.Sink", "app.Other"]);
  });

  test("configures at once with dictConfigSync, packages handed in or found", async () => {
    using folder = temporaryFolder();
    const file = await import("@cordwood/handlers-file");
    const config = (name: string): LoggingConfig => ({
      version: 1,
      handlers: { h: { class: "FileHandler", filename: join(folder.path, name) } },
      root: { handlers: ["h"] },
    });
    dictConfigSync(config("a.log"), { packages: [file] });
    expect(getLogger().handlers[0]).toBeInstanceOf(file.FileHandler);
    dictConfigSync(config("b.log"));
    getLogger().error("x");
    expect(readFileSync(join(folder.path, "b.log"), "utf8")).toBe("x\n");
    expect(() => dictConfigSync({ version: 1, handlers: { h: { class: "X" } } } as never, { resolve: async () => NullHandler })).toThrow(
      "use dictConfig, which waits for it",
    );
  });

  test("resets attributes under the dot, and refuses to replace a method by a value", async () => {
    await dictConfig({ version: 1, handlers: { h: { class: "StreamHandler", ".": { terminator: "|" } } }, root: { handlers: ["h"] } });
    expect((getLogger().handlers[0] as StreamHandler).terminator).toBe("|");
    expect(await failureOf(handler({ class: "StreamHandler", ".": { emit: "x" } }))).toBe(
      'handlers.audit["."].emit: emit is a method of StreamHandler; it can be replaced by a function only',
    );
  });
});
