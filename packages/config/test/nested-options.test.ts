import {
  type ConfigError,
  configSchema,
  dictConfig,
  drawTree,
  type FilterDocument,
  type FormatterDocument,
  type HandlerDocument,
  type LoggingConfig,
  tree,
} from "@cordwood/config";
import { resetLogging, shutdown } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const validate = new Ajv2020({ strict: false }).compile(configSchema);
const here = process.cwd();
let scratch: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  resetLogging();
  scratch = temporaryFolder();
  process.chdir(scratch.path);
});
afterEach(async () => {
  await shutdown();
  process.chdir(here);
  resetLogging();
  scratch.remove();
});

const h = (handler: HandlerDocument): LoggingConfig => ({ version: 1, handlers: { h: handler } });
const f = (formatter: FormatterDocument): LoggingConfig => ({ version: 1, formatters: { f: formatter } });
const filter = (entry: FilterDocument): LoggingConfig => ({ version: 1, filters: { r: entry } });

const FILE = { class: "FileHandler", filename: "x.log" } as const;
const TIMED = { class: "TimedRotatingFileHandler", filename: "x.log", when: "midnight" } as const;
const SOCKET = { class: "logging.handlers.SocketHandler", host: "127.0.0.1", port: 9 } as const;
const HTTP = { class: "HTTPHandler", host: "127.0.0.1:9", url: "/" } as const;
const MAIL = { class: "SMTPHandler", mailhost: "127.0.0.1", fromaddr: "a@example.org", toaddrs: "b@example.org", subject: "s" } as const;
const QUEUE = { class: "QueueHandler", handlers: [] } as const;

// The compiler looks at the types, the tests below ask the schema and the loader: all three have to agree on every line.
const good: readonly LoggingConfig[] = [
  h({ ...FILE, buffering: "record" }),
  h({ ...FILE, buffering: {} }),
  h({ ...FILE, buffering: { bytes: 1, intervalMs: 5, flushLevel: "ERROR" } }),
  h({ ...FILE, buffering: { interval_ms: 5, flush_level: 30 } }),
  { ...h({ ...FILE, buffering: "cfg://x-buffering" }), "x-buffering": { interval_ms: 5 } },
  { ...h({ ...FILE, buffering: { intervalMs: "cfg://x-times.short" } }), "x-times": { short: 5 } },
  h({ ...TIMED, atTime: "03:30:15" }),
  h({ ...TIMED, at_time: { hour: 3, minute: 30 } }),
  h({ ...TIMED, atTime: null }),
  h({ ...SOCKET, tls: true }),
  h({ ...SOCKET, tls: false }),
  h({ ...SOCKET, tls: { serverName: "log.example.org", minVersion: "TLSv1.3" } }),
  h({ ...SOCKET, tls: { server_name: "log.example.org", min_version: "TLSv1.2" } }),
  h({ ...SOCKET, spool: { directory: "spool", maxBytes: 5_000, segment_bytes: 500, sync_interval_ms: 0 } }),
  h({ ...SOCKET, spool: null }),
  h({ class: "SysLogHandler", address: { host: "127.0.0.1", port: 514 } }),
  h({ class: "SysLogHandler", address: ["127.0.0.1", 514] }),
  h({ ...HTTP, credentials: ["me", "s3cret"], headers: { "X-Any_Name": "x", constructor_: "y" } }),
  h({ ...HTTP, credentials: { bearer: "s3cret" }, headers: null }),
  h({ ...MAIL, digest: true }),
  h({ ...MAIL, digest: { maxRecords: 5, max_delay_ms: 0, minIntervalMs: 5 } }),
  h({ ...MAIL, credentials: ["me", "s3cret"], secure: [] }),
  h({ ...QUEUE, queue: "queue.Queue" }),
  h({ ...QUEUE, queue: { "()": "queue.Queue", maxsize: 5 } }),
  h({ ...QUEUE, queue: { "()": "LogQueue", capacity: 5, whenFull: "drop-oldest" } }),
  h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: { dropBelow: "ERROR" } } }),
  h({ ...QUEUE, queue: { "()": "LogQueue", when_full: { drop_below: 30 } } }),
  h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: { block: { maxMs: 5 } } } }),
  h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: { block: { max_ms: 5 } } } }),
  h({ ...QUEUE, listener: { "()": "logging.handlers.QueueListener", drain_ms: 5, respectHandlerLevel: true } }),
  f({ format: "%(message)s %(app)s", defaults: { app: "x", any_name: [{ at: "all" }] } }),
  f({ class: "JsonFormatter", fields: { any: { at: "all" } }, service: { name: "x" }, rename: { level: "severity" } }),
  f({ class: "JsonFormatter", fields: null, maxDepth: 5, max_keys: 5 }),
  f({ class: "LogfmtFormatter", rename: { level: "severity" } }),
  f({ class: "CsvFormatter", columns: ["time", "message"], delimiter: ";" }),
  f({ class: "PrettyFormatter", color: false, name_width: 5 }),
  filter({ "()": "RedactFilter", keys: ["password"], mode: "remove", patterns: ["jwt"] }),
  filter({ class: "RedactFilter", keys: ["password"], mode: { hmac: "0123456789abcdef" } }),
  filter({ class: "RateLimitFilter", limit: 5, window_ms: 5 }),
];

