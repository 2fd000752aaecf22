import { LogRecord } from "@cordwood/core";
import { type RedactFilterOptions, SECRET_KEYS, SECRET_PATTERNS } from "@cordwood/formatters";

/** One thing that must not get out, and what must stay. */
export interface CorpusCase {
  readonly name: string;
  readonly options: RedactFilterOptions;
  readonly record: () => LogRecord;
  /** Texts that no formatter may write. */
  readonly secrets: readonly string[];
  /** Texts that the JSON line still has. */
  readonly kept?: readonly string[];
}

const S = "hunter2-Xy9";
const KEYS: RedactFilterOptions = { keys: SECRET_KEYS };
const PATTERNS: RedactFilterOptions = { patterns: SECRET_PATTERNS };

const fields =
  (given: object, msg: unknown = "kept"): (() => LogRecord) =>
  () =>
    new LogRecord({ name: "n", levelno: 40, msg, fields: given });

/** One key in every spelling that is met, in every place where a value can stand. */
const spellings = [
  ...[
    "password",
    "PASSWORD",
    "Password",
    "pass_word",
    "pass-word",
    "passWord",
    "authorization",
    "Authorization",
    "Proxy-Authorization",
    "cookie",
    "Set-Cookie",
  ],
  ...[
    "api_key",
    "apiKey",
    "API-KEY",
    "x-api-key",
    "X-Api-Key",
    "access_token",
    "refreshToken",
    "client_secret",
    "clientSecret",
    "secretAccessKey",
    "private_key",
  ],
  ...["ｐａｓｓｗｏｒｄ", "pass\u200bword", "stripeSecret", "sessionId", "x-amz-security-token", "db.password"],
];
const bySpelling: CorpusCase[] = spellings.map((key) => ({
  name: `key ${JSON.stringify(key)}`,
  options: KEYS,
  record: fields({ [key]: S, other: "stays" }),
  secrets: [S],
  kept: ["stays"],
}));

