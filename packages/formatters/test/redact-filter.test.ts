import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { defaultText, getLogger, LogRecord, printf, resetLogging, StreamHandler } from "@cordwood/core";
import {
  CsvFormatter,
  Formatter,
  JsonFormatter,
  LogfmtFormatter,
  PrettyFormatter,
  RedactFilter,
  type RedactFilterOptions,
  SECRET_KEYS,
  SECRET_PATTERNS,
  Secret,
} from "@cordwood/formatters";
import { afterEach, describe, expect, test } from "vitest";
import { CORPUS } from "./redact-corpus.js";

afterEach(() => resetLogging());

const json = new JsonFormatter();
const OUTPUTS: Readonly<Record<string, (record: LogRecord) => string>> = {
  json: (record) => json.format(record),
  python: (record) => new JsonFormatter({ preset: "python" }).format(record),
  otel: (record) => new JsonFormatter({ preset: "otel" }).format(record),
  logfmt: (record) => new LogfmtFormatter().format(record),
  csv: (record) => new CsvFormatter().format(record),
  pretty: (record) => new PrettyFormatter({ color: false }).format(record),
  text: (record) => new Formatter("%(message)s").format(record),
  default: (record) => defaultText(record),
  wire: (record) => JSON.stringify(record),
};
const fields = (given: object): LogRecord => new LogRecord({ name: "n", levelno: 20, msg: "m", fields: given });
const shown = (options: RedactFilterOptions, given: object): unknown => {
  const {
    time: _time,
    level: _level,
    name: _name,
    message: _message,
    ...rest
  } = JSON.parse(json.format(new RedactFilter(options).filter(fields(given))));
  return rest;
};

describe(`corpus of ${CORPUS.length} cases`, () => {
  test("has at least 200 cases, no name twice", () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(200);
    expect(new Set(CORPUS.map((c) => c.name)).size).toBe(CORPUS.length);
  });

  test.each(CORPUS.map((c) => [c.name, c] as const))("%s", (_name, { options, record, secrets, kept = [] }) => {
    const original = record();
    const before = inspect(original.fields, { depth: 6, maxArrayLength: 5, getters: false });
    const clean = new RedactFilter(options).filter(original);
    for (const [output, format] of Object.entries(OUTPUTS)) {
      const text = format(clean);
      for (const secret of secrets) if (text.includes(secret)) throw new Error(`${output} tells ${secret}: ${text.slice(0, 2_000)}`);
    }
    for (const text of kept) expect(json.format(clean)).toContain(text);
    expect(inspect(original.fields, { depth: 6, maxArrayLength: 5, getters: false })).toBe(before);
  });
});

describe("modes", () => {
  const given = { password: "hunter2", list: [{ password: 1, a: 1 }], tags: ["x", "y"] };
  test("masks", () => {
    expect(shown({ keys: ["password"], paths: ["tags[0]"] }, given)).toEqual({
      password: "[redacted]",
      list: [{ password: "[redacted]", a: 1 }],
      tags: ["[redacted]", "y"],
    });
    expect(shown({ keys: ["password"], mask: "***" }, given)).toMatchObject({ password: "***" });
  });

  test("removes", () => {
    const options: RedactFilterOptions = { keys: ["password"], paths: ["tags[0]"], patterns: [/se\w+/], mode: "remove" };
    expect(shown(options, { ...given, text: "a secret b", map: new Map([["password", 1]]) })).toEqual({
      list: [{ a: 1 }],
      tags: ["y"],
      text: "a  b",
      map: {},
    });
    const clean = new RedactFilter(options).filter(fields(given));
    expect("password" in clean.extra).toBe(false);
  });

  test("gives the HMAC-SHA-256 of RFC 4231's test case, the same with and without node:crypto", () => {
    const key = new Uint8Array(20).fill(0x0b);
    const expected = "hmac-sha256:b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    expect(shown({ keys: ["secret"], mode: { hmac: key } }, { secret: "Hi There" })).toEqual({ secret: expected });
    const texts = ["", "a", "é".repeat(100), "x".repeat(55), "x".repeat(56), "x".repeat(64), "x".repeat(1_000)];
    const keys = ["0123456789abcdef", "k".repeat(64), "k".repeat(65), "k".repeat(200)];
    const getBuiltinModule = process.getBuiltinModule;
    try {
      Object.defineProperty(process, "getBuiltinModule", { value: undefined, configurable: true, writable: true });
      for (const hmac of keys) {
        const filter = new RedactFilter({ keys: ["secret"], mode: { hmac } });
        for (const secret of texts)
          expect(filter.filter(fields({ secret })).extra).toEqual({
            secret: `hmac-sha256:${createHmac("sha256", hmac).update(secret).digest("hex")}`,
          });
      }
    } finally {
      Object.defineProperty(process, "getBuiltinModule", { value: getBuiltinModule, configurable: true, writable: true });
    }
  });

  test("gives the same pseudonym for the same value, of whatever type, and for a match inside a text", () => {
    const filter = new RedactFilter({ keys: ["user"], patterns: [/emp-\d+/], mode: { hmac: "0123456789abcdef" } });
    const { user, text } = filter.filter(fields({ user: { id: 7 }, text: "of emp-7" })).extra as { user: string; text: string };
    const digest = (value: string): string => `hmac-sha256:${createHmac("sha256", "0123456789abcdef").update(value).digest("hex")}`;
    expect(user).toBe(digest('{"id":7}'));
    expect(text).toBe(`of ${digest("emp-7")}`);
  });
});

