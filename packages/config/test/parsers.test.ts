import { fileConfig, parseDirectives } from "@cordwood/config";
import { getLogger, resetLogging } from "@cordwood/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

beforeEach(resetLogging);
afterEach(resetLogging);

class Taken {
  readonly level = 0;
  readonly args: unknown[];
  constructor(...args: unknown[]) {
    this.args = args;
  }
  handle(): void {}
  flush(): void {}
  close(): void {}
}

/** What `args=` makes of a text, seen through a class of the program's own. */
const read = async (args: string): Promise<unknown> => {
  const text = `[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\nhandlers=h\n[handler_h]\nclass=app.Taken\nargs=${args.replaceAll("%", "%%")}\n`;
  await fileConfig(text, { classes: { "app.Taken": Taken } });
  return (getLogger().handlers[0] as unknown as Taken).args;
};

describe("literals of INI files", () => {
  const fine: readonly (readonly [string, unknown])[] = [
    ["()", [{}]],
    ["('x',)", ["x"]],
    ["['x', 1]", ["x", 1]],
    ["(1, -2, +3, 1.5, 1e3, .5, 5., 0x10, 0o17, 0b11, 1_000)", [1, -2, 3, 1.5, 1000, 0.5, 5, 16, 15, 3, 1000]],
    ["(True, False, None)", [true, false, null]],
    ["(10*1024, 2*3*4, 1+2*3-4, -(2))", [10240, 24, 3, -2]],
    [
      "(('localhost', 514), [1, (2,)], {'a': 1, 'b': {'c': ()}}, {1, 2}, {})",
      [["localhost", 514], [1, [2]], { a: 1, b: { c: [] } }, [1, 2], {}],
    ],
    ["(sys.stdout, sys.stderr)", [process.stdout, process.stderr]],
    ["(DEBUG, logging.ERROR, handlers.SYSLOG_UDP_PORT, logging.handlers.SysLogHandler.LOG_LOCAL3)", [10, 40, 514, 19]],
  ];
  for (const [text, value] of fine) {
    test(`${text} is read`, async () => {
      expect(await read(text)).toEqual(value);
    });
  }

  test("escapes and neighbouring strings mean what they mean in Python", async () => {
    expect(await read("('a' 'b' \"c\", '''d'e''', r'\\n', '\\n\\t\\x41\\u00e9\\101\\d')")).toEqual(["abc", "d'e", "\\n", "\n\tAéA\\d"]);
  });

  const refused: readonly string[] = [
    "(b'raw',)",
    "('x'",
    "5",
    "('x')",
    "(__import__('os').system('true'),)",
    "(os.environ['HOME'],)",
    "(open('/etc/passwd').read(),)",
    "(lambda: 1,)",
    "('a' % 1,)",
    "('x' + 'y',)",
    "(1 if True else 2,)",
    "([x for x in ()],)",
    "(process.exit,)",
    "(constructor,)",
    "(__proto__,)",
    "({'__proto__': {'polluted': 1}}['x'],)",
    "(sys.modules,)",
    "(10MB,)",
    "(0123,)",
    "(1__0,)",
    "('unclosed,)",
    "('\\U00110000',)",
    "(;)",
    `${"(".repeat(200)}1${",)".repeat(200)}`,
    `'${"x".repeat(70_000)}'`,
  ];
  for (const text of refused) {
    test(`${text.slice(0, 40)} is refused, not evaluated`, async () => {
      await expect(read(text)).rejects.toThrow(/handler_h/);
      expect(getLogger().handlers).toEqual([]);
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    });
  }
});

test("a mistake beside a password does not show it", async () => {
  for (const line of [
    "args=('mx', ('user', 'hunter2-secret')",
    "args=('mx') 'hunter2-secret'",
    "kwargs={'credentials': 'hunter2-secret'}",
    "password hunter2-secret",
    "args=('mx', hunter2-secret)",
  ]) {
    const text = `[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\nhandlers=h\n[handler_h]\nclass=handlers.SMTPHandler\n${line}\n`;
    const told = await fileConfig(text).then(
      () => "nothing was thrown",
      (error: Error) => `${error.message} ${error.stack}`,
    );
    expect(told).toMatch(/handler_h|line 11/);
    if (!line.includes(", hunter2")) expect(told).not.toContain("hunter2");
    expect(told).not.toContain("hunter2-secret");
  }
});

describe("levels in one line", () => {
  test("read names in any case, numbers, off, and spaces", () => {
    expect(parseDirectives(" info , app.db=Debug,http = OFF,x=15;root=error,")).toEqual([
      { logger: "", level: 20 },
      { logger: "app.db", level: 10 },
      { logger: "http", level: 1_000_000 },
      { logger: "x", level: 15 },
      { logger: "", level: 40 },
    ]);
    expect(parseDirectives("")).toEqual([]);
  });

  for (const [text, message] of [
    ["app=inof", '"app=inof": "inof" is no level; did you mean "info"?'],
    ["=info", '"=info": expected logger=level, got no logger'],
    ["app=", '"app=": "" is no level'],
    ["-5", '"-5": "-5" is no level'],
  ] as const) {
    test(`${text} is refused with what was meant`, () => {
      expect(() => parseDirectives(text)).toThrow(message);
    });
  }
});
