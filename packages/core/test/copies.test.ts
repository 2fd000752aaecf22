import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { afterAll, expect, test } from "vitest";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const esm = fileURLToPath(import.meta.resolve("@cordwood/core"));
const cjs = fileURLToPath(new URL("./index.cjs", import.meta.resolve("@cordwood/core")));

/** Runs a script in which `a` and `b` are the ES module and the CommonJS build, loaded in that order or the other. */
async function together(body: string, first: "a" | "b"): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const script = join(folder.path, `${first}-${Math.random()}.mjs`);
  const load = {
    a: `const a = await import(${JSON.stringify(esm)});`,
    b: `const b = createRequire(import.meta.url)(${JSON.stringify(cjs)});`,
  };
  const loads = first === "a" ? [load.a, load.b] : [load.b, load.a];
  writeFileSync(
    script,
    `import { createRequire } from "node:module";
    ${loads[0]}
    ${first}.getLogger("made.by.the.first");
    ${loads[1]}
    const lines = [];
    const catching = (core) => { class Catching extends core.Handler { emit(record) { lines.push(this.format(record)); } } return new Catching(); };
    const print = (...values) => console.log(JSON.stringify(values));
    ${body}`,
  );
  const { code, stdout, stderr } = await runNode(script);
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  return { stdout, stderr };
}

const cases: readonly (readonly [name: string, body: string, expected: string])[] = [
  [
    "are one tree: the same loggers, and records go to handlers of the other copy",
    `print(a.getLogger("x.y") === b.getLogger("x.y"), a.getLogger() === b.getLogger(), a.getLogger !== b.getLogger);
    a.getLogger("x").addHandler(catching(a));
    b.getLogger().addHandler(catching(b));
    a.getLogger("x.y").error("from a %d", 1, { field: 1 });
    b.getLogger("x.y").error("from b", new b.LoggingError("C", "m").code);
    new b.LoggerAdapter(a.getLogger("x.y"), { id: 1 }).error("adapter of b");
    new a.LoggerAdapter(new b.LoggerAdapter(a.getLogger("x.y"), { id: 1 })).error("adapter of a on b");
    a.getLogger("x.y").handle(b.makeLogRecord({ levelno: 40, msg: "record of b" }));
    print(lines);`,
    `[true,true,true]\n[["from a 1","from a 1","from b C","from b C","adapter of b","adapter of b","adapter of a on b","adapter of a on b","record of b","record of b"]]\n`,
  ],
  [
    "share levels, names of levels, disable and the decider",
    `a.addLevelName(25, "NOTICE");
    b.getLogger("x").setLevel("NOTICE");
    print(a.getLogger("x").level, a.getLogger("x").isEnabledFor(25), b.getLevelName(25));
    b.disable("ERROR");
    print(a.getLogger("x").isEnabledFor("ERROR"), a.getLogger("x").isEnabledFor("CRITICAL"));
    b.disable("NOTSET");
    print(a.getLogger("x").isEnabledFor("ERROR"));`,
    `[25,true,"NOTICE"]\n[false,true]\n[true]\n`,
  ],
  [
    "share context, factories, the error reporter and names of handlers",
    `a.getLogger().addHandler(catching(a));
    const seen = [];
    a.getLogger().addFilter((record) => seen.push(record.extra.request));
    b.withContext({ request: 7 }, () => { a.getLogger().error("x"); print(a.getContext()); });
    const reports = [];
    b.setErrorReporter((report) => reports.push(report.cause));
    a.reportError({ cause: "c", message: "m" });
    b.reportError({ cause: "c", message: "m" });
    b.setLogRecordFactory((init) => new b.LogRecord({ ...init, msg: "made by b" }));
    a.getLogger().error("y");
    a.setLogRecordFactory(null);
    const handler = new a.NullHandler({ name: "null" });
    print(seen, reports, lines, b.getHandlerByName("null") === handler);`,
    `[{"request":7}]\n[[7,null],["c"],["x","made by b"],true]\n`,
  ],
  [
    "share the last resort and the end of the process",
    `a.setLastResort({ level: 30, handle: (record) => lines.push("last " + record.message), flush() {}, close() {} });
    b.getLogger("x").error("nobody");
    print(lines);
    for (const [name, core] of Object.entries({ a, b })) {
      const handler = catching(core);
      handler.flush = () => print("flushed", name);
    }`,
    `[["last nobody"]]\n["flushed","b"]\n["flushed","a"]\n`,
  ],
  [
    "capture the console once",
    `const handler = catching(a);
    a.getLogger("console").addHandler(handler);
    a.getLogger("console").setLevel("INFO");
    a.captureConsole(true);
    b.captureConsole(true);
    console.info("told");
    b.captureConsole(false);
    print(lines);`,
    `[["told"]]\n`,
  ],
];

for (const first of ["a", "b"] as const) {
  for (const [name, body, expected] of cases) {
    test(`two copies of core, the ${first === "a" ? "ES module" : "CommonJS build"} first, ${name}`, async () => {
      expect((await together(body, first)).stdout).toBe(expected);
    });
  }
}