class User {
  name = "stays";
  password = S;
}
class Model {
  #row = { password: S, name: "stays" };
  toJSON(): unknown {
    return this.#row;
  }
}
class Lazy {
  get password(): string {
    return S;
  }
  toJSON(): unknown {
    return { password: this.password, name: "stays" };
  }
}
const circular = (): object => {
  const of: Record<string, unknown> = { name: "stays", password: S };
  of["self"] = of;
  of["list"] = [of, { parent: of }];
  return of;
};
const withProps = (): Error => Object.assign(new Error("stays"), { config: { headers: { Authorization: S } }, password: S });
const places: Readonly<Record<string, () => object>> = {
  "in a nested object": () => ({ a: { b: { password: S, name: "stays" } } }),
  "in a list": () => ({ users: [{ password: S, name: "stays" }] }),
  "in lists of lists": () => ({ rows: [[[{ password: S }], "stays"]] }),
  "in a Map": () => ({
    map: new Map([
      ["password", S],
      ["name", "stays"],
    ]),
  }),
  "in a Map in a Map": () => ({
    map: new Map([
      [
        "inner",
        new Map([
          ["password", S],
          ["name", "stays"],
        ]),
      ],
    ]),
  }),
  "in a Map under an object key": () => ({ map: new Map([[{ k: 1 }, { password: S, name: "stays" }]]) }),
  "in a Set": () => ({ set: new Set([{ password: S, name: "stays" }]) }),
  "in a class instance": () => ({ user: new User() }),
  "in what toJSON gives": () => ({ model: new Model() }),
  "behind a getter that toJSON reads": () => ({ lazy: new Lazy() }),
  "behind an own getter": () => ({
    get password() {
      return S;
    },
    name: "stays",
  }),
  "in an object without a prototype": () => ({ bare: Object.assign(Object.create(null), { password: S, name: "stays" }) }),
  "in an object from JSON with __proto__": () => JSON.parse(`{"__proto__":{"password":"${S}"},"name":"stays"}`),
  "in an object with a prototype of its own": () => ({
    o: Object.create({ inherited: 1 }, { password: { value: S, enumerable: true }, name: { value: "stays", enumerable: true } }),
  }),
  "in a circular object": () => ({ loop: circular() }),
  "in an object met twice": () => {
    const shared = { password: S, name: "stays" };
    return { first: shared, second: shared };
  },
  "in an error's own properties": () => ({ failure: withProps() }),
  "in an error's cause": () => ({ failure: new Error("stays", { cause: withProps() }) }),
  "in a member of an AggregateError": () => ({ failure: new AggregateError([withProps()], "stays") }),
  "in a frozen object": () => Object.freeze({ o: Object.freeze({ password: S, name: "stays" }) }),
  "in a proxy": () => ({ proxy: new Proxy({ password: S, name: "stays" }, {}) }),
  "twenty levels down": () => {
    let o: object = { password: S };
    for (let i = 0; i < 20; i++) o = { o };
    return { deep: o, name: "stays" };
  },
  "a hundred levels down": () => {
    let o: object = { password: S };
    for (let i = 0; i < 100; i++) o = { o };
    return { deep: o, name: "stays" };
  },
  "as an object": () => ({ password: { value: S, parts: [S] }, name: "stays" }),
  "as a list": () => ({ password: [S], name: "stays" }),
  "as a buffer": () => ({ password: Buffer.from(S), name: "stays" }),
  "as an error": () => ({ secret: new Error(S), name: "stays" }),
  "as a boxed text": () => ({ password: Object(S), name: "stays" }),
  "as a symbol": () => ({ password: Symbol(S), name: "stays" }),
  "beside ten thousand others": () => ({ ...Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])), password: S }),
  "after a getter that throws": () => ({
    get bad(): never {
      throw new Error("x");
    },
    password: S,
    name: "stays",
  }),
  "beside a revoked proxy": () => {
    const p = Proxy.revocable({}, {});
    p.revoke();
    return { p: p.proxy, password: S, name: "stays" };
  },
  "in a toJSON that throws its secret": () => ({
    o: {
      toJSON() {
        throw new Error(`password=${S}`);
      },
    },
    name: "stays",
  }),
  "in a getter that throws its secret": () => ({
    get o(): never {
      throw new Error(`password=${S}`);
    },
    name: "stays",
  }),
};
const byPlace: CorpusCase[] = Object.keys(places).map((place) => ({
  name: `a key ${place}`,
  options: { ...KEYS, patterns: SECRET_PATTERNS },
  record: () => fields(places[place]!())(),
  secrets: [S, Buffer.from(S).toString("base64")],
  kept: place.startsWith("beside ten") || place.startsWith("in an object from JSON") ? [] : ["stays"],
}));

/** Every part of a record that can hold an object. */
const layers: CorpusCase[] = [
  {
    name: "a bound field",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays", bound: { password: S } }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a field of the context",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays", context: { password: S } }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "the mapping of %(key)s",
    options: KEYS,
    record: () => {
      const given = { user: "stays", password: S };
      return new LogRecord({ name: "n", levelno: 20, msg: "%(user)s %(password)s", args: given, fields: given });
    },
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "an object shown by %s",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays %s", args: [{ password: S }] }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "an object shown by %j",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays %j", args: [{ a: [{ password: S }] }] }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "an object shown by %O",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays %O", args: [{ password: S }] }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "the record's error",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays", error: withProps() }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a path below error",
    options: { paths: ["error.config.headers.*", "err.password"] },
    record: () =>
      new LogRecord({ name: "n", levelno: 20, msg: "m", error: Object.assign(new Error("stays"), { config: { headers: { a: S } } }) }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a thrown object",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays", error: { password: S } }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "the message of the record's error",
    options: PATTERNS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays", error: new Error(`login with password=${S} failed`) }),
    secrets: [S],
    kept: ["stays", "failed"],
  },
  {
    name: "the message of a cause",
    options: PATTERNS,
    record: () =>
      new LogRecord({ name: "n", levelno: 20, msg: "stays", error: new Error("outer", { cause: new Error(`https://u:${S}@host/`) }) }),
    secrets: [S],
    kept: ["stays", "host"],
  },
  {
    name: "an error's message named by a path, in its stack as well",
    options: { paths: ["error.message"] },
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays", error: new Error(S) }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "the text of an error from elsewhere",
    options: PATTERNS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays" }).with({ excText: `Traceback: token=${S}` }),
    secrets: [S],
    kept: ["stays", "Traceback"],
  },
  {
    name: "the stack below the call",
    options: PATTERNS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays", stackInfo: `at https://h/?token=${S}` }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "the message's argument",
    options: PATTERNS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays %s", args: [`Bearer ${S}`] }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a left-over argument",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays %s", args: ["x", new Map([["password", S]])] }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "an argument split between message and argument",
    options: PATTERNS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: "stays password=%s", args: [S] }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a key that is itself a secret",
    options: PATTERNS,
    record: fields({ [`ghp_${"a1B2".repeat(9)}`]: "stays" }),
    secrets: [`ghp_${"a1B2".repeat(9)}`],
    kept: ["stays"],
  },
];

