import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, type ConfigWatcher, loadConfig, type WatchConfigOptions, watchConfig } from "@cordwood/config";
import { getLogger, LoggingError, resetLogging, setErrorReporter } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder = temporaryFolder();
beforeEach(() => {
  resetLogging();
  folder = temporaryFolder();
});
afterEach(() => {
  resetLogging();
  folder.remove();
});

const write = (name: string, text: string): string => {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
};

const failureOf = async (path: string, options = {}): Promise<string> =>
  loadConfig(path, options).then(
    () => "nothing was thrown",
    (error: unknown) => (error instanceof LoggingError ? `${error.code} ${error.message}` : String(error)),
  );

describe("files", () => {
  const forms: Readonly<Record<string, string>> = {
    "a.json":
      '{\n  // JSON with comments\n  "version": 1,\n  "loggers": { "app": { "level": "DEBUG" } }, /* and */\n  "root": { "level": "ERROR" },\n}\n',
    "a.yaml": "version: 1\nloggers: {app: {level: DEBUG}}\nroot: {level: ERROR}\n",
    "a.toml": 'version = 1\n[loggers.app]\nlevel = "DEBUG"\n[root]\nlevel = "ERROR"\n',
    "a.ini":
      "[loggers]\nkeys=root,app\n[handlers]\nkeys=\n[formatters]\nkeys=\n[logger_root]\nlevel=ERROR\nhandlers=\n[logger_app]\nqualname=app\nlevel=DEBUG\nhandlers=\n",
  };
  for (const [name, text] of Object.entries(forms)) {
    test(`${name} is read by its extension`, async () => {
      await loadConfig(write(name, text));
      expect([getLogger("app").level, getLogger().level]).toEqual([10, 40]);
    });
  }

  const broken: readonly (readonly [string, string, string])[] = [
    ["a.json", '{\n  "version": 1,\n  "root": {{ "level": "INFO" }\n}', "line 3, column 12"],
    ["a.yaml", 'version: 1\nroot:\n  level: "INFO\n', "line "],
    ["a.toml", 'version = 1\n[root\nlevel = "INFO"\n', "line 2"],
    ["a.ini", "[loggers]\nkeys=root\nsomething wrong\n", "line 3"],
  ];
  for (const [name, text, place] of broken) {
    test(`a broken ${name} is told with its line`, async () => {
      expect(await failureOf(write(name, text))).toContain(place);
    });
  }

  test("a mistake is told with line and column in every form", async () => {
    const places: Record<string, unknown> = {};
    const wrong: Readonly<Record<string, string>> = {
      "b.json": '{\n  "version": 1,\n  "handlers": {\n    "h": {\n      "class": "NullHandler",\n      "level": "LOUD"\n    }\n  }\n}',
      "b.yaml": "version: 1\nhandlers:\n  h:\n    class: NullHandler\n    level: LOUD\n",
      "b.toml": 'version = 1\n[handlers.h]\nclass = "NullHandler"\nlevel = "LOUD"\n',
    };
    for (const name of Object.keys(wrong)) {
      await loadConfig(write(name, wrong[name] as string)).catch((error: ConfigError) => {
        places[name] = error.problems.map(({ path, line, column }) => [path, line, column]);
      });
    }
    expect(places).toEqual({
      "b.json": [["handlers.h.level", 6, 7]],
      "b.yaml": [["handlers.h.level", 5, 5]],
      "b.toml": [["handlers.h.level", 4, 1]],
    });
  });

  test("files that are no configuration are told apart", async () => {
    expect(await failureOf(join(folder.path, "missing.json"))).toContain("FILE_MISSING");
    expect(await failureOf(write("empty.json", ""))).toContain("FILE_EMPTY");
    expect(await failureOf(write("huge.json", `"${"x".repeat(1024 * 1024)}"`))).toContain("FILE_TOO_LARGE");
    expect(await failureOf(write("a.xml", "<x/>"))).toContain("FORMAT_UNKNOWN");
    const bytes = join(folder.path, "bytes.json");
    writeFileSync(bytes, Buffer.from([0x7b, 0xff, 0xfe]));
    expect(await failureOf(bytes)).toContain("FILE_UNREADABLE");
  });
});

