import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeLogRecord, setErrorReporter } from "@cordwood/core";
import { HttpHandler } from "@cordwood/handlers-net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { until } from "./support/until.js";

const record = (i: number): ReturnType<typeof makeLogRecord> =>
  makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${i}` });

describe("the build for browsers", () => {
  test("reaches no import of a module of Node", () => {
    const entry = fileURLToPath(new URL("../dist/browser.js", import.meta.url));
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      exports: Record<string, { browser?: { default: string } }>;
    };
    expect(manifest.exports["."]!.browser!.default).toBe("./dist/browser.js");
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, specifier] of readFileSync(path, "utf8").matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
        if (specifier!.startsWith(".")) visit(join(dirname(path), specifier!));
        else expect(specifier).toBe("@cordwood/core");
      }
    };
    visit(entry);
    expect(seen.size).toBeGreaterThan(0);
  });
});

describe("HttpHandler in a browser", () => {
  const listeners = new Map<string, () => void>();
  const page = globalThis as Record<string, unknown>;
  const getBuiltinModule = process.getBuiltinModule;
  let beacons: { url: string; type: string; text: Promise<string> }[] = [];
  let fetched: { url: string; init: RequestInit }[] = [];
  let answer: () => Response = () => new Response(null, { status: 204 });

  beforeEach(() => {
    setErrorReporter(() => {});
    beacons = [];
    fetched = [];
    listeners.clear();
    answer = () => new Response(null, { status: 204 });
    (process as { getBuiltinModule?: unknown }).getBuiltinModule = undefined;
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      fetched.push({ url, init });
      return answer();
    });
    vi.stubGlobal("navigator", {
      sendBeacon: (url: string, blob: Blob) => {
        beacons.push({ url, type: blob.type, text: blob.text() });
        return true;
      },
    });
    page["addEventListener"] = (type: string, listener: () => void) => void listeners.set(type, listener);
    page["removeEventListener"] = (type: string) => void listeners.delete(type);
    page["document"] = { visibilityState: "visible" };
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    process.getBuiltinModule = getBuiltinModule;
    for (const name of ["addEventListener", "removeEventListener", "document"]) delete page[name];
    setErrorReporter(null);
  });

  test("sends batches by fetch: no redirect, no cookies, no header that a browser forbids", async () => {
    const handler = new HttpHandler("logs.example", "/in?a=b", {
      secure: true,
      format: "json",
      maxBatchRecords: 2,
      gzip: true,
      credentials: { bearer: "t" },
    });
    handler.handle(record(0));
    handler.handle(record(1));
    await until("the request", () => handler.stats().delivered === 2);
    const [{ url, init }] = fetched as [{ url: string; init: RequestInit }];
    expect(url).toBe("https://logs.example/in?a=b");
    expect(init).toMatchObject({ method: "POST", redirect: "manual", credentials: "omit", keepalive: true });
    expect(init.headers).toEqual([
      ["Content-type", "application/json"],
      ["Content-encoding", "gzip"],
      ["Authorization", "Bearer t"],
    ]);
    await handler.close();
  });

  test("tries again after an error, and counts a redirect as lost", async () => {
    let count = 0;
    answer = () => new Response(null, { status: ++count < 3 ? 503 : 204 });
    const handler = new HttpHandler("logs.example", "/", { format: "ndjson", maxDelayMs: 1, retryInitialMs: 2 });
    handler.handle(record(0));
    await handler.flush();
    expect([count, handler.stats().delivered]).toEqual([3, 1]);
    answer = () => Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
    handler.handle(record(1));
    await handler.flush();
    expect(handler.stats()).toMatchObject({ delivered: 1, queued: 0, failed: { redirect: 1 } });
    await handler.close();
  });

  test("what is held leaves as a beacon for the page's own origin when the page is hidden", async () => {
    vi.stubGlobal("location", { origin: "http://logs.example" });
    const handler = new HttpHandler("logs.example", "/in", { format: "ndjson", maxDelayMs: 60_000 });
    for (let i = 0; i < 3; i++) handler.handle(record(i));
    page["document"] = { visibilityState: "hidden" };
    listeners.get("visibilitychange")!();
    expect(handler.stats()).toMatchObject({ accepted: 3, delivered: 3, queued: 0 });
    expect(beacons).toMatchObject([{ url: "http://logs.example/in", type: "application/x-ndjson" }]);
    expect((await beacons[0]!.text).trim().split("\n").length).toBe(3);
    await handler.close();
    expect(listeners.size).toBe(0);
  });

  test("a beacon for another origin would be refused, so it leaves by fetch; a form needs no asking", async () => {
    vi.stubGlobal("location", { origin: "http://app.example" });
    const handler = new HttpHandler("logs.example", "/in", { format: "ndjson", maxDelayMs: 60_000 });
    handler.handle(record(0));
    listeners.get("pagehide")!();
    expect([beacons.length, fetched.length, fetched[0]!.init.keepalive]).toEqual([0, 1, true]);
    await handler.close();
  });

  test("where fetch does not outlive a page, a beacon of plain text leaves", async () => {
    vi.stubGlobal("location", { origin: "http://app.example" });
    vi.stubGlobal("Request", class {});
    const handler = new HttpHandler("logs.example", "/in", { format: "ndjson", maxDelayMs: 60_000 });
    handler.handle(record(0));
    listeners.get("pagehide")!();
    expect([beacons.map(({ type }) => type), fetched.length]).toEqual([["text/plain"], 0]);
    await handler.close();
  });

  test("with credentials it leaves by fetch, which can carry them", async () => {
    const handler = new HttpHandler("logs.example", "/in", { format: "json", maxDelayMs: 60_000, credentials: ["user", "secret"] });
    handler.handle(record(0));
    listeners.get("pagehide")!();
    expect(beacons).toEqual([]);
    expect(fetched.length).toBe(1);
    expect(fetched[0]!.init.keepalive).toBe(true);
    await handler.close();
  });
});