describe("RedactFilter", () => {
  test("gives back the record itself, and shares what is clean, when there is nothing to hide", () => {
    const filter = new RedactFilter({ keys: SECRET_KEYS, patterns: SECRET_PATTERNS, paths: ["a.b", "**.z"] });
    const clean = { n: 1 };
    const record = fields({ clean, list: [clean], map: new Map([["a", clean]]), date: new Date(0), error: new Error("e") });
    expect(filter.filter(record)).toBe(record);
    const copy = filter.filter(fields({ clean, password: 1 }));
    expect((copy.extra as { clean: object }).clean).toBe(clean);
  });

  test("shows an error that had to be changed as an instance of its class, with its stack", () => {
    class ApiError extends Error {
      override name = "ApiError";
      readonly token: string;
      constructor(token: string) {
        super(`call with token=${token} failed`);
        this.token = token;
      }
    }
    const error = new ApiError("hunter2");
    const clean = new RedactFilter({ keys: ["token"], patterns: ["assignments"] }).filter(
      new LogRecord({ name: "n", levelno: 40, msg: "m", error }),
    ).error as ApiError;
    expect(clean).toBeInstanceOf(ApiError);
    expect(clean.message).toBe("call with token=[redacted] failed");
    expect(clean.stack).toContain("ApiError: call with token=[redacted] failed\n    at ");
    expect(clean.token).toBe("[redacted]");
    expect(error.token).toBe("hunter2");
  });

  test("on a logger hides from every handler, on a handler from that one alone", () => {
    const all: string[] = [];
    const one: string[] = [];
    const sink = (lines: string[]) => ({ write: (text: string) => lines.push(text) }) as never;
    const logger = getLogger("redacted");
    logger.setLevel("INFO");
    const formatter = new JsonFormatter();
    const filtered = new StreamHandler(sink(one), { formatter, filters: [new RedactFilter({ keys: ["password"] })] });
    logger.addHandler(new StreamHandler(sink(all), { formatter }));
    logger.addHandler(filtered);
    logger.addHandler(new StreamHandler(sink(all), { formatter }));
    logger.info("hi", { password: "hunter2" });
    expect(all.join("")).toMatch(/hunter2.*\n.*hunter2/);
    expect(one.join("")).toContain('"password":"[redacted]"');
    logger.addFilter(new RedactFilter({ keys: ["password"] }));
    all.length = 0;
    logger.info("hi", { password: "hunter2" });
    expect(all.join("")).not.toContain("hunter2");
  });

  test("does not pollute any prototype", () => {
    const filter = new RedactFilter({
      paths: ['["__proto__"].polluted', "constructor.prototype.polluted", "**.__proto__", "a.*.polluted"],
    });
    const given = JSON.parse(
      '{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}},"constructor":{"prototype":{"polluted":1}}}',
    ) as object;
    const { extra } = filter.filter(fields(given));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect([null, Object.prototype]).toContain(Object.getPrototypeOf((extra as { a: object }).a));
    expect(Object.hasOwn(extra, "__proto__")).toBe(true);
  });

  test("looks through a hundred thousand values and shows nothing of the rest", () => {
    const list = Array.from({ length: 200_000 }, (_, i) => ({ i }));
    const clean = new RedactFilter({ keys: ["password"] }).filter(fields({ list, password: "hunter2" }));
    expect((clean.extra as { list: unknown[] }).list.at(-1)).toBe("[redacted: too much to look through]");
    let web: object = { password: "hunter2" };
    for (let i = 0; i < 60; i++) web = { left: web, right: web };
    expect(json.format(new RedactFilter({ keys: ["password"] }).filter(fields({ web })))).not.toContain("hunter2");
  });

  test("hides a field of each of 20 000 objects on one path", () => {
    const items = Array.from({ length: 20_000 }, (_, i) => ({ i, pin: "hunter2" }));
    const begin = performance.now();
    const clean = new RedactFilter({ paths: ["items[*].pin"] }).filter(fields({ items })).extra as { items: { i: number; pin: string }[] };
    expect(clean.items.length).toBe(20_000);
    expect(clean.items.every(({ i, pin }, at) => i === at && pin === "[redacted]")).toBe(true);
    // Some tens of milliseconds; were it in proportion to the square, minutes.
    expect(performance.now() - begin).toBeLessThan(3_000);
  });

  test.each([...SECRET_PATTERNS, "emails" as const])("takes time in proportion to the text for %s", (pattern) => {
    const filter = new RedactFilter({ patterns: [pattern] });
    const bad = [
      "a",
      "1",
      "-----BEGIN PRIVATE KEY-----",
      "eyJaaaaaa.",
      "password",
      "password=",
      "a_",
      "://",
      "a://",
      "a@",
      "a.",
      "Bearer ",
      "sk-",
      "4 ",
      '"',
      "\\",
      "=".repeat(8),
      "token: ",
      "-",
      "https://a:b",
    ];
    const time = (text: string): number => {
      const begin = performance.now();
      filter.filter(fields({ text }));
      return performance.now() - begin;
    };
    for (const piece of bad) {
      const of = (length: number): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
      time(of(1_000));
      const small = Math.min(time(of(32_768)), time(of(32_768)));
      const large = Math.min(time(of(65_536)), time(of(65_536)));
      // Twice the text, 2.5 times the time; below some milliseconds a busy machine decides.
      if (large > Math.max(2.5 * small, 250))
        throw new Error(`${pattern} on ${JSON.stringify(piece)}…: ${small} ms for 32 KiB, ${large} ms for 64 KiB`);
    }
  });

  test.each<[unknown, RegExp]>([
    [{}, /nothing to look for; give keys, paths or patterns/],
    [{ key: ["a"] }, /there is no option "key"/],
    [{ keys: "password" }, /keys is password; give a list/],
    [{ keys: [5] }, /keys holds 5/],
    [{ paths: [""] }, /paths\[0\] is ; give a path/],
    [{ paths: ["a..b"] }, /paths\[0\] is a\.\.b, which is no path from character 3 on/],
    [{ paths: ["a[b]"] }, /no path from character 2/],
    [{ paths: ["a["] }, /no path from character 2/],
    [{ paths: ["a.b]"] }, /no path from character 4/],
    [{ paths: ["a", 5] }, /paths\[1\] is 5/],
    [{ patterns: ["tokenz"] }, /patterns holds tokenz; give a regular expression or one of authorization, jwt/],
    [{ keys: ["a"], mode: "hide" }, /mode is hide; give "remove", "mask" or/],
    [{ keys: ["a"], mode: { hmacs: "0123456789abcdef" } }, /mode is an object without hmac; give "remove", "mask" or/],
    [{ keys: ["a"], mode: { hmac: "0123456789abcdef", salt: "x" } }, /mode: there is no option "salt"; known are hmac$/],
    [{ keys: ["a"], mode: { hmac: "short" } }, /at least 16 bytes/],
  ])("refuses %o", (options, message) => {
    expect(() => new RedactFilter(options as RedactFilterOptions)).toThrow(message);
  });
});

