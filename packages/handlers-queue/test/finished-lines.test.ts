import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Worker } from "node:worker_threads";
import { type FormatterLike, makeLogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { FileHandler } from "@cordwood/handlers-file";
import { LogQueue, QueueHandler, QueueListener, WorkerQueue, type WorkerQueueOptions } from "@cordwood/handlers-queue";
import { runNode, temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

// Crashes and restarts take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const MODULE = new URL("./support/line-handlers.mjs", import.meta.url);
const DIST = new URL("../dist/index.js", import.meta.url).href;
const CORE = new URL("../../core/dist/index.js", import.meta.url).href;

/** Counts what it formats: by this one knows where the lines were made. */
const formatter = (): FormatterLike & { made: number } => ({
  made: 0,
  format(record) {
    this.made++;
    return `${record.levelname} ${record.getMessage()} ${JSON.stringify(record.fields ?? {})}`;
  },
});

describe("finished lines", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let out: string;

  beforeEach(() => {
    resetLogging();
    setErrorReporter(() => {});
    folder = temporaryFolder();
    out = join(folder.path, "out.log");
    process.env["QUEUE_TEST_OUT"] = out;
  });
  afterEach(() => folder.remove());

  const text = (path = out): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const lines = (path = out): string[] => text(path).split("\n").slice(0, -1);
  const record = (msg: string, levelno = 20, fields?: object) => makeLogRecord({ name: "a.b", levelno, msg, fields });
  const open = (kind: string, options: WorkerQueueOptions = {}) => {
    const queue = new WorkerQueue({ module: MODULE, export: kind }, { whenFull: { block: { maxMs: 30_000 } }, ...options });
    const format = formatter();
    return { queue, format, handler: new QueueHandler(queue, { formatter: format }) };
  };

  test("are made by the caller and written by the worker as they are, in order, whatever is in them", async () => {
    const { queue, format, handler } = open("default");
    const wanted: string[] = [];
    const log = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const n = wanted.length;
        const msg = `${n} ${n % 7 === 0 ? "größer 日本 😀" : "plain"}${n % 5 === 0 ? "\n  and\tmore" : ""}${n % 3 === 0 ? " \x1b[1m\x1e\x1f" : ""}`;
        const taken = record(msg, [10, 20, 30][n % 3], { n });
        wanted.push(`${format.format(taken)}\n`);
        handler.handle(taken);
      }
    };
    // While the worker has not said yet what it takes …
    log(300);
    await queue.ready();
    await handler.flush();
    expect(queue.takesLines).toBe(true);
    // … and then.
    log(5_000);
    await handler.close();
    expect(text()).toBe(wanted.join(""));
    expect(handler.stats()).toMatchObject({ accepted: 5_300, delivered: 5_300, queued: 0, dropped: {}, failed: {} });
    expect(queue.stats()).toMatchObject({ accepted: 5_300, delivered: 5_300, queued: 0 });
  });

  test("are spread over the files of a handler that rolls over, none of them missing or twice", async () => {
    const { queue, handler } = open("rotating");
    await queue.ready();
    for (let i = 0; i < 20_000; i++) handler.handle(record(`${i} ${"x".repeat(i % 100)}`));
    await handler.close();
    const files = readdirSync(folder.path).filter((name) => name.startsWith(basename(out)));
    const age = (name: string): number => Number(name.slice(basename(out).length + 1));
    const all = files.sort((a, b) => age(b) - age(a)).flatMap((name) => lines(join(folder.path, name)));
    expect(files.length).toBeGreaterThan(10);
    expect(all.map((line) => Number(line.split(" ")[1]))).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
    for (const name of files) expect(text(join(folder.path, name)).length).toBeLessThan(100_000);
  });

  test("keep their place among records of other handlers that use the same queue", async () => {
    const { queue, handler } = open("default");
    const other = new QueueHandler(queue);
    await queue.ready();
    const wanted: string[] = [];
    for (let i = 0; i < 3_000; i++) {
      const formatted = i % 10 < 5;
      (formatted ? handler : other).handle(record(`${i}`));
      wanted.push(formatted ? `INFO ${i} {}` : `${i}`);
    }
    await other.flush();
    expect(lines()).toEqual(wanted);
    expect(handler.stats().delivered + other.stats().delivered).toBe(3_000);
    await handler.close();
    await other.close();
  });

  test("wait behind one another when the memory is full, and arrive in order", async () => {
    const { queue, handler } = open("default", { maxBytes: 100_000 });
    await queue.ready();
    for (let i = 0; i < 5_000; i++) handler.handle(record(`${i} ${"x".repeat(200)}${i % 100 === 0 ? "日本".repeat(500) : ""}`));
    await handler.close();
    expect(lines().map((line) => Number(line.split(" ")[1]))).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
    expect(handler.stats()).toMatchObject({ accepted: 5_000, delivered: 5_000, dropped: {} });
  });

  test("of which one is larger than the memory allows is dropped and counted, and the others arrive", async () => {
    const { queue, handler } = open("default", { maxBytes: 100_000 });
    await queue.ready();
    for (const msg of ["before", "x".repeat(20_000), "after"]) handler.handle(record(msg));
    await handler.close();
    expect(lines()).toEqual(["INFO before {}", "INFO after {}"]);
    expect(handler.stats()).toMatchObject({ accepted: 3, delivered: 2, dropped: { oversize: 1 } });
  });

  test("respect the handlers' levels when asked to, and only then", async () => {
    for (const respectHandlerLevel of [true, false]) {
      out = join(folder.path, `${respectHandlerLevel}.log`);
      process.env["QUEUE_TEST_OUT"] = out;
      const { queue, handler } = open("two", { respectHandlerLevel });
      await queue.ready();
      for (let i = 0; i < 100; i++) handler.handle(record(`${i}`, i % 2 === 0 ? 20 : 30));
      await handler.close();
      expect(lines().length).toBe(100);
      expect(lines(`${out}.warnings`).length).toBe(respectHandlerLevel ? 50 : 100);
    }
  });

  test("are not sent where a handler has use for the record: it gets all of it", async () => {
    const { queue, handler } = open("mixed");
    await queue.ready();
    handler.handle(record("with fields", 20, { user: "alice" }));
    await handler.close();
    expect(queue.takesLines).toBe(false);
    expect(lines()).toEqual(['INFO with fields {"user":"alice"}']);
    expect(JSON.parse(lines(`${out}.json`)[0] as string)).toMatchObject({
      msg: 'INFO with fields {"user":"alice"}',
      name: "a.b",
      user: "alice",
    });
  });

  test("are taken by the loggers of a configuration document, where all records end at the root", async () => {
    const base = new URL("../../../package.json", import.meta.url);
    const handlers = {
      all: { class: "FileHandler", filename: out },
      warnings: { class: "FileHandler", filename: `${out}.warnings`, level: "WARNING" },
    };
    const root = { handlers: ["all", "warnings"] };
    for (const [loggers, takes] of [
      [{ "a.b": { level: "ERROR" } }, true],
      [{ "a.b": { handlers: ["all"] } }, false],
    ] as const) {
      const queue = new WorkerQueue({ document: { version: 1, handlers, root, loggers }, base });
      await queue.ready();
      expect(queue.takesLines).toBe(takes);
      const handler = new QueueHandler(queue, { formatter: formatter() });
      for (let i = 0; i < 100; i++) handler.handle(record(`${i}`, i % 4 === 0 ? 30 : 20));
      await handler.close();
      expect(handler.stats()).toMatchObject({ accepted: 100, delivered: 100 });
    }
    const level = (i: number): string => (i % 4 === 0 ? "WARNING" : "INFO");
    const once = Array.from({ length: 100 }, (_, i) => `${level(i)} ${i} {}`);
    expect(lines()).toEqual([...once, ...once.flatMap((line) => [line, line])]);
    expect(lines(`${out}.warnings`)).toEqual([...once, ...once].filter((line) => line.startsWith("WARNING")));
  });

  test("become records again for a handler that has come to need them", async () => {
    const { queue, handler } = open("changing");
    await queue.ready();
    for (let i = 0; i < 1_000; i++) handler.handle(record(`${i}`, i === 999 ? 30 : 20));
    await handler.flush();
    expect(queue.takesLines).toBe(false);
    handler.handle(record("last"));
    await handler.close();
    const numbers = lines().map((line) => Number(/(?:INFO|WARNING) (\d+) \{\}$/.exec(line)?.[1]));
    expect(numbers.slice(0, -1)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(lines()[0]).toBe("INFO 0 {}");
    expect(lines()[999]).toBe("a.b WARNING WARNING 999 {}");
    expect(lines()[1_000]).toBe("a.b INFO INFO last {}");
  });

  test("of a worker that dies reach the next one: nothing is missing", async () => {
    const { queue, handler } = open("mortal");
    await queue.ready();
    const sent: string[] = [];
    for (let crash = 0; crash < 10; crash++) {
      for (let i = 0; i < 50; i++) {
        sent.push(i === 20 ? `die once ${crash}` : `record ${crash} ${i}`);
        handler.handle(record(sent.at(-1) as string));
      }
      await vi.waitUntil(() => text().includes(`die once ${crash} `), { timeout: 20_000, interval: 1 });
    }
    while (handler.stats().queued > 0) await handler.flush();
    const seen = lines().map((line) => line.replace(/^INFO | \{\}$/g, ""));
    expect(new Set(seen)).toEqual(new Set(sent));
    expect(handler.stats()).toMatchObject({ accepted: 500, delivered: 500, failed: {}, dropped: {} });
    await handler.close();
  });

  test("of which one brings the worker down each time: it is given up after five tries, and the others arrive", async () => {
    const { queue, handler } = open("mortal");
    await queue.ready();
    for (const msg of ["before", "die always", "after"]) handler.handle(record(msg));
    await vi.waitUntil(() => handler.stats().queued === 0, { timeout: 30_000 });
    expect(handler.stats()).toMatchObject({ accepted: 3, delivered: 2, failed: { poison: 1 } });
    expect(new Set(lines())).toEqual(new Set(["INFO before {}", "INFO after {}"]));
    await handler.close();
  });

  for (const [how, code] of [
    ["process.exit right after a burst", "process.exit(0);"],
    ["an uncaught error right after a burst", 'throw new Error("uncaught on purpose");'],
    ["the natural end right after a burst", ""],
  ] as const) {
    test(`are all there after ${how}`, async () => {
      const file = join(folder.path, "main.mjs");
      writeFileSync(
        file,
        `import { getLogger } from ${JSON.stringify(CORE)};
         import { QueueHandler, WorkerQueue } from ${JSON.stringify(DIST)};
         const queue = new WorkerQueue({ module: ${JSON.stringify(MODULE.href)} }, { capacity: 50000 });
         const handler = new QueueHandler(queue, { formatter: { format: (r) => r.getMessage() } });
         getLogger().setLevel("INFO"); getLogger().addHandler(handler);
         for (let i = 0; i < 10000; i++) getLogger("a").info("record %d", i);
         await queue.ready();
         for (let i = 10000; i < 30000; i++) getLogger("a").info("record %d", i);
         ${code}`,
      );
      await runNode(file, { env: { QUEUE_TEST_OUT: out } });
      expect(lines()).toEqual(Array.from({ length: 30_000 }, (_, i) => `record ${i}`));
    });
  }

  test("of other threads arrive too, through what they share", async () => {
    const { queue } = open("default");
    await queue.ready();
    const script = `
      const { workerData } = require("node:worker_threads");
      (async () => {
        const { attachWorkerQueue, QueueHandler } = await import(${JSON.stringify(DIST)});
        const { getLogger } = await import(${JSON.stringify(CORE)});
        const end = attachWorkerQueue(workerData.share, { whenFull: { block: { maxMs: 60000 } } });
        if (!end.takesLines) throw new Error("takes no lines");
        const handler = new QueueHandler(end, { formatter: { format: (r) => workerData.n + " " + r.getMessage() } });
        getLogger().setLevel("INFO"); getLogger().addHandler(handler);
        for (let i = 0; i < 20000; i++) getLogger("a").info("%d", i);
        await handler.close();
        const { accepted, delivered } = handler.stats();
        if (accepted !== 20000 || delivered !== 20000) throw new Error(JSON.stringify(handler.stats()));
      })();`;
    const ends = [0, 1, 2].map(
      (n) =>
        new Promise<void>((resolve, reject) =>
          new Worker(script, { eval: true, workerData: { share: queue.share(), n } })
            .once("error", reject)
            .once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`)))),
        ),
    );
    await Promise.all(ends);
    await queue.close();
    for (const n of [0, 1, 2]) {
      const own = lines().filter((line) => line.startsWith(`${n} `));
      expect(own).toEqual(Array.from({ length: 20_000 }, (_, i) => `${n} ${i}`));
    }
  });

  test("tell of losses in a line of the same kind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { queue, handler } = open("default", { capacity: 10, whenFull: "drop-newest" });
    try {
      await queue.ready();
      for (let i = 0; i < 50; i++) handler.handle(record(`${i}`));
      vi.advanceTimersByTime(10_000);
    } finally {
      vi.useRealTimers();
    }
    await handler.close();
    const lost = handler.stats().dropped["full"] as number;
    expect(lost).toBeGreaterThan(0);
    expect(lines().at(-1)).toBe(`WARNING WorkerQueue lost ${lost} records in 10 s: full ${lost} {"dropped":{"full":${lost}}}`);
  });

  test("are counted as failed.emit when the formatter throws", async () => {
    const { queue } = open("default");
    await queue.ready();
    const broken = new QueueHandler(queue, {
      formatter: {
        format() {
          throw new Error("on purpose");
        },
      },
    });
    broken.handle(record("x"));
    expect(broken.stats()).toMatchObject({ accepted: 1, failed: { emit: 1 } });
    expect(queue.stats()).toMatchObject({ accepted: 0 });
    await queue.close();
  });

  test("go through a LogQueue and through a WorkerQueue without threads in the same way", async () => {
    const coloured = "\x1b[32mgreen\x1b[0m";
    const file = new FileHandler(out, { buffering: {} });
    const queue = new LogQueue();
    const format = formatter();
    const handler = new QueueHandler(queue, { formatter: format });
    // Nobody has said yet who listens.
    handler.handle(record(coloured, 20, { n: 1 }));
    const listener = new QueueListener(queue, file).start();
    expect(queue.takesLines).toBe(true);
    handler.handle(record(coloured, 20, { n: 2 }));
    await listener.stop();
    await file.close();
    await handler.close();
    expect(lines()).toEqual([`INFO ${coloured} {"n":1}`, `INFO ${coloured} {"n":2}`]);
    expect(handler.stats()).toMatchObject({ accepted: 2, delivered: 2 });

    const { getBuiltinModule } = process;
    process.getBuiltinModule = ((name: string) =>
      name === "node:worker_threads" ? undefined : getBuiltinModule(name)) as typeof getBuiltinModule;
    try {
      out = join(folder.path, "here.log");
      const here = new WorkerQueue({
        module: `data:text/javascript,import { FileHandler } from ${JSON.stringify(new URL("../../handlers-file/dist/index.js", import.meta.url).href)}; export default () => new FileHandler(${JSON.stringify(out)});`,
      });
      expect(here.isThreaded).toBe(false);
      const local = new QueueHandler(here, { formatter: format });
      await here.ready();
      expect(here.takesLines).toBe(true);
      local.handle(record(coloured));
      await local.close();
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
    expect(lines()).toEqual([`INFO ${coloured} {}`]);
  });
});
