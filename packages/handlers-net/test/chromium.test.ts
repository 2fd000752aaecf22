import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type LogRecord, resetLogging, setErrorReporter } from "@cordwood/core";
import { type HttpHandlerOptions, type HttpReceiverAddress, LogReceiver } from "@cordwood/handlers-net";
import { missingService } from "@cordwood/test-kit";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "./support/until.js";

interface Stats {
  readonly accepted: number;
  readonly delivered: number;
  readonly queued: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}
/** What `page.mjs` puts onto the page. */
declare const page: {
  start(host: string, url: string, options: HttpHandlerOptions): void;
  log(count: number, padding?: number): void;
  burst(each: number, everyMs: number, padding?: number): void;
  flush(): Promise<void>;
  stats(): Stats;
  lastWords(): string;
};

const missing = await missingService("chromium");

describe.skipIf(missing)("HttpHandler in Chromium", () => {
  let browser: Browser;
  let pages: Server;
  let origin: string;
  let receiver: LogReceiver;
  let seen: number[] = [];
  let context: BrowserContext;

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [new URL("./support/page.mjs", import.meta.url).pathname],
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
      logLevel: "error",
    });
    const script = outputFiles[0]!.text;
    pages = createServer((request, response) => {
      const isScript = request.url === "/page.mjs";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : '<!doctype html><title>page</title><script type="module" src="/page.mjs"></script>');
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    const executablePath = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim();
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser?.close();
    pages?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    setErrorReporter(() => {});
    seen = [];
  });
  afterEach(async () => {
    await context.close();
    await receiver.close();
    resetLogging();
  });

  const receive = async (options: Partial<HttpReceiverAddress> = {}): Promise<string> => {
    const onRecord = (record: LogRecord): void => void seen.push(Number(/record (\d+)/.exec(record.getMessage())![1]));
    receiver = await new LogReceiver({ http: { port: 0, allowedOrigins: [origin], ...options } }, { onRecord }).start();
    return `127.0.0.1:${receiver.addresses().http!.port}`;
  };
  const visit = async (host?: string, options: HttpHandlerOptions = {}): Promise<Page> => {
    const visited = await context.newPage();
    await visited.goto(origin);
    await visited.waitForFunction(() => "page" in globalThis);
    if (host !== undefined) await visited.evaluate(([where, settings]) => page.start(where, "/log", settings), [host, options] as const);
    return visited;
  };
  /** What the handler said of itself when its page went away. */
  const lastWords = async (): Promise<{ logged: number; stats: Stats }> =>
    JSON.parse(await (await visit()).evaluate(() => page.lastWords())) as { logged: number; stats: Stats };
  /** At the end of a page several requests leave at once: in any order, and when the browser repeats one, twice. */
  const arrived = (): number[] => [...new Set(seen)].sort((a, b) => a - b);
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  test.for([{ format: "ndjson" }, { format: "json", gzip: true }, { format: "json", credentials: { bearer: "secret" } }] as const)(
    "sends batches to another origin, each record once and in order (%o)",
    async (options) => {
      const host = await receive("credentials" in options ? { authorization: "Bearer secret" } : {});
      const visited = await visit(host, { ...options, maxDelayMs: 20, maxBatchRecords: 100 });
      await visited.evaluate(async () => {
        page.log(1_000, 100);
        await page.flush();
      });
      expect(await visited.evaluate(() => page.stats())).toMatchObject({ accepted: 1_000, delivered: 1_000, queued: 0, failed: {} });
      expect(seen).toEqual(range(1_000));
    },
  );

  test("sends Python's form for each record", async () => {
    const host = await receive();
    const visited = await visit(host, { method: "POST" });
    await visited.evaluate(async () => {
      page.log(50);
      await page.flush();
    });
    expect(seen).toEqual(range(50));
  });

  test("a page of an origin that is not allowed sends nothing, and counts it", async () => {
    const host = await receive({ allowedOrigins: ["https://other.example"] });
    const visited = await visit(host, { format: "json", maxDelayMs: 1, maxAttempts: 2, retryInitialMs: 1 });
    await visited.evaluate(async () => {
      page.log(5);
      await page.flush();
    });
    const stats = await visited.evaluate(() => page.stats());
    expect(stats.delivered).toBe(0);
    expect(stats.failed).toEqual({ connection: 5 });
    expect(seen).toEqual([]);
  });

  test.for([
    { format: "ndjson" },
    { format: "json" },
    { format: "ndjson", gzip: true },
    { format: "json", credentials: { bearer: "t" } },
  ] as const)("what is held leaves when the page goes away (%o)", async (options) => {
    const host = await receive("credentials" in options ? { authorization: "Bearer t" } : {});
    const visited = await visit(host, { ...options, maxDelayMs: 600_000 });
    await visited.evaluate(() => page.log(100));
    await visited.goto(`${origin}/other`);
    await until("the records", () => arrived().length >= 100);
    expect(arrived()).toEqual(range(100));
    const { logged, stats } = await lastWords();
    // A request that was under way already gets there as well, but the page does not hear of it any more.
    expect([logged, stats.delivered + stats.queued]).toEqual([100, 100]);
    expect(stats.delivered).toBeGreaterThan(0);
  });

  test("more than browsers take along stays counted as queued, and is not called delivered", async () => {
    const host = await receive();
    const visited = await visit(host, { format: "ndjson", maxDelayMs: 600_000, maxBatchRecords: 10_000, maxBatchBytes: 10_000_000 });
    await visited.evaluate(() => page.log(500, 1_000));
    await visited.close({ runBeforeUnload: true });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { logged, stats } = await lastWords();
    console.log(
      `page closed with ${logged} records of 1.4 KB: ${stats.delivered} left with it and ${seen.length} arrived, ${stats.queued} could not`,
    );
    expect(stats.delivered).toBeGreaterThan(10);
    // What else arrives was under way when the page ended, and nobody can tell the page any more.
    expect(arrived().slice(0, stats.delivered)).toEqual(range(stats.delivered));
    expect(stats.delivered + stats.queued).toBe(logged);
  });

  test("a page that is closed in the middle of a burst: what was called delivered has arrived", async () => {
    const host = await receive();
    const visited = await visit(host, { format: "ndjson", maxDelayMs: 50 });
    await visited.evaluate(() => page.burst(20, 10, 100));
    await until("some records", () => seen.length > 500);
    await visited.close({ runBeforeUnload: true });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { logged, stats } = await lastWords();
    console.log(
      `page left in a burst: logged ${logged}, called delivered ${stats.delivered}, under way ${stats.queued}; arrived ${new Set(seen).size}`,
    );
    expect(stats.delivered + stats.queued).toBe(logged);
    expect(arrived().slice(0, stats.delivered)).toEqual(range(stats.delivered));
  });
});