describe("Secret", () => {
  const secret = new Secret("hunter2");
  test("prints as [secret] everywhere and gives its value only when asked", () => {
    const shownAs = [
      ...[
        String(secret),
        `${secret}`,
        JSON.stringify({ secret }),
        inspect(secret),
        inspect({ a: [secret] }, { showHidden: true, depth: 9 }),
        `${secret.toLocaleString()}`,
      ],
      ...["%s", "%j", "%O", "%r"].map((format) => printf(format.replace("%j", "%s").replace("%O", "%s"), [secret])),
    ];
    for (const text of shownAs) {
      expect(text).toContain("[secret]");
      expect(text).not.toContain("hunter2");
    }
    expect(secret.reveal()).toBe("hunter2");
    expect(Object.keys(secret)).toEqual([]);
    expect(JSON.stringify(structuredClone({ secret }))).not.toContain("hunter2");
  });

  test("prints as [secret] in every formatter, as field, argument, message, inside Maps and errors", () => {
    const places = [
      fields({ secret, list: [secret], map: new Map([["a", secret]]), set: new Set([secret]), deep: { a: { secret } } }),
      new LogRecord({ name: "n", levelno: 20, msg: "%s %j %O %o", args: [secret, secret, { secret }, secret] }),
      new LogRecord({ name: "n", levelno: 20, msg: secret }),
      new LogRecord({ name: "n", levelno: 20, msg: "m", error: Object.assign(new Error("e", { cause: secret }), { secret }) }),
    ];
    for (const record of places) {
      for (const [output, format] of Object.entries(OUTPUTS)) {
        const text = format(record);
        if (text.includes("hunter2")) throw new Error(`${output}: ${text}`);
        // The text formatter has no fields, and CSV only the stack of an error.
        if (record.msg !== "m" || !["text", "default", "csv"].includes(output)) expect(text).toContain("[secret]");
      }
    }
  });
});