const bad: readonly (readonly [path: string, told: string, document: unknown])[] = [
  [
    "handlers.h.buffering.intervals",
    'buffering has no option "intervals" (given: 5); did you mean "intervalMs"?',
    // @ts-expect-error a key that is none
    h({ ...FILE, buffering: { intervals: 5 } }),
  ],
  [
    "handlers.h.buffering.zzz",
    'buffering has no option "zzz" (given: a text); known: bytes, intervalMs, flushLevel',
    // @ts-expect-error
    h({ ...FILE, buffering: { zzz: "x" } }),
  ],
  [
    "handlers.h.buffering.interval_ms",
    'expected a whole number of milliseconds, 1 to 2147483647, got "soon"',
    // @ts-expect-error
    h({ ...FILE, buffering: { interval_ms: "soon" } }),
  ],
  ["handlers.h.buffering.bytes", "expected a whole number, 1 or more, got 0", h({ ...FILE, buffering: { bytes: 0 } })],
  [
    "handlers.h.buffering.flushLevel",
    "expected a level: a whole number or one of ",
    // @ts-expect-error
    h({ ...FILE, buffering: { flushLevel: "error" } }),
  ],
  [
    "handlers.h.buffering",
    'expected "record", or an object of bytes, intervalMs, flushLevel, got "line"',
    // @ts-expect-error
    h({ ...FILE, buffering: "line" }),
  ],
  [
    "handlers.h.buffering",
    'expected "record", or an object of bytes, intervalMs, flushLevel, got 5',
    // @ts-expect-error
    h({ ...FILE, buffering: 5 }),
  ],
  [
    "handlers.h.buffering.interval_ms",
    'is given as "intervalMs" too; keep one',
    h({ ...FILE, buffering: { intervalMs: 5, interval_ms: 5 } }),
  ],
  ["handlers.h.file_mode", 'is given as "fileMode" too; keep one', h({ ...FILE, fileMode: 0o600, file_mode: 0o600 })],
  [
    "handlers.h.atTime.min",
    'atTime has no option "min" (given: 4); did you mean "minute"?',
    // @ts-expect-error
    h({ ...TIMED, atTime: { hour: 3, min: 4 } }),
  ],
  [
    "handlers.h.atTime.hour",
    "is missing; atTime needs a whole number, 0 to 23",
    // @ts-expect-error
    h({ ...TIMED, atTime: { minute: 4 } }),
  ],
  ["handlers.h.at_time.hour", "expected a whole number, 0 to 23, got 24", h({ ...TIMED, at_time: { hour: 24 } })],
  [
    "handlers.h.atTime",
    'expected a time of day, such as "03:30" or "03:30:00", or an object of hour, minute, second, got "3 am"',
    h({ ...TIMED, atTime: "3 am" }),
  ],
  [
    "handlers.h.tls.passphrse",
    'tls has no option "passphrse" (given: a text); did you mean "passphrase"?',
    // @ts-expect-error
    h({ ...SOCKET, tls: { passphrse: "s3cret" } }),
  ],
  [
    "handlers.h.tls.passphrse",
    'tls has no option "passphrse" (given: a number); did you mean "passphrase"?',
    // @ts-expect-error
    h({ ...SOCKET, tls: { passphrse: 53_217 } }),
  ],
  [
    "handlers.h.tls.passphrase",
    "expected a text, got [hidden]",
    // @ts-expect-error
    h({ ...SOCKET, tls: { passphrase: ["s3cret"] } }),
  ],
  [
    "handlers.h.tls.key",
    "expected PEM text or the name of a PEM file, got [hidden]",
    // @ts-expect-error
    h({ ...SOCKET, tls: { key: 53_217 } }),
  ],
  [
    "handlers.h.tls.requestCert",
    'tls has no option "requestCert" (given: true); ',
    // @ts-expect-error what a server asks for
    h({ ...SOCKET, tls: { requestCert: true } }),
  ],
  [
    "handlers.h.tls.minVersion",
    'expected one of TLSv1.2, TLSv1.3, got "TLSv1.1"',
    // @ts-expect-error
    h({ ...SOCKET, tls: { minVersion: "TLSv1.1" } }),
  ],
  [
    "handlers.h.spool.directory",
    "is missing; spool needs the name of a folder",
    // @ts-expect-error
    h({ ...SOCKET, spool: { maxBytes: 5 } }),
  ],
  [
    "handlers.h.spool.dir",
    'spool has no option "dir" (given: a text); ',
    // @ts-expect-error
    h({ ...SOCKET, spool: { directory: "x", dir: "x" } }),
  ],
  ["handlers.h.spool.max_bytes", "expected a whole number, 1 or more, got -1", h({ ...SOCKET, spool: { directory: "x", max_bytes: -1 } })],
  [
    "handlers.h.address.post",
    'address has no option "post" (given: 514); did you mean "port"?',
    // @ts-expect-error
    h({ class: "SysLogHandler", address: { host: "127.0.0.1", post: 514 } }),
  ],
  [
    "handlers.h.credentials.bearr",
    'credentials has no option "bearr" (given: a text); did you mean "bearer"?',
    // @ts-expect-error
    h({ ...HTTP, credentials: { bearr: "s3cret" } }),
  ],
  [
    "handlers.h.credentials",
    "expected [user, password], or an object of bearer, got [hidden]",
    // @ts-expect-error
    h({ ...HTTP, credentials: ["s3cret"] }),
  ],
  [
    "handlers.h.headers.X-Count",
    "expected a text, got [hidden]",
    // @ts-expect-error
    h({ ...HTTP, headers: { "X-Count": 5 } }),
  ],
  [
    "handlers.h.credentials",
    "expected [user, password], got [hidden]",
    // @ts-expect-error
    h({ ...MAIL, credentials: { user: "me", password: "s3cret" } }),
  ],
  [
    "handlers.h.digest.maxRecord",
    'digest has no option "maxRecord" (given: 5); did you mean "maxRecords"?',
    // @ts-expect-error
    h({ ...MAIL, digest: { maxRecord: 5 } }),
  ],
  [
    "handlers.h.digest",
    "expected true or false, or an object of maxRecords, maxDelayMs, minIntervalMs, got 5",
    // @ts-expect-error
    h({ ...MAIL, digest: 5 }),
  ],
  [
    "handlers.h.queue.whenFul",
    'LogQueue has no option "whenFul" (given: a text); did you mean "whenFull"?',
    // @ts-expect-error
    h({ ...QUEUE, queue: { "()": "LogQueue", whenFul: "drop-newest" } }),
  ],
  [
    "handlers.h.queue.whenFull.dropBellow",
    'whenFull has no option "dropBellow" (given: 30); did you mean "dropBelow"?',
    // @ts-expect-error
    h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: { dropBellow: 30 } } }),
  ],
  [
    "handlers.h.queue.whenFull",
    "expected exactly one of dropBelow, block, got dropBelow and block",
    h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: { dropBelow: 30, block: { maxMs: 5 } } } }),
  ],
  [
    "handlers.h.queue.whenFull",
    "expected exactly one of dropBelow, block, got none",
    // @ts-expect-error
    h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: {} } }),
  ],
  [
    "handlers.h.queue.whenFull.block.maxsMs",
    'whenFull.block has no option "maxsMs" (given: 5); did you mean "maxMs"?',
    // @ts-expect-error
    h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: { block: { maxMs: 5, maxsMs: 5 } } } }),
  ],
  [
    "handlers.h.queue.whenFull.block.maxMs",
    "is missing; whenFull.block needs a whole number, 1 or more",
    // @ts-expect-error
    h({ ...QUEUE, queue: { "()": "LogQueue", whenFull: { block: {} } } }),
  ],
  [
    "handlers.h.listener.drainsMs",
    'QueueListener has no option "drainsMs" (given: 5); did you mean "drainMs"?',
    // @ts-expect-error
    h({ ...QUEUE, listener: { "()": "QueueListener", drainsMs: 5 } }),
  ],
  [
    "formatters.f.defaults",
    "expected an object of values by name, got 5",
    // @ts-expect-error
    f({ format: "%(message)s", defaults: 5 }),
  ],
  [
    "formatters.f.presets",
    'JsonFormatter has no option "presets" (given: a text); did you mean "preset"?',
    // @ts-expect-error
    f({ class: "JsonFormatter", presets: "pino" }),
  ],
  [
    "formatters.f.rename.level",
    "expected a text, got 5",
    // @ts-expect-error
    f({ class: "JsonFormatter", rename: { level: 5 } }),
  ],
  [
    "formatters.f.service.name",
    "expected a text, got {}",
    // @ts-expect-error
    f({ class: "JsonFormatter", service: { name: {} } }),
  ],
  [
    "formatters.f.rename.lvl",
    'rename has no option "lvl" (given: a text); known: time, level, name, msg, error',
    // @ts-expect-error
    f({ class: "LogfmtFormatter", rename: { lvl: "x" } }),
  ],
  [
    "formatters.f.columns[1].titel",
    'columns[1] has no option "titel" (given: a text); did you mean "title"?',
    // @ts-expect-error
    f({ class: "CsvFormatter", columns: ["time", { title: "a", value: "ext://app.value", titel: "a" }] }),
  ],
  [
    "formatters.f.columns[0]",
    "expected a text that is not empty, or an object of title, value, got 5",
    // @ts-expect-error
    f({ class: "CsvFormatter", columns: [5] }),
  ],
  [
    "filters.r.mode.hmc",
    'mode has no option "hmc" (given: a text); did you mean "hmac"?',
    // @ts-expect-error
    filter({ class: "RedactFilter", keys: ["a"], mode: { hmac: "0123456789abcdef", hmc: "s3cret" } }),
  ],
  [
    "filters.r.mode.hmac",
    "expected a key of at least 16 bytes, got [hidden]",
    filter({ class: "RedactFilter", keys: ["a"], mode: { hmac: "s3cret" } }),
  ],
  [
    "filters.r.patterns[0]",
    "expected one of authorization, jwt, tokens",
    // @ts-expect-error
    filter({ class: "RedactFilter", patterns: ["jwts"] }),
  ],
  [
    "filters.r.keys[1]",
    "expected a text, or a regular expression, got 5",
    // @ts-expect-error
    filter({ class: "RedactFilter", keys: ["a", 5] }),
  ],
  [
    "filters.r.window",
    'RateLimitFilter has no option "window" (given: 5); ',
    // @ts-expect-error
    filter({ class: "RateLimitFilter", limit: 5, window: 5 }),
  ],
];

