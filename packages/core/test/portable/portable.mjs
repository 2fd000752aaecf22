// One test file for every runtime: Node, Bun, Deno, a browser. It needs no test runner; `run()` says how each promise fared.
// scripts/check-runtimes.mjs bundles it with core and formatters and starts it in each.
import * as core from "@cordwood/core";
import { captureLogs, formatterConformance, handlerConformance } from "@cordwood/core/testing";
import * as formatters from "@cordwood/formatters";

const { getLogger } = core;

const same = (actual, expected) => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`expected ${b}, got ${a}`);
};
class Lines extends core.Handler {
  lines = [];
  emit(record) {
    this.lines.push(this.format(record));
  }
}
const listening = (options) => {
  const handler = new Lines(options);
  getLogger().addHandler(handler);
  getLogger().setLevel("DEBUG");
  return handler;
};
/** What the console was asked to write while `work` ran. */
const consoleDuring = (work) => {
  const written = [];
  const methods = ["debug", "info", "log", "warn", "error"];
  const before = methods.map((method) => console[method]);
  for (const method of methods) console[method] = (...args) => written.push([method, args.join(" ")]);
  try {
    work();
  } finally {
    for (const [index, method] of methods.entries()) console[method] = before[index];
  }
  return written;
};
const record = (more = {}) =>
  core.makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: "hello %s", args: ["you"], created: 1057675785.896, ...more });

const promises = {
  "a record goes from a logger to the handlers above it": () => {
    const handler = listening();
    getLogger("app.db.pool").info("connected to %s in %.1f ms", "orders", 12.34);
    same(handler.lines, ["connected to orders in 12.3 ms"]);
    same(handler.stats(), { accepted: 1, delivered: 1, queued: 0, dropped: {}, failed: {} });
  },
  "a level set anywhere is seen by the next call everywhere": () => {
    const handler = listening();
    const logger = getLogger("app.a");
    getLogger("app").setLevel("ERROR");
    logger.info("off");
    getLogger("app").setLevel("INFO");
    logger.info("on");
    same(handler.lines, ["on"]);
  },
  "nothing is evaluated for a level that is off": () => {
    listening();
    getLogger().setLevel("WARNING");
    let evaluated = 0;
    getLogger("app").debug(() => `${evaluated++}`);
    same(evaluated, 0);
  },
  "fields, errors and left-over values are kept": () => {
    const logs = captureLogs();
    const error = new Error("lost", { cause: new Error("cable") });
    getLogger("app").error("failed", error, { attempt: 2 }, "again");
    logs.stop();
    same(logs.output, ["ERROR:app:failed again"]);
    same([logs.records[0].error === error, logs.records[0].extra.attempt], [true, 2]);
  },
  "views and adapters add their fields": () => {
    const logs = captureLogs();
    getLogger("app").with({ request: 7 }).info("a", { step: 1 });
    new core.LoggerAdapter(getLogger("app"), { user: "alice" }).info("b");
    logs.stop();
    same(
      logs.records.map(({ extra }) => ({ ...extra })),
      [{ request: 7, step: 1 }, { user: "alice" }],
    );
  },
  "context holds inside the function and not after it": () => {
    const logs = captureLogs();
    core.withContext({ request: 7 }, () => getLogger("app").info("in"));
    getLogger("app").info("out");
    logs.stop();
    same([logs.records[0].extra.request, logs.records[1].extra.request], [7, undefined]);
  },
  "hostile values neither throw nor lose the record": () => {
    const handler = listening();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const circular = {};
    circular.self = circular;
    const throwing = {
      toString() {
        throw new Error("no");
      },
      get x() {
        throw new Error("no");
      },
    };
    const values = [proxy, circular, throwing, Object.create(null), new Date(Number.NaN), 10n, Symbol("s")];
    for (const value of values) getLogger("app").info("value %s", value, value);
    same(handler.lines.length, values.length);
  },
  "a handler that throws is counted and does not stop the next one": () => {
    const reports = [];
    core.setErrorReporter((report) => reports.push(report));
    class Broken extends core.Handler {
      emit() {
        throw new Error("broken");
      }
    }
    const broken = new Broken();
    getLogger().addHandler(broken);
    const handler = listening();
    getLogger("app").info("through");
    same(handler.lines, ["through"]);
    same([broken.stats().failed, reports.length], [{ emit: 1 }, 1]);
  },
  "the last resort writes WARNING and above where errors are shown": () => {
    if (typeof process === "object" && process.stderr) return;
    const written = consoleDuring(() => {
      getLogger("nobody").warning("heard");
      getLogger("nobody").info("not heard");
    });
    same(
      written.map(([, text]) => text.trim()),
      ["heard"],
    );
  },
  "the console handler uses the method of the level": () => {
    const handler = new core.ConsoleHandler();
    getLogger().setLevel("DEBUG");
    getLogger().addHandler(handler);
    const written = consoleDuring(() => {
      for (const level of ["debug", "info", "warning", "error"]) getLogger("app")[level](level);
    });
    same(
      written.map(([method]) => method),
      ["debug", "info", "warn", "error"],
    );
  },
  "the three styles give the same line": () => {
    const options = { timeZone: "Europe/Berlin" };
    const lines = [
      new formatters.Formatter("%(asctime)s %(levelname)-8s %(name)s: %(message)s", options),
      new formatters.Formatter("{asctime} {levelname:8} {name}: {message}", { ...options, style: "{" }),
      new formatters.Formatter("$asctime ${levelname}     $name: $message", { ...options, style: "$" }),
    ].map((formatter) => formatter.format(record()));
    same(lines, Array(3).fill("2003-07-08 16:49:45,896 INFO     app: hello you"));
  },
  "control characters in values are shown escaped": () => {
    same(new formatters.Formatter("%(message)s").format(record({ msg: "red \u001b[31m", args: [] })), "red \\x1b[31m");
  },
  "JSON is one valid line": () => {
    const line = new formatters.JsonFormatter({ preset: "cordwood" }).format(record({ fields: { big: 10n, list: new Map([["a", 1]]) } }));
    same(line.includes("\n"), false);
    same(typeof JSON.parse(line), "object");
  },
  "printf is Python's": () => {
    same(core.printf("%05d|%-5s|%.2f|%x|%%", [42, "ab", 2.675, 255]), "00042|ab   |2.67|ff|%");
  },
};

const conformance = () => [
  ...formatterConformance({ create: () => new formatters.Formatter("%(asctime)s %(message)s", { timeZone: "utc" }) }),
  ...formatterConformance({ create: () => new formatters.JsonFormatter({ preset: "cordwood" }), singleLine: true, parse: JSON.parse }),
  ...(() => {
    let handler;
    return handlerConformance({ create: (options) => (handler = new Lines(options)), delivered: () => handler.lines });
  })(),
];

/** @returns {Promise<{ name: string, problem?: string }[]>} */
export const run = async () => {
  const results = [];
  const attempt = async (name, work) => {
    core.resetLogging();
    core.setErrorReporter(() => {});
    try {
      await work();
      results.push({ name });
    } catch (error) {
      results.push({ name, problem: String(error?.stack ?? error) });
    }
  };
  for (const [name, work] of Object.entries(promises)) await attempt(name, work);
  for (const { name, run: hold } of conformance()) await attempt(`conformance: ${name}`, hold);
  core.resetLogging();
  return results;
};
