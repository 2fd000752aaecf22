// JSON with ten redaction paths, half of which lead to something.
import { NAME } from "../workloads.mjs";

const PATHS = [
  ...["password", "user.password", "user.card.number", "req.headers.authorization", "req.headers.cookie"],
  ...["token", "session.id", "req.body.secret", "items[*].key", "user.address.street"],
];
const SECRET = "hunter2";
const fields = (index) => ({
  id: index,
  user: { name: "alice", password: SECRET, card: { number: SECRET, type: "visa" } },
  req: { method: "GET", url: "/orders", headers: { host: "shop.example", authorization: SECRET, cookie: SECRET } },
  items: [{ sku: "a", key: SECRET }, { sku: "b" }],
});

const cordwood =
  (filtered) =>
  async ({ file }) => {
    const { getLogger } = await import("@cordwood/core");
    const { JsonFormatter, RedactFilter } = await import("@cordwood/formatters");
    const { FileHandler } = await import("@cordwood/handlers-file");
    const handler = new FileHandler(file, { buffering: {} });
    handler.setFormatter(new JsonFormatter({ preset: "pino" }));
    if (filtered) handler.addFilter(new RedactFilter({ paths: PATHS }));
    const logger = getLogger(NAME);
    logger.setLevel("INFO");
    logger.addHandler(handler);
    const run = (count) => {
      for (let index = 0; index < count; index++) logger.info("request done", fields(index));
    };
    return { run, finish: () => handler.close() };
  };

const pino = async ({ file }) => {
  const { default: pino } = await import("pino");
  const stream = pino.destination({ dest: file, sync: true, minLength: 4096 });
  const logger = pino({ name: NAME, redact: PATHS }, stream);
  const run = (count) => {
    for (let index = 0; index < count; index++) logger.info(fields(index), "request done");
  };
  const finish = () =>
    new Promise((resolve) => {
      stream.on("close", resolve);
      stream.end();
    });
  return { run, finish };
};

export default {
  name: "redact",
  order: 18,
  title: "JSON with ten redaction paths, buffered",
  count: 100_000,
  cells: { cordwood: cordwood(true), "without redaction": cordwood(false), pino },
  always: ["without redaction"],
  base: "pino",
  outputs: [{ name: "out.log" }],
  read: (line, cell) => {
    // A secret that got out is a torn line.
    if (cell !== "without redaction" && line.includes(SECRET)) return undefined;
    try {
      return JSON.parse(line).id;
    } catch {
      return undefined;
    }
  },
  bars: [{ measure: "cpu", atMost: 1.3 }],
};