/** Names that the lines above refer to. */
const classes = { "app.value": () => "v" };

const failureOf = async (document: unknown, options: object = {}): Promise<ConfigError> => {
  const thrown: unknown = await dictConfig(document as LoggingConfig, { classes, ...options }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown, "the document was taken").toBeDefined();
  return thrown as ConfigError;
};

describe("types, schema and loader agree on what stands inside an option", () => {
  test.each(good.map((document) => [JSON.stringify(document), document] as const))("%s is fine", async (_text, document) => {
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    await dictConfig(document, { classes });
  });

  test.each(bad.map(([path, told, document]) => [JSON.stringify(document), path, told, document] as const))(
    "%s is told at %s",
    async (_text, path, told, document) => {
      expect(validate(document)).toBe(false);
      const { problems, message } = await failureOf(document);
      expect(problems.map((problem) => problem.path)).toContain(path);
      expect(problems.find((problem) => problem.path === path)?.message.startsWith(told), message).toBe(true);
      expect(message).not.toMatch(/s3cret|53217/);
    },
  );
});

test.each(["utf8", "UTF-8", "utf_8", "utf-16-le", "latin-1", "Latin1", "iso-8859-1", "ascii", "US-ASCII"])(
  "the encoding %s is one",
  async (encoding) => {
    await dictConfig(h({ ...FILE, encoding }));
    expect((await failureOf(h({ ...FILE, encoding: `x${encoding}` }))).message).toBe(
      `handlers.h.encoding: expected "utf-8", "utf16le", "latin1" or "ascii", got "x${encoding}"`,
    );
  },
);

