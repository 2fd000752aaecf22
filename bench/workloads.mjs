// The work every peer is given, and how a written line tells which record it is.
export const NAME = "app.module";
export const HOST = "10.0.0.1";
export const MESSAGE = "user %d logged in from %s";
export const BOUND = { requestId: "8f14e45f-ceea-467f", user: "alice", region: "eu-central" };

/** Five fields: string, int, float, bool, and an object of three. */
export const fields = (index) => ({ user: "alice", count: index, ratio: 0.25, ok: true, nested: { a: 1, b: "two", c: false } });

/** A stream told to wait is waited for; without it some peers hold every line in memory, or lose it. */
export const drained = (stream) => new Promise((resolve) => stream.once("drain", resolve));
export const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const number = (text) => (text === undefined ? undefined : Number(text));
const parse = (line) => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
const messageOf = (entry) => entry?.msg ?? entry?.message;
const TIME = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3}(?: ?Z| [+-]\d\d:\d\d)?`;
const TEXT_LINE = new RegExp(
  `^${TIME} app\\.module(?:\\.\\w+)* (?:INFO|info|DEBUG|debug|WARNING|WARN|warn|warning|ERROR|error) user (\\d+) logged in from 10\\.0\\.0\\.1$`,
);
const LOGIN = /^user (\d+) logged in from 10\.0\.0\.1$/;

/** A time–name–level–message line, or a JSON line with the same four. */
export const readText = (line) => {
  if (line.charCodeAt(0) !== 123) return number(TEXT_LINE.exec(line)?.[1]);
  const entry = parse(line);
  const name = entry?.name ?? entry?.logger;
  if (typeof name !== "string" || !name.startsWith(NAME) || entry.time === undefined) return undefined;
  return number(LOGIN.exec(messageOf(entry))?.[1]);
};

/** Time, level, name, message and the five fields, wherever the peer puts them. */
export const readJson = (line) => {
  const entry = parse(line);
  if (entry === undefined || messageOf(entry) !== "request done") return undefined;
  const own = entry.properties ?? entry;
  const whole =
    own.user === "alice" &&
    own.ratio === 0.25 &&
    own.ok === true &&
    own.nested?.a === 1 &&
    own.nested.b === "two" &&
    own.nested.c === false;
  return whole ? own.count : undefined;
};

/** Three bound fields and two of the call. */
export const readChild = (line) => {
  const entry = parse(line);
  if (entry === undefined || messageOf(entry) !== "step done") return undefined;
  const own = entry.properties ?? entry;
  const whole = own.requestId === BOUND.requestId && own.user === BOUND.user && own.region === BOUND.region && own.ms === 12.5;
  return whole ? own.step : undefined;
};

/** An error with its stack; the number is in the error's message. */
export const readError = (line) => {
  const entry = parse(line);
  if (entry === undefined) return undefined;
  const error = entry.err ?? entry.error ?? entry.properties?.error ?? entry;
  const found = /order (\d+) could not be paid/.exec(error.message ?? "");
  return typeof error.stack === "string" && error.stack.includes("\n    at ") ? number(found?.[1]) : undefined;
};

/** A stack as an application has it: some calls deep. */
export const failure = (index) => pay(index);
const pay = (order) => charge(order);
const charge = (order) => new Error(`order ${order} could not be paid`);
