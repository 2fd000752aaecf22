// Ten record shapes in turn: what hidden classes and remembered keys cost when calls differ.
import { HOST, NAME } from "../workloads.mjs";

const SHAPES = [
  (id) => ({ id, user: "alice" }),
  (id) => ({ id, path: "/orders", status: 200 }),
  (id) => ({ method: "GET", id, ms: 12.5 }),
  (id) => ({ id, items: [1, 2, 3] }),
  (id) => ({ id, cart: { total: 12.5, currency: "EUR" } }),
  (id) => ({ ok: true, id, retries: 0, host: HOST }),
  (id) => ({ id, query: "select 1", rows: 10, cached: false }),
  (id) => ({ worker: 3, id, queue: "mail", waiting: 17, oldestMs: 250 }),
  (id) => ({ id, from: "a", to: "b", bytes: 1024, route: { hops: 2, via: HOST } }),
  (id) => ({ id, tag: null, name2: "x", list: ["a", "b"], nested: { deep: { er: 1 } } }),
];
const one = () => SHAPES[4];
const ten = (index) => SHAPES[index % SHAPES.length];

const cordwood =
  (shapeOf) =>
  async ({ file }) => {
    const { getLogger } = await import("@cordwood/core");
    const { JsonFormatter } = await import("@cordwood/formatters");
    const { FileHandler } = await import("@cordwood/handlers-file");
    const handler = new FileHandler(file, { buffering: {} });
    handler.setFormatter(new JsonFormatter({ preset: "pino" }));
    const logger = getLogger(NAME);
    logger.setLevel("INFO");
    logger.addHandler(handler);
    const run = (count) => {
      for (let index = 0; index < count; index++) logger.info("done", shapeOf(index)(index));
    };
    return { run, finish: () => handler.close() };
  };
const pino =
  (shapeOf) =>
  async ({ file }) => {
    const { default: pino } = await import("pino");
    const stream = pino.destination({ dest: file, sync: true, minLength: 4096 });
    const logger = pino({ name: NAME }, stream);
    const run = (count) => {
      for (let index = 0; index < count; index++) logger.info(shapeOf(index)(index), "done");
    };
    const finish = () =>
      new Promise((resolve) => {
        stream.on("close", resolve);
        stream.end();
      });
    return { run, finish };
  };

export default {
  name: "shapes",
  order: 14,
  title: "JSON, ten record shapes in turn against one of middle size, buffered",
  count: 150_000,
  base: "one shape",
  cells: { "one shape": cordwood(one), "ten shapes": cordwood(ten), "pino, one shape": pino(one), "pino, ten shapes": pino(ten) },
  always: ["one shape", "ten shapes", "pino, one shape", "pino, ten shapes"],
  outputs: [{ name: "out.log" }],
  read: (line) => {
    try {
      const entry = JSON.parse(line);
      return entry.msg === "done" ? entry.id : undefined;
    } catch {
      return undefined;
    }
  },
  bars: [{ cell: "ten shapes", of: "one shape", measure: "cpu", atMost: 1.3 }],
};