describe("values of the environment", () => {
  test("are filled in, with defaults, and read as what the option wants", async () => {
    const path = write(
      "a.yaml",
      'version: 1\nformatters: {f: {format: "\u0024{levelname} \u0024{APP} $message", style: $}, g: {format: "%(message)s \u0024{APP:-app} $\u0024{APP}"}}\nhandlers: {h: {class: MemoryHandler, capacity: "\u0024{CAPACITY:-20}", flushOnClose: "\u0024{FLUSH}", formatter: f}}\nroot: {level: "\u0024{LEVEL:-INFO}", handlers: [h]}\n',
    );
    await loadConfig(path, { environment: { FLUSH: "false", CAPACITY: "30" } });
    const [handler] = getLogger().handlers as unknown as { capacity: number; flushOnClose: boolean; formatter: { fmt: string } }[];
    expect([handler?.capacity, handler?.flushOnClose, getLogger().level, handler?.formatter.fmt]).toEqual([
      30,
      false,
      20,
      "\u0024{levelname} \u0024{APP} $message",
    ]);
  });

  test("are filled in inside an option as anywhere else", async () => {
    const line = 'buffering: {interval_ms: "\u0024{INTERVAL:-500}", bytes: "\u0024{BYTES}", flush_level: "\u0024{FLUSH:-WARNING}"}';
    const path = write("a.yaml", `version: 1\nhandlers: {h: {class: FileHandler, filename: ${join(folder.path, "a.log")}, ${line}}}\n`);
    await loadConfig(path, { environment: { BYTES: "4096" } });
    expect(await failureOf(path, { environment: { BYTES: "4KB" } })).toBe(
      'CONFIG_INVALID handlers.h.buffering.bytes: expected a whole number, 1 or more, got "4KB"',
    );
    expect(await failureOf(path, { environment: { BYTES: "4096", INTERVAL: "0" } })).toBe(
      "CONFIG_INVALID handlers.h.buffering.interval_ms: expected a whole number of milliseconds, 1 to 2147483647, got 0",
    );
  });

  test("are filled in in INI files, too", async () => {
    const path = write(
      "a.ini",
      "[loggers]\nkeys=root\n[handlers]\nkeys=h,own\n[formatters]\nkeys=\n[logger_root]\nlevel=\u0024{LEVEL}\nhandlers=h,own\n[handler_h]\nclass=handlers.MemoryHandler\nargs=(5,)\nkwargs={'capacity': 5}\n[handler_own]\nclass=Own\nargs=('\u0024{NAME:-none}',)\n".replace(
        "args=(5,)\n",
        "",
      ),
    );
    class Own {
      readonly level = 0;
      readonly given: string;
      constructor(given: string) {
        this.given = given;
      }
      handle(): void {}
      flush(): void {}
      close(): void {}
    }
    await loadConfig(path, { environment: { LEVEL: "ERROR" }, classes: { Own } });
    expect([getLogger().level, (getLogger().handlers[1] as unknown as Own).given]).toEqual([40, "none"]);
  });

  test("are told by name when they are not set", async () => {
    const told = await failureOf(write("a.yaml", "version: 1\nroot: {level: '\u0024{NO_SUCH_LEVEL}'}\n"), { environment: {} });
    expect(told).toBe(
      "CONFIG_INVALID root.level: environment variable NO_SUCH_LEVEL is not set; set it, or write \u0024{NO_SUCH_LEVEL:-default}",
    );
  });

  test("levels of CORDWOOD go over those of the file", async () => {
    const path = write("a.yaml", "version: 1\nloggers: {app.db: {level: ERROR}}\nroot: {level: INFO}\n");
    await loadConfig(path, { environment: { CORDWOOD: "warning,app.db=debug,http=off" } });
    expect([getLogger().level, getLogger("app.db").level, getLogger("http").isEnabledFor(50)]).toEqual([30, 10, false]);
    expect(await failureOf(path, { environment: { CORDWOOD: "app.db=debgu" } })).toBe(
      'DIRECTIVE_INVALID environment variable CORDWOOD: "app.db=debgu": "debgu" is no level; did you mean "debug"?',
    );
  });
});

describe("extends", () => {
  test("lays a document over another, member by member", async () => {
    mkdirSync(join(folder.path, "base"));
    write(
      "base/all.yaml",
      "version: 1\nhandlers: {a: {class: MemoryHandler, capacity: 5}, b: {class: NullHandler}}\nloggers: {x: {level: DEBUG}}\nroot: {level: INFO, handlers: [a, b]}\n",
    );
    const path = write("prod.toml", 'extends = "base/all.yaml"\n[handlers.a]\ncapacity = 50\n[root]\nhandlers = ["a"]\n');
    await loadConfig(path);
    expect([
      (getLogger().handlers[0] as unknown as { capacity: number }).capacity,
      getLogger().handlers.length,
      getLogger().level,
      getLogger("x").level,
    ]).toEqual([50, 1, 20, 10]);
  });

  test("refuses circles, and INI files", async () => {
    const path = write("a.json", '{"extends": "b.yaml", "version": 1}');
    write("b.yaml", "extends: a.json\n");
    expect(await failureOf(path)).toContain("EXTENDS_CIRCULAR");
    write("b.yaml", "extends: c.ini\n");
    write("c.ini", "[loggers]\nkeys=root\n");
    expect(await failureOf(path)).toContain("EXTENDS_INI");
  });
});