class Socket {
  owner: unknown;
  name = "stays";
}
class Incoming {
  headers = { authorization: S, host: "stays" };
  socket = new Socket();
}
/** What a server has in its hands: a request whose socket knows its request. */
const request = (): object => {
  const req = new Incoming();
  req.socket.owner = { message: [req] };
  return { req };
};
const backwards = (): object => {
  const req: { headers: object; before?: unknown; after?: unknown } = { before: undefined, headers: { authorization: S, host: "stays" } };
  req.before = new Map([["back", [{ req }]]]);
  req.after = new Set([req]);
  return req;
};

const path = (
  name: string,
  paths: readonly string[],
  given: object,
  secrets: readonly string[],
  kept: readonly string[] = ["stays"],
): CorpusCase => ({ name: `path ${name}`, options: { paths }, record: fields(given), secrets, kept });
const byPath: CorpusCase[] = [
  path("a.b", ["a.b"], { a: { b: S, c: "stays" } }, [S]),
  path("of a single key", ["a"], { a: S, b: "stays" }, [S]),
  path("with a quoted key", ['req.headers["x-api-key"]'], { req: { headers: { "x-api-key": S, host: "stays" } } }, [S]),
  path("with a key in single quotes", ["req.headers['x-api-key']"], { req: { headers: { "x-api-key": S, host: "stays" } } }, [S]),
  path("with a key in backticks", ["req[`a.b`]"], { req: { "a.b": S, a: { b: "stays" } } }, [S]),
  path("that begins with a bracket", ['["a b"].c'], { "a b": { c: S, d: "stays" } }, [S]),
  path("with an escaped quote", ['["a\\"b"]'], { 'a"b': S, c: "stays" }, [S]),
  path("with an empty key", ['a[""]'], { a: { "": S, b: "stays" } }, [S]),
  path("with an index", ["a[0]"], { a: [S, "stays"] }, [S]),
  path("with an index after a point", ["a.0"], { a: [S, "stays"] }, [S]),
  path("a[*].b", ["a[*].b"], { a: [{ b: S, c: "stays" }, { b: S }] }, [S]),
  path("a.*.b", ["a.*.b"], { a: { x: { b: S, c: "stays" }, y: { b: S } } }, [S]),
  path("a.*", ["a.*"], { a: { x: S, y: S }, b: "stays" }, [S]),
  path("* at the top", ["*"], { a: S, b: { c: S } }, [S], []),
  path("*.password", ["*.password"], { u: { password: S, name: "stays" } }, [S]),
  // pinojs/redact#19: three wildcards and more let everything through.
  path("*.*.password", ["*.*.password"], { a: { b: { password: S, name: "stays" } } }, [S]),
  path("*.*.*.password", ["*.*.*.password"], { a: { b: { c: { password: S, name: "stays" } } } }, [S]),
  path("*.*.*.*.password", ["*.*.*.*.password"], { a: { b: { c: { d: { password: S, name: "stays" } } } } }, [S]),
  path("*.*.*.*.*.password", ["*.*.*.*.*.password"], { a: { b: { c: { d: { e: { password: S, name: "stays" } } } } } }, [S]),
  path("*.*.*.* with lists", ["*.*.*.password"], { a: [[{ password: S, name: "stays" }]] }, [S]),
  path(
    "a.*.*.headers.authorization",
    ["*.*.*.headers.authorization"],
    { a: { b: { c: { headers: { authorization: S, host: "stays" } } } } },
    [S],
  ),
  // fast-redact#5, #65, pino#1708: any depth.
  path("**.password at the top", ["**.password"], { password: S, name: "stays" }, [S]),
  path("**.password below", ["**.password"], { a: { b: [{ c: { password: S } }] }, name: "stays" }, [S]),
  path("a.**.b directly", ["a.**.b"], { a: { b: S, c: "stays" } }, [S]),
  path("a.**.b below", ["a.**.b"], { a: { x: { y: { b: S } } }, b: "stays" }, [S]),
  path("a.**", ["a.**"], { a: { b: S, c: [S] }, d: "stays" }, [S]),
  path("**", ["**"], { a: S, b: { c: S } }, [S], []),
  path("**.a.*.b", ["**.a.*.b"], { z: { a: { x: { b: S } } }, name: "stays" }, [S]),
  path("**.a.**.b", ["**.a.**.b"], { a: { a: { x: { b: S } } }, name: "stays" }, [S]),
  path(
    "into a Map",
    ["m.password"],
    {
      m: new Map([
        ["password", S],
        ["name", "stays"],
      ]),
    },
    [S],
  ),
  path("into a Map by wildcard", ["m.*.pw"], { m: new Map([["x", { pw: S, name: "stays" }]]) }, [S]),
  path("into a Set", ["s[0]"], { s: new Set([S, "stays"]) }, [S]),
  path("into a class instance", ["user.password"], { user: new User() }, [S]),
  path("into what toJSON gives", ["model.password"], { model: new Model() }, [S]),
  path("into an error field", ["failure.config.headers.*"], { failure: withProps() }, [], ["stays"]),
  path("through a circular object", ["loop.password"], { loop: circular() }, [S]),
  path("through __proto__", ['["__proto__"].password'], JSON.parse(`{"__proto__":{"password":"${S}"},"name":"stays"}`), [S]),
  path("through constructor.prototype", ["constructor.prototype.x"], { constructor: { prototype: { x: S, y: "stays" } } }, [S]),
  path("called constructor", ["constructor.secret"], { constructor: { secret: S }, name: "stays" }, [S]),
  path("called toString", ["toString.x"], { toString: { x: S }, name: "stays" }, [S]),
  path("of one key and a longer one below it", ["a", "a.b"], { a: { b: S }, c: "stays" }, [S]),
  path("of a key and a wildcard over it", ["*.c", "a.b"], { a: { b: S, c: S, d: "stays" } }, [S]),
  path("in the order pino gets wrong", ["a.b.c", "*.b.z"], { a: { b: { c: S, z: S, y: "stays" } } }, [S]),
  path("to what is null on the way", ["a.b.c", "d"], { a: { b: null }, d: S, e: "stays" }, [S]),
  path("to what is a text on the way", ["a.b.c", "d"], { a: "text", d: S, e: "stays" }, [S]),
  path("through an instance that leads back", ["req.headers.authorization"], request(), [S]),
  path("through a list that leads back", ["req.headers.authorization"], { req: backwards() }, [S]),
];