describe("references inside an option", () => {
  test("ext:// and cfg:// lead to values that are checked like those that are written there", async () => {
    const wrong = { ...h({ ...FILE, buffering: "cfg://x-b" }), "x-b": { intervals: 5 } };
    expect((await failureOf(wrong)).message).toBe(
      'handlers.h.buffering.intervals: buffering has no option "intervals" (given: 5); did you mean "intervalMs"?',
    );
    const handedIn = h({ ...FILE, buffering: "ext://app.buffering" });
    expect((await failureOf(handedIn, { classes: { "app.buffering": { bytes: "many" } } })).message).toBe(
      'handlers.h.buffering.bytes: expected a whole number, 1 or more, got "many"',
    );
    await dictConfig(handedIn, { classes: { "app.buffering": { bytes: 5 } } });
    const nowhere = h({ ...FILE, buffering: { bytes: "cfg://x-none" } });
    expect((await failureOf(nowhere)).problems[0]?.path).toBe("handlers.h.buffering.bytes");
  });

  test("what a program hands in may be more than data", async () => {
    const columns = [{ title: "a", value: "ext://app.value" }] as const;
    await dictConfig(f({ class: "CsvFormatter", columns: columns as never }), { classes });
    await dictConfig(filter({ class: "RedactFilter", keys: ["ext://app.key"], mode: { hmac: "ext://app.secret" } }), {
      classes: { "app.key": /^pw/, "app.secret": new Uint8Array(16) },
    });
    expect((await failureOf(f({ class: "CsvFormatter", columns: columns as never }), { classes: { "app.value": 5 } })).message).toBe(
      "formatters.f.columns[0].value: expected a function (hand it in through classes and name it with ext://), got 5",
    );
  });

  test.each(["__proto__", "constructor", "prototype"])("%s is no key, at any depth and from wherever it comes", async (key) => {
    const table = JSON.parse(`{ "bytes": 5, "${key}": { "bytes": 6 } }`) as object;
    expect((await failureOf(h({ ...FILE, buffering: table }))).message).toBe(
      `handlers.h.buffering.${key}: ${key} is no key of a configuration`,
    );
    const headers = JSON.parse(`{ "${key}": "x" }`) as Record<string, string>;
    expect((await failureOf(h({ ...HTTP, headers }))).problems[0]?.path).toBe(`handlers.h.headers.${key}`);
    const { problems } = await failureOf(h({ ...FILE, buffering: "ext://app.buffering" }), { classes: { "app.buffering": table } });
    expect(problems[0]?.path).toBe(`handlers.h.buffering.${key}`);
    expect(({} as { bytes?: unknown }).bytes).toBeUndefined();
  });
});