describe("attacks by a file", () => {
  test("an alias bomb is refused", async () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefghi".split("").map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9)}]`),
    ].join("\n");
    const started = Date.now();
    expect(await failureOf(write("bomb.yaml", `version: 1\n${bomb}\n`))).toMatch(/alias/i);
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  test("nesting that no parser can follow is refused", async () => {
    const [open, close] = ["[".repeat(100_000), "]".repeat(100_000)];
    for (const [name, text] of [
      ["deep.json", `{"version":1,"x-a":${open}${close}}`],
      ["deep.yaml", `version: 1\nx-a: ${open}${close}\n`],
      ["deep.toml", `version = 1\nx-a = ${open}${close}\n`],
      ["less.json", `{"version":1,"x-a":${open.slice(0, 500)}${close.slice(0, 500)}}`],
    ] as const)
      expect(await failureOf(write(name, text)), name).toMatch(/^CONFIG_INVALID .*(?:nest|deep|depth|levels)/i);
  });

  test("tags that would make objects are refused", async () => {
    expect(await failureOf(write("tag.yaml", "version: 1\nx-a: !!python/object/apply:os.system ['true']\n"))).toContain("CONFIG_INVALID");
    expect(await failureOf(write("tag.yaml", "version: 1\nx-a: !!js/function 'function () {}'\n"))).toContain("CONFIG_INVALID");
  });

  for (const key of ["__proto__", "constructor", "prototype"]) {
    test(`the key ${key} is refused in every form and at every depth`, async () => {
      const texts = {
        "p.json": `{"version":1,"handlers":{"h":{"class":"NullHandler","${key}":{"polluted":1}}}}`,
        "p.yaml": `version: 1\nloggers: {${key}: {level: INFO}}\n`,
        "q.json": `{"version":1,"${key}":{"polluted":1}}`,
        "p.toml": `version = 1\n[formatters."${key}"]\nformat = "%(message)s"\n`,
        "r.json": `{"version":1,"handlers":{"h":{"class":"FileHandler","filename":"x","buffering":{"${key}":{"bytes":1}}}}}`,
        "s.json": `{"version":1,"formatters":{"f":{"format":"%(message)s","defaults":{"a":[{"${key}":{"polluted":1}}]}}}}`,
        "s.yaml": `version: 1\nformatters: {f: {format: "%(message)s", defaults: {a: [{${key}: {polluted: 1}}]}}}\n`,
        "s.toml": `version = 1\n[formatters.f]\nformat = "%(message)s"\ndefaults = { a = [{ "${key}" = { polluted = 1 } }] }\n`,
      };
      for (const [name, text] of Object.entries(texts))
        expect(await failureOf(write(name, text)), name).toMatch(new RegExp(`${key}: ${key} is no key of a configuration$`));
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    });
  }

  test("a secret never shows, whatever goes wrong around it", async () => {
    const secret = "hunter2-very-secret";
    const told: string[] = [];
    for (const document of [
      `version: 1\nhandlers: {h: {class: SMTPHandler, mailhost: x, fromaddr: a, toaddrs: b, subject: s, credentials: ${secret}}}\n`,
      `version: 1\nhandlers: {h: {class: HTTPHandler, host: x, url: /, credentials: [u, ${secret}], method: PUT}}\n`,
      `version: 1\nhandlers: {h: {class: HTTPHandler, host: x, url: 5, credentials: [u, ${secret}]}}\n`,
      `version: 1\nhandlers: {h: {class: HTTPHandler, host: "https://u:${secret}@x", url: [1]}}\n`,
      `version: 1\nhandlers: {h: {class: Own, password: ${secret}}}\n`,
      `version: 1\nx-a: {token: ${secret}}\nhandlers: {h: {class: FileHandler, filename: 'cfg://x-a.nosuch'}}\n`,
      `version: 1\nhandlers: {h: {class: HTTPHandler, host: x, url: /, credentials: [u, "${secret}]}}\n`,
    ]) {
      class Own {
        constructor(options: { password: string }) {
          throw new Error(`cannot log in with ${options.password}`);
        }
      }
      const error = await loadConfig(write("s.yaml", document), { classes: { Own } }).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      told.push(`${error?.message} ${error?.stack} ${(error?.cause as Error | undefined)?.stack}`);
    }
    expect(told.filter((text) => text.startsWith("undefined"))).toEqual([]);
    expect(told.join("\n")).not.toContain(secret);
  });
});

