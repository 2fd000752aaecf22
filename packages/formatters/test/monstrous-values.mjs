// Formats one value of monstrous size in every formatter, and says what each needed beyond the value itself: CPU time, memory, bytes.
import { LogRecord } from "@cordwood/core";
import { CsvFormatter, Formatter, JsonFormatter, LogfmtFormatter, PrettyFormatter } from "@cordwood/formatters";

// Made flat: joining the parts of a rope is the engine's work and costs what it costs.
const flat = (text) => Buffer.from(text).toString("latin1");
const MONSTERS = {
  "100 MB of text": () => flat("x".repeat(100_000_000)),
  "100 MB of control characters": () => flat("\x01".repeat(100_000_000)),
  "a list of ten million": () => new Array(10_000_000).fill(7),
  "a Map of a million": () => new Map(Array.from({ length: 1_000_000 }, (_, i) => [`k${i}`, i])),
  "a depth of a million": () => {
    let deep = 1;
    for (let i = 0; i < 1_000_000; i++) deep = { deep };
    return deep;
  },
  "a million keys": () => {
    const object = {};
    for (let i = 0; i < 1_000_000; i++) object[`k${i}`] = i;
    return object;
  },
};
const FORMATTERS = {
  ...Object.fromEntries(
    ["cordwood", "pino", "bunyan", "ecs", "gcp", "otel", "python"].map((preset) => [preset, new JsonFormatter({ preset })]),
  ),
  logfmt: new LogfmtFormatter(),
  csv: new CsvFormatter({ columns: ["time", "message", "value"] }),
  pretty: new PrettyFormatter({ color: false }),
  text: new Formatter("%(asctime)s %(message)s"),
};
const PLACES = {
  field: (value) => ({ msg: "m", fields: { value } }),
  argument: (value) => ({ msg: "%s", args: [value] }),
  message: (value) => ({ msg: value }),
};

const isListed = process.argv[2] === "a million keys";

const measure = (work) => {
  const { heapUsed, external } = process.memoryUsage();
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  const after = process.memoryUsage();
  return { result, ms: (user + system) / 1_000, megabytes: (after.heapUsed + after.external - heapUsed - external) / 1e6 };
};
/** Once more, twice at most, where it was much: other work of the machine only ever adds. */
const least = (work) => {
  let best = measure(work);
  for (let i = 0; !isListed && i < 2 && (best.ms > 40 || best.megabytes > 12); i++) {
    const { ms, megabytes } = measure(work);
    best = { ...best, ms: Math.min(ms, best.ms), megabytes: Math.min(megabytes, best.megabytes) };
  }
  return best;
};

const value = MONSTERS[process.argv[2]]();
// What V8 needs to list the keys, without which not one of them can be written.
const { ms, megabytes } = least(() => {
  let first;
  for (const key in isListed ? value : {}) {
    first = key;
    break;
  }
  return first;
});
const figures = [];
// Seconds for each of them, all spent in listing: one of a kind is enough, and once.
const some = isListed ? ["cordwood", "pretty", "text"] : Object.keys(FORMATTERS);
for (const name of some) {
  const formatter = FORMATTERS[name];
  formatter.format(new LogRecord({ name: "n", levelno: 20, msg: "%s", args: [1], fields: { value: 1 } }));
  if (name === "cordwood") globalThis.gc();
  for (const [place, init] of Object.entries(PLACES)) {
    const figure = least(() => formatter.format(new LogRecord({ name: "n", levelno: 20, ...init(value) })));
    figures.push({ what: `${name}, ${place}`, ms: figure.ms, megabytes: figure.megabytes, bytes: Buffer.byteLength(figure.result) });
  }
}
console.log(JSON.stringify({ listing: { ms, megabytes }, figures }));