describe("secrets inside an option", () => {
  const SECRETS = ["s3cret-passphrase", "s3cret-key-file", "s3cret-password", "s3cret-token", "s3cret-header", "s3cret-hmac-key-0"];
  const document = {
    version: 1,
    filters: { r: { class: "RedactFilter", keys: ["a"], mode: { hmac: "s3cret-hmac-key-0" } } },
    handlers: {
      socket: { ...SOCKET, tls: { passphrase: "s3cret-passphrase" } },
      http: { ...HTTP, credentials: { bearer: "s3cret-token" }, headers: { "X-Any": "s3cret-header" } },
      mail: { ...MAIL, credentials: ["me", "s3cret-password"], secure: [] },
    },
    root: { handlers: ["socket", "http", "mail"] },
  } as const satisfies LoggingConfig;
  const hidden = (text: string): void => expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([]);

  test("are not in the tree", async () => {
    await dictConfig(document);
    hidden(JSON.stringify(tree()) + drawTree());
  });

  test.each<[string, object]>([
    ["a passphrase that is none", { socket: { ...SOCKET, tls: { passphrase: ["s3cret-passphrase"] } } }],
    ["a misspelt passphrase", { socket: { ...SOCKET, tls: { pasphrase: "s3cret-passphrase" } } }],
    ["a passphrase in the wrong place", { socket: { ...SOCKET, spool: { directory: "x", tls: { passphrase: "s3cret-passphrase" } } } }],
    ["a key that cannot be read", { socket: { ...SOCKET, tls: { cert: "no-such-file", key: "s3cret-key-file" } } }],
    ["a key without its certificate", { socket: { ...SOCKET, tls: { key: "s3cret-key-file" } } }],
    ["credentials as one text", { http: { ...HTTP, credentials: "me:s3cret-password" } }],
    ["a misspelt token", { http: { ...HTTP, credentials: { barer: "s3cret-token" } } }],
    ["a token that is none", { http: { ...HTTP, credentials: { bearer: ["s3cret-token"] } } }],
    ["a token that a header cannot hold", { http: { ...HTTP, credentials: { bearer: "s3cret-token\n" } } }],
    ["headers as one text", { http: { ...HTTP, headers: "X-Any: s3cret-header" } }],
    ["a header that is none", { http: { ...HTTP, headers: { "X-Any": ["s3cret-header"] } } }],
    ["a header that a request cannot hold", { http: { ...HTTP, headers: { "X-Any": "s3cret-header\n" } } }],
    ["three credentials", { mail: { ...MAIL, credentials: ["me", "s3cret-password", "more"] } }],
    ["a handler that fails beside them", { mail: document.handlers.mail, file: { class: "FileHandler", filename: "." } }],
  ])("are not in the error about %s", async (_what, handlers) => {
    const error = await failureOf({ version: 1, handlers });
    hidden(error.message + JSON.stringify(error.problems));
    expect(error.problems[0]?.path.startsWith(`handlers.${Object.keys(handlers).at(-1)}`)).toBe(true);
  });

  test.each<[string, object]>([
    ["too short a key", { hmac: "s3cret" }],
    ["a misspelt key", { hmca: "s3cret-hmac-key-0" }],
    ["a key that is none", { hmac: ["s3cret-hmac-key-0"] }],
  ])("are not in the error about %s of a filter", async (_what, mode) => {
    const { message } = await failureOf({ version: 1, filters: { r: { class: "RedactFilter", keys: ["a"], mode } } });
    expect(message).toMatch(/^filters\.r\.mode/);
    expect(message).not.toContain("s3cret");
  });
});