describe("watching", () => {
  let watcher: ConfigWatcher | undefined;
  let reports: string[] = [];
  beforeEach(() => {
    reports = [];
    setErrorReporter((report) => reports.push(String((report.error as Error | undefined)?.message ?? report.message)));
  });
  afterEach(() => watcher?.close());

  const watching = async (path: string, options: WatchConfigOptions = {}): Promise<{ next(): Promise<unknown> }> => {
    const told: unknown[] = [];
    let wake: (() => void) | undefined;
    watcher = await watchConfig(path, {
      settleMs: 20,
      onReload: (error) => {
        told.push(error ?? "applied");
        wake?.();
      },
      ...options,
    });
    const next = async (): Promise<unknown> => {
      if (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return told.shift();
    };
    return { next };
  };

  const config = (level: string, more = ""): string =>
    `version: 1\nhandlers: {h: {class: MemoryHandler, capacity: 5}}\nroot: {level: ${level}, handlers: [h]}\n${more}`;

  test("applies a change, and keeps the handler that did not change", async () => {
    const path = write("a.yaml", config("INFO"));
    const { next } = await watching(path);
    const [handler] = getLogger().handlers;
    write("a.yaml", config("DEBUG"));
    expect(await next()).toBe("applied");
    expect([getLogger().level, getLogger().handlers[0]]).toEqual([10, handler]);
  });

  test("stays on the old configuration while the new one is bad or half written, then goes on", async () => {
    const path = write("a.yaml", config("INFO"));
    const { next } = await watching(path);
    const [handler] = getLogger().handlers;
    write("a.yaml", config("INFO", "loggers: {app: {level: [").slice(0, -1));
    expect(await next()).toBeInstanceOf(ConfigError);
    write("a.yaml", "");
    expect(await next()).toMatchObject({ code: "FILE_EMPTY" });
    write("a.yaml", config("LOUD"));
    expect(await next()).toBeInstanceOf(ConfigError);
    expect([getLogger().level, getLogger().handlers, reports.length]).toEqual([20, [handler], 3]);
    write("a.yaml", config("ERROR"));
    expect(await next()).toBe("applied");
    expect([getLogger().level, getLogger().handlers[0]]).toEqual([40, handler]);
  });

  test("follows a file that is replaced, one that is a link, and one that it extends", async () => {
    write("v1.yaml", config("INFO"));
    write("v2.yaml", config("ERROR"));
    write("base.yaml", config("DEBUG"));
    symlinkSync("v1.yaml", join(folder.path, "link.yaml"));
    const { next } = await watching(join(folder.path, "link.yaml"));
    symlinkSync("v2.yaml", join(folder.path, "new"));
    renameSync(join(folder.path, "new"), join(folder.path, "link.yaml"));
    expect([await next(), getLogger().level]).toEqual(["applied", 40]);
    write("tmp", "extends: base.yaml\n");
    renameSync(join(folder.path, "tmp"), join(folder.path, "link.yaml"));
    expect([await next(), getLogger().level]).toEqual(["applied", 10]);
    write("base.yaml", config("WARNING"));
    expect([await next(), getLogger().level]).toEqual(["applied", 30]);
    unlinkSync(join(folder.path, "base.yaml"));
    expect(await next()).toMatchObject({ code: "FILE_MISSING" });
    expect(getLogger().level).toBe(30);
  });

  test("leaves on what the program has made since, whatever the document says about existing loggers", async () => {
    for (const [name, text] of [
      ["a.yaml", "version: 1\ndisable_existing_loggers: true\nroot: {level: LEVEL}\n"],
      ["a.ini", "[loggers]\nkeys=root\n[handlers]\nkeys=\n[formatters]\nkeys=\n[logger_root]\nlevel=LEVEL\nhandlers=\n"],
    ] as const) {
      getLogger(`before.${name}`);
      const { next } = await watching(write(name, text.replace("LEVEL", "INFO")));
      getLogger(`after.${name}`);
      write(name, text.replace("LEVEL", "ERROR"));
      expect([await next(), getLogger().level]).toEqual(["applied", 40]);
      expect([getLogger(`before.${name}`).disabled, getLogger(`after.${name}`).disabled]).toEqual([true, false]);
      watcher?.close();
    }
  });

  test("looks at the file itself where nothing tells of changes", async () => {
    const path = write("a.yaml", config("INFO"));
    const { next } = await watching(path, { pollMs: 20 });
    write("a.yaml", config("ERROR"));
    expect([await next(), getLogger().level]).toEqual(["applied", 40]);
  });

  test("rejects at first, and on reload(), what it cannot apply", async () => {
    const path = write("a.yaml", config("LOUD"));
    await expect(watchConfig(path)).rejects.toBeInstanceOf(ConfigError);
    write("a.yaml", config("INFO"));
    await watching(path);
    watcher?.close();
    await watcher?.reload();
    expect(getLogger().level).toBe(20);
  });
});