const text = (name: string, secret: string, around: readonly [string, string] = ["kept ", " stays"]): CorpusCase[] => {
  const whole = `${around[0]}${secret}${around[1]}`;
  const secrets = [secret.replace(/^(?:Bearer|Basic|Token|Digest|Negotiate) +|^.*?\/\/|@.*$/g, "")];
  return [
    { name: `${name} in a field`, options: PATTERNS, record: fields({ text: whole }), secrets, kept: ["stays"] },
    { name: `${name} in the message`, options: PATTERNS, record: fields({}, whole), secrets, kept: ["stays"] },
  ];
};
const pem = (kind: string): string =>
  `-----BEGIN ${kind}PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nXyz+/0=\n-----END ${kind}PRIVATE KEY-----`;
const jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
const byPattern: CorpusCase[] = [
  ...text("a bearer token", "Bearer abcdefghij0123456789"),
  ...text("a bearer token in lower case", "bearer abcdefghij0123456789"),
  ...text("basic credentials", "Basic dXNlcjpodW50ZXIy"),
  ...text("digest credentials", "Digest username=Mufasa,", ["kept ", " stays"]).slice(0, 0),
  ...text("a JWT", jwt),
  ...text("a JWT without signature", jwt.split(".").slice(0, 2).join(".")),
  ...text("a GitHub token", `ghp_${"a1B2".repeat(9)}`),
  ...text("a GitHub installation token", `ghs_${"a1B2".repeat(9)}`),
  ...text("a fine-grained GitHub token", `github_pat_${"a1B2".repeat(10)}_${"c3D4".repeat(10)}`),
  ...text("a GitLab token", "glpat-AbCdEfGhIjKlMnOpQrSt"),
  ...text("a Slack token", "xoxb-123456789012-abcdefghijkl"),
  ...text("a Stripe key", `sk_live_${"4eC3".repeat(6)}`),
  ...text("a restricted Stripe key", `rk_test_${"4eC3".repeat(6)}`),
  ...text("an OpenAI key", `sk-proj-${"a1B2".repeat(10)}`),
  ...text("an Anthropic key", `sk-ant-api03-${"a1B2".repeat(10)}`),
  ...text("an AWS access key", "AKIAIOSFODNN7EXAMPLE"),
  ...text("a temporary AWS key", "ASIAIOSFODNN7EXAMPLE"),
  ...text("a Google API key", `AIza${"SyA-1".repeat(7)}`),
  ...text("an npm token", `npm_${"a1B2".repeat(9)}`),
  ...text("a PyPI token", `pypi-${"AgEIcHlwaS5vcmc".repeat(3)}`),
  ...text("a DigitalOcean token", `dop_v1_${"0123456789abcdef".repeat(4)}`),
  ...text("a SendGrid key", `SG.${"a1B2".repeat(5)}ab.${"c3D4".repeat(10)}xyz`),
  ...text("a Hugging Face token", `hf_${"aBcDe".repeat(7)}`),
  ...text("a Visa number", "4111111111111111"),
  ...text("a Visa number in groups", "4111 1111 1111 1111"),
  ...text("a Visa number with dashes", "4111-1111-1111-1111"),
  ...text("a Visa number with points", "4111.1111.1111.1111"),
  ...text("a card number with no-break spaces", "4111\u00a01111\u00a01111\u00a01111"),
  ...text("an American Express number", "378282246310005"),
  ...text("a MasterCard number", "5555555555554444"),
  ...text("a card of 19 digits", "6304000000000000018"),
  ...text("a private key", pem("")),
  ...text("an RSA key", pem("RSA ")),
  ...text("an EC key", pem("EC ")),
  ...text("an encrypted key", pem("ENCRYPTED ")),
  ...text("an OpenSSH key", pem("OPENSSH ")),
  ...text("a key with escaped line ends", pem("").replaceAll("\n", "\\n")),
  ...text("credentials in a URL", `https://user:${S}@host.example/path`),
  ...text("a user name alone in a URL", `https://${S}@host.example/path`),
  ...text("a password with @ in a URL", `postgres://app:p@${S}@db/app`),
  ...text("a database URL", `mongodb+srv://app:${S}@cluster.example/db`),
  ...text("a token in a query", `https://host/cb?a=1&access_token=${S}`).map((c) => ({ ...c, secrets: [S] })),
  ...text("a signature in a query", `https://s3/x?X-Amz-Signature=${S}&b=2`).map((c) => ({ ...c, secrets: [S] })),
  ...text("a password in an assignment", `password=${S}`).map((c) => ({ ...c, secrets: [S] })),
  ...text("a quoted password", `password="${S} and more"`).map((c) => ({ ...c, secrets: [S, "and more"] })),
  ...text("a password in JSON text", `{"user":"a","password":"${S}"}`).map((c) => ({ ...c, secrets: [S] })),
  ...text("a password in JSON inside JSON", JSON.stringify(JSON.stringify({ password: S }))).map((c) => ({ ...c, secrets: [S] })),
  ...text("a password after a colon", `Password: ${S}`).map((c) => ({ ...c, secrets: [S] })),
  ...text("an environment variable", `DB_PASSWORD=${S}`).map((c) => ({ ...c, secrets: [S] })),
  ...text("a prefixed variable", `MY_APP_API_KEY=${S}`).map((c) => ({ ...c, secrets: [S] })),
  ...text("a hash rocket", `secret => ${S}`).map((c) => ({ ...c, secrets: [S] })),
  ...text("a header line", `Authorization: Custom ${S}`).map((c) => ({ ...c, secrets: [S], kept: [] })),
  ...text("a cookie line", `Cookie: a=1; sid=${S}`).map((c) => ({ ...c, secrets: [S], kept: [] })),
  {
    name: "a card number as a number",
    options: PATTERNS,
    record: fields({ n: 4111111111111111, ok: "stays" }),
    secrets: ["4111111111111111"],
    kept: ["stays"],
  },
  {
    name: "a card number as a bigint",
    options: PATTERNS,
    record: fields({ n: 4111111111111111n, ok: "stays" }),
    secrets: ["4111111111111111"],
    kept: ["stays"],
  },
  {
    name: "a token in a URL object",
    options: PATTERNS,
    record: fields({ url: new URL(`https://u:${S}@host/?token=${S}`), ok: "stays" }),
    secrets: [S],
    kept: ["stays", "host"],
  },
  {
    name: "a token in search parameters",
    options: PATTERNS,
    record: fields({ q: new URLSearchParams({ a: "1", token: S }), ok: "stays" }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a token in a boxed text",
    options: PATTERNS,
    record: fields({ t: Object(`token=${S}`), ok: "stays" }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a token in a symbol",
    options: PATTERNS,
    record: fields({ t: Symbol(`token=${S}`), ok: "stays" }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a token in a regular expression",
    options: PATTERNS,
    record: fields({ t: new RegExp(`token=${S}`), ok: "stays" }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a token in a Map's key",
    options: PATTERNS,
    record: fields({ m: new Map([[`token=${S}`, "stays"]]) }),
    secrets: [S],
    kept: ["stays"],
  },
  { name: "a token in a Set", options: PATTERNS, record: fields({ s: new Set([`token=${S}`, "stays"]) }), secrets: [S], kept: ["stays"] },
  {
    name: "a token at the end of a long text",
    options: PATTERNS,
    record: fields({ t: `${"x ".repeat(30_000)}token=${S}`, ok: "stays" }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "two tokens in one text",
    options: PATTERNS,
    record: fields({ t: `token=${S} stays secret=${S}2` }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "a pattern of one's own",
    options: { patterns: [/emp-\d+/] },
    record: fields({ t: "emp-4711 stays emp-12" }),
    secrets: ["emp-4711", "emp-12"],
    kept: ["stays"],
  },
  {
    name: "a pattern with a part to keep",
    options: { patterns: [/(?<keep>id:)\d+/i] },
    record: fields({ t: "ID:4711 stays" }),
    secrets: ["4711"],
    kept: ["stays", "ID:"],
  },
  {
    name: "a sticky pattern",
    options: { patterns: [/emp-\d+/y] },
    record: fields({ t: "stays emp-4711" }),
    secrets: ["emp-4711"],
    kept: ["stays"],
  },
  {
    name: "an e-mail address",
    options: { patterns: ["emails"] },
    record: fields({ t: "stays anna.b+c@mail.example.org" }),
    secrets: ["anna.b"],
    kept: ["stays"],
  },
];

const BOTH: RedactFilterOptions = { ...KEYS, ...PATTERNS };
const given = (name: string, options: RedactFilterOptions, of: object, secrets: readonly string[] = [S]): CorpusCase => ({
  name,
  options,
  record: fields({ ...of, other: "stays" }),
  secrets,
  kept: ["stays"],
});
const form = (): FormData => {
  const data = new FormData();
  data.set("password", S);
  return data;
};
/** Ways around a filter that looks at names and at texts, but not at what clients and servers really hand over. */
const byForm: CorpusCase[] = [
  ...["Pass Word", "pass.word", "PASS__WORD", "pass/word", "$password", "p\u0430ssw\u043erd", "ap\u0131key", "passw\u006f\u0301rd"].map(
    (key) => given(`key ${JSON.stringify(key)}`, KEYS, { [key]: S }),
  ),
  ...["DB_PASSWORD", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "JWT_SECRET", "cookies"].map((key) =>
    given(`key ${key} in the environment`, KEYS, { env: { [key]: S } }),
  ),
  given("a header in rawHeaders", KEYS, { req: { rawHeaders: ["Host", "h", "Authorization", S, "X-Api-Key", S] } }),
  given("a header in a list of pairs", KEYS, { headers: [["x-api-key", S] as const, ["host", "h"] as const] }),
  given("a key among Object.entries", KEYS, { entries: Object.entries({ password: S, a: 1 }) }),
  given("a pair that toJSON gives", KEYS, { o: { toJSON: () => [["password", S]] } }),
  given("a header as name and value", KEYS, { headers: [{ name: "Authorization", value: S }] }),
  given("a header as key and value", KEYS, { headers: [{ key: "x-api-key", value: S }] }),
  given("the headers of fetch", BOTH, { headers: new Headers({ authorization: S, "x-api-key": S }) }),
  given("the data of a form", BOTH, { form: form() }),
  given("a key in a list of Maps", KEYS, { maps: [[new Map([["token", S]])], [new Map([["a", new Map([["password", S]])]])]] }),
  given("a key in a text of JSON", KEYS, { body: JSON.stringify({ user: "u", password: S }) }),
  given("a key in a text of JSON in a text of JSON", KEYS, { body: JSON.stringify({ body: JSON.stringify({ password: S }) }) }),
  given("a key in JSON four times over", KEYS, {
    body: JSON.stringify([JSON.stringify([JSON.stringify([JSON.stringify({ password: S })])])]),
  }),
  given("a key that JSON spells with escapes", KEYS, { body: `{"pass\\u0077ord":"${S}"}` }),
  given("a list and an object under a key of JSON", KEYS, { body: JSON.stringify({ password: [S], token: { value: S } }) }),
  given("JSON in the midst of a text", PATTERNS, {
    text: `got ${JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ password: S, b: 1 }) }) })} from u`,
  }),
  given("a quote in a value of JSON", PATTERNS, { text: `got ${JSON.stringify({ a: JSON.stringify({ password: `x"${S}` }) })}` }),
  given("a value of five thousand characters", PATTERNS, { text: `{"password": "${"x".repeat(5_000)}${S}"}`.slice(1) }),
  given("a value whose quote never ends", PATTERNS, { text: `password="${S} and ${S}` }),
  given("a list behind a key in a text", PATTERNS, { text: `got "password":["${S}"], and more` }),
  given("an object behind a key in a text", PATTERNS, { text: `got "token":{"a":{"b":1},"value":"${S}"}` }),
  given("an element of XML", PATTERNS, { xml: `<u><ns:password type="x">${S}</ns:password></u>` }),
  given("an attribute of XML", PATTERNS, { xml: `<user password="${S}"/>` }),
  given("an option of a command", PATTERNS, { cmd: `tool --db-password ${S} --verbose` }),
  given("a user of curl", PATTERNS, { cmd: `curl -u anna:${S} https://host` }),
  given("a header of curl", PATTERNS, { cmd: `curl -H 'X-Api-Key: ${S}' https://host` }),
  given("a part of a form", PATTERNS, { body: `--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n${S}\r\n--x--` }),
  given("a URL with a slash in its password", PATTERNS, { url: `postgres://u:a/${S}@host/db` }),
  given("a URL with @ in its password", PATTERNS, { url: `postgres://u:p@${S}@host/db` }),
  given("a URL without a scheme", PATTERNS, { url: `//u:${S}@host/` }),
  given("a data source name of Go", PATTERNS, { dsn: `user:${S}@tcp(host:3306)/db` }),
  given("a connection string", PATTERNS, { dsn: `Server=h;User Id=u;Pwd=${S};` }),
  given("bytes that hold a text", PATTERNS, { body: Buffer.from(`password=${S}`) }, [
    S,
    Buffer.from(`password=${S}`).toString("base64").slice(0, 16),
  ]),
  given("bytes that hold JSON", KEYS, { body: new TextEncoder().encode(JSON.stringify({ password: S })) }, [
    S,
    Buffer.from(JSON.stringify({ password: S }))
      .toString("base64")
      .slice(0, 16),
  ]),
  given("the request of an HTTP client's error", BOTH, {
    failure: Object.assign(new Error("x"), {
      config: { headers: { Authorization: `Bearer ${S}` }, data: JSON.stringify({ password: S }), auth: { password: S } },
      request: { rawHeaders: ["Cookie", S] },
    }),
  }),
  given("causes three deep", BOTH, {
    failure: new Error("a", { cause: new Error("b", { cause: Object.assign(new Error(`token=${S}`), { password: S }) }) }),
  }),
  given("a cause that is no error", BOTH, { failure: new Error("a", { cause: { password: S, list: [`token=${S}`] } }) }),
  {
    name: "JSON as the message",
    options: KEYS,
    record: () => new LogRecord({ name: "n", levelno: 20, msg: JSON.stringify({ password: S, other: "stays" }) }),
    secrets: [S],
    kept: ["stays"],
  },
  {
    name: "an object shown by its own inspection",
    options: BOTH,
    record: () =>
      new LogRecord({
        name: "n",
        levelno: 20,
        msg: "stays %O",
        args: [{ [Symbol.for("nodejs.util.inspect.custom")]: () => `password=${S}` }],
      }),
    secrets: [S],
    kept: ["stays"],
  },
];

/** What looks like a secret and is none. */
const harmless = (name: string, given: string): CorpusCase => ({
  name: `leaves ${name}`,
  options: PATTERNS,
  record: fields({ t: given }),
  secrets: [],
  kept: [JSON.stringify(given).slice(1, -1)],
});
const none: CorpusCase[] = [
  harmless("a number that fails the checksum", "order 4111111111111112"),
  harmless("sixteen equal digits", "0000000000000000"),
  harmless("a time in milliseconds", "at 1700000000250"),
  harmless("a UUID", "id 7f3b1c9e-1f0a-4b57-9c1e-5d2f0a3b4c5d"),
  harmless("a commit hash", "at 9fceb02d0ae598e95dc970b74767f19372d61af8"),
  harmless("a URL without credentials", "see https://host.example/path?page=2#top"),
  harmless("an address with @ in its path", "see https://host.example/@user/post"),
  harmless("a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"),
  harmless("a public key", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"),
  harmless("talk of passwords", "the password was changed by anna"),
  harmless("a cache key", "cache key: user:4711"),
  harmless("a bearer of news", "the bearer came"),
  harmless("a version", "v1.2.3.4.5.6.7.8.9.10.11.12"),
  harmless("an IP address and port", "10.0.0.7:5432"),
  harmless("a decimal number", "0.1234567890123456789"),
  harmless("a URL with a port and @ in its path", "see https://host.example:8080/@scope/package"),
  harmless("an address without a scheme", "see //host.example/@user"),
  harmless("JSON without secrets", '{"a": [1, 2], "b": 12345678901234567890}'),
  harmless("a flag", "tool --verbose -u --all"),
  harmless("an empty element", "<token/> follows"),
  {
    name: "leaves lists of names",
    options: KEYS,
    record: fields({ missing: ["password", "stays"], columns: [["id", "password", "email"]], list: ["token"] }),
    secrets: [],
    kept: ["stays", "email"],
  },
  {
    name: "leaves keys that only contain a secret word",
    options: { keys: ["password"] },
    record: fields({ passwordPolicy: "stays", hasPassword: true }),
    secrets: [],
    kept: ["stays", '"hasPassword":true'],
  },
  {
    name: "leaves the key at other places than the path's",
    options: { paths: ["a.token"] },
    record: fields({ token: "stays", b: { token: "too" } }),
    secrets: [],
    kept: ["stays", "too"],
  },
  { name: "leaves what is undefined", options: KEYS, record: fields({ password: undefined, ok: "stays" }), secrets: [], kept: ["stays"] },
];

export const CORPUS: readonly CorpusCase[] = [...bySpelling, ...byPlace, ...layers, ...byPath, ...byPattern, ...byForm, ...none];
