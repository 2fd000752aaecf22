import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getLogger, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { attachWorkerQueue, QueueHandler, WorkerQueue, type WorkerQueueShare } from "@cordwood/handlers-queue";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

// Crashes, restarts and servers take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const MODULE = new URL("./support/worker-handlers.mjs", import.meta.url);
const DIST = new URL("../dist/index.js", import.meta.url).href;
const CORE = new URL("../../core/dist/index.js", import.meta.url).href;

describe("WorkerQueue", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let out: string;
  const reports: string[] = [];

  beforeEach(() => {
    resetLogging();
    reports.length = 0;
    setErrorReporter((report) => reports.push(report.message));
    folder = temporaryFolder();
    out = join(folder.path, "out.txt");
    process.env["QUEUE_TEST_OUT"] = out;
  });
  afterEach(() => folder.remove());

  const lines = (): string[] => (existsSync(out) ? readFileSync(out, "utf8").split("\n").slice(0, -1) : []);
  const record = (msg: string) => makeLogRecord({ name: "a", levelno: 20, msg });

  test("carries fields, context, errors, separators and long texts", async () => {
    writeFileSync(
      join(folder.path, "json.mjs"),
      `import { appendFileSync } from "node:fs";
       export default () => ({ level: 0, flush() {}, close() {}, handle(r) {
         appendFileSync(${JSON.stringify(out)}, JSON.stringify([r.name, r.levelname, r.created, r.message, r.extra, r.error?.name, r.error?.cause?.message, r.stackInfo, r.excText, r.processName, r.process, r.thread]) + "\\n");
       } });`,
    );
    const queue = new WorkerQueue({ module: join(folder.path, "json.mjs") });
    const handler = new QueueHandler(queue);
    getLogger().setLevel("INFO");
    getLogger().addHandler(handler);
    getLogger("a\u001fb")
      .with({ request: "r1" })
      .error(
        'odd \u001d\u001e\u001f "text" 😀 %d',
        7,
        { user: 'a"b', n: 1, deep: { list: [1, null] }, nan: Number.NaN },
        new TypeError("wrong", { cause: new Error("deeper") }),
      );
    handler.handle(
      makeLogRecord({
        name: "x",
        levelno: 30,
        levelname: "WARNING",
        msg: "m",
        exc_text: "Traceback",
        stack_info: "Stack",
        process: 4711,
        processName: "other",
        thread: 9,
        created: 1.5,
      }),
    );
    await handler.close();
    const [first, second] = lines().map((line) => JSON.parse(line) as unknown[]) as [unknown[], unknown[]];
    expect(first[0]).toBe("a\u001fb");
    expect(first[3]).toBe('odd \u001d\u001e\u001f "text" 😀 7');
    expect(first[4]).toEqual({ request: "r1", user: 'a"b', n: 1, deep: { list: [1, null] }, nan: "NaN" });
    expect(first.slice(5, 7)).toEqual(["TypeError", "deeper"]);
    expect(first.slice(9)).toEqual(["MainProcess", process.pid, 0]);
    expect(second).toEqual(["x", "WARNING", 1.5, "m", {}, null, null, "Stack", "Traceback", "other", 4711, 9]);
  });

  test("a record that brings the worker down each time is given up after five tries, and the others arrive", async () => {
    const queue = new WorkerQueue({ module: MODULE, export: "mortal" });
    const handler = new QueueHandler(queue);
    for (const text of ["before", "die always", "after"]) handler.handle(record(text));
    const deadline = Date.now() + 20_000;
    while (handler.stats().queued > 0 && Date.now() < deadline) await handler.flush();
    expect(handler.stats()).toMatchObject({ accepted: 3, delivered: 2, failed: { poison: 1 } });
    expect(new Set(lines().map((line) => line.split(" ").slice(2).join(" ")))).toEqual(new Set(["before", "after"]));
    expect(reports.some((text) => text.includes("gave up a record that brought its worker down 5 times"))).toBe(true);
    await handler.close();
  });

  test("a worker that hangs does not hold up the end for more than about 2 seconds; what is left is counted", async () => {
    const queue = new WorkerQueue({ module: MODULE, export: "hanging" });
    const handler = new QueueHandler(queue);
    await queue.ready();
    for (const text of ["first", "hang", "left", "left"]) handler.handle(record(text));
    const since = Date.now();
    await handler.close();
    expect(Date.now() - since).toBeLessThan(3_000);
    const { accepted, delivered, dropped } = handler.stats();
    expect(accepted).toBe(4);
    expect(delivered + (dropped["shutdown"] ?? 0)).toBe(4);
    expect(dropped["shutdown"]).toBeGreaterThanOrEqual(3);
  });

  test("a handler that is slow but alive is waited for", async () => {
    const queue = new WorkerQueue({ module: MODULE, export: "slow" }, { hungMs: 500 });
    const handler = new QueueHandler(queue);
    await queue.ready();
    for (let i = 0; i < 5; i++) {
      handler.handle(record(`record ${i}`));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await handler.close();
    expect(lines()).toEqual(["record 0", "record 1", "record 2", "record 3", "record 4"]);
    expect(handler.stats()).toMatchObject({ delivered: 5, dropped: {} });
  });

  const script = (how: string): string => `
    import { getLogger } from ${JSON.stringify(CORE)};
    import { QueueHandler, WorkerQueue } from ${JSON.stringify(DIST)};
    const queue = new WorkerQueue({ module: ${JSON.stringify(MODULE.href)}, export: process.argv[2] }, { capacity: 20000 });
    const handler = new QueueHandler(queue);
    getLogger().setLevel("INFO"); getLogger().addHandler(handler);
    for (let i = 0; i < 10000; i++) getLogger("a").info("record %d", i);
    process.on("exit", () => console.log(JSON.stringify(handler.stats())));
    ${how}`;

  for (const [how, code] of [
    ["process.exit right after a burst", "process.exit(0);"],
    ["an uncaught error right after a burst", 'throw new Error("uncaught on purpose");'],
    ["the natural end right after a burst", ""],
  ] as const) {
    test(`${how} delivers everything`, async () => {
      const file = join(folder.path, "main.mjs");
      writeFileSync(file, script(code));
      await runNode(file, { args: ["default"], env: { QUEUE_TEST_OUT: out } });
      expect(lines().length).toBe(10_000);
    });
  }

  test("process.exit with a worker that hangs ends within some 2 seconds and counts what is left", async () => {
    const file = join(folder.path, "main.mjs");
    writeFileSync(file, `${script('getLogger("a").info("hang"); await queue.ready(); process.exit(7);')}`);
    const since = Date.now();
    const { code, stderr } = await runNode(file, { args: ["hanging"], env: { QUEUE_TEST_OUT: out } });
    expect(code).toBe(7);
    expect(Date.now() - since).toBeLessThan(5_000);
    expect(stderr).toContain("shutdown");
  });

  test("says what is missing when the handlers cannot be loaded", async () => {
    const failed = async (source: ConstructorParameters<typeof WorkerQueue>[0]): Promise<string> => {
      const queue = new WorkerQueue(source);
      const message = await queue.ready().then(
        () => "loaded",
        (error: Error) => error.message,
      );
      await queue.close();
      return message;
    };
    expect(await failed({ module: MODULE, export: "nothing" })).toMatch(/export nothing gives no handlers/);
    expect(await failed({ module: "/nowhere/handlers.mjs" })).toMatch(/nowhere/);
    expect(() => new WorkerQueue({} as { module: string })).toThrow(/give \{ module \} with a file URL/);
    expect(() => new WorkerQueue({ module: MODULE }, { whenFull: "inline" })).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        message: expect.stringMatching(/^WorkerQueue: whenFull "inline" is not possible.*give "block".*LogQueue$/),
      }),
    );
    expect(() => new WorkerQueue({ module: MODULE, document: {} })).toThrow(/a document or from a module, and both are given/);
    expect(() => attachWorkerQueue({ name: "q" } as WorkerQueueShare, { hungMs: 0 })).toThrow(/q: hungMs is 0; give a whole number/);
    expect(() => attachWorkerQueue({} as WorkerQueueShare, { whenFull: "inline" })).toThrow(/whenFull "inline" is not possible/);
    expect(() => new WorkerQueue({ document: { handlers: { a: () => {} } } })).toThrow(/cannot be sent to another thread/);
  });

  test("says how to get @cordwood/config when a document needs it and it is not there", async () => {
    const file = join(folder.path, "main.mjs");
    writeFileSync(
      file,
      `import { WorkerQueue } from ${JSON.stringify(DIST)}; await new WorkerQueue({ document: { version: 1 }, base: import.meta.url }).ready().catch((e) => console.log(e.code, e.message));`,
    );
    const { stdout } = await runNode(file, { env: { NODE_PATH: "" } });
    expect(stdout).toMatch(/PACKAGE_MISSING .* npm install @cordwood\/config/);
  });

  test("sets the worker up from a configuration document, and gives records to its loggers by name", async () => {
    const handlers = { all: { class: "FileHandler", filename: out }, own: { class: "FileHandler", filename: `${out}.own` } };
    const document = { version: 1, handlers, loggers: { own: { handlers: ["own"] } }, root: { handlers: ["all"] } };
    const queue = new WorkerQueue({ document, base: new URL("../../../package.json", import.meta.url) });
    const handler = new QueueHandler(queue);
    await queue.ready();
    handler.handle(makeLogRecord({ name: "own.part", levelno: 20, msg: "for both" }));
    handler.handle(makeLogRecord({ name: "other", levelno: 10, msg: "for one" }));
    await handler.close();
    expect(lines()).toEqual(["for both", "for one"]);
    expect(readFileSync(`${out}.own`, "utf8")).toBe("for both\n");
  });

  test("runs in this thread where there are no workers", async () => {
    const { getBuiltinModule } = process;
    process.getBuiltinModule = ((name: string) =>
      name === "node:worker_threads" ? undefined : getBuiltinModule(name)) as typeof getBuiltinModule;
    try {
      const queue = new WorkerQueue({ module: MODULE });
      const handler = new QueueHandler(queue);
      expect(queue.isThreaded).toBe(false);
      for (let i = 0; i < 10; i++) handler.handle(record(`record ${i}`));
      await queue.ready();
      await handler.close();
      expect(lines().length).toBe(10);
      expect(handler.stats()).toMatchObject({ accepted: 10, delivered: 10 });
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  });

  const application = (): string => {
    const file = join(folder.path, "app.mjs");
    writeFileSync(
      file,
      `import { getLogger, shutdown } from "@cordwood/core";
       import { QueueHandler, WorkerQueue } from "@cordwood/handlers-queue";
       getLogger().setLevel("INFO");
       getLogger().addHandler(new QueueHandler(new WorkerQueue({ module: process.env.QUEUE_TEST_MODULE })));
       getLogger("bundled").info("from a bundle");
       await shutdown();`,
    );
    return file;
  };
  const root = new URL("..", import.meta.url).pathname;

  test("works bundled by esbuild into one file", async () => {
    const bundle = join(folder.path, "bundle.mjs");
    buildSync({
      entryPoints: [application()],
      bundle: true,
      minify: true,
      format: "esm",
      platform: "node",
      outfile: bundle,
      alias: { "@cordwood/core": new URL(CORE).pathname, "@cordwood/handlers-queue": new URL(DIST).pathname },
      logLevel: "error",
    });
    await runNode(bundle, { env: { QUEUE_TEST_OUT: out, QUEUE_TEST_MODULE: MODULE.href } });
    expect(lines()).toEqual(["- MainThread from a bundle"]);
  });

  test("works bundled by Vite into one file", async () => {
    const config = join(folder.path, "vite.config.mjs");
    const alias = { "@cordwood/core": CORE, "@cordwood/handlers-queue": DIST };
    const paths = Object.fromEntries(Object.entries(alias).map(([name, url]) => [name, new URL(url).pathname]));
    writeFileSync(
      config,
      `export default { logLevel: "error", root: ${JSON.stringify(folder.path)}, resolve: { alias: ${JSON.stringify(paths)} }, ssr: { noExternal: true },
        build: { ssr: ${JSON.stringify(application())}, outDir: ${JSON.stringify(join(folder.path, "dist"))}, rollupOptions: { output: { entryFileNames: "app.mjs" } } } };`,
    );
    execFileSync(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--config", config], {
      cwd: root,
      stdio: "pipe",
    });
    await runNode(join(folder.path, "dist/app.mjs"), { env: { QUEUE_TEST_OUT: out, QUEUE_TEST_MODULE: MODULE.href } });
    expect(lines()).toEqual(["- MainThread from a bundle"]);
  });
});
