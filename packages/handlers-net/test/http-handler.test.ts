import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { type LogRecord, makeLogRecord, setErrorReporter } from "@cordwood/core";
import { HttpHandler, type HttpHandlerOptions, LogReceiver } from "@cordwood/handlers-net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { until } from "./support/until.js";

// Servers and processes of a loaded machine take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const closing: { close(): unknown }[] = [];
let reports: string[] = [];
beforeEach(() => {
  reports = [];
  setErrorReporter((report) => void reports.push(`${report.cause} ${report.message} ${String(report.error)}`));
});
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
  setErrorReporter(null);
});

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly records: { msg: string }[];
}

/** A server that answers as told and keeps the records of what it took. */
const serve = async (
  answer: (request: Request, response: ServerResponse, count: number) => void,
): Promise<{ server: Server; host: string; requests: Request[] }> => {
  const requests: Request[] = [];
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      let body = Buffer.concat(parts);
      if (incoming.headers["content-encoding"] === "gzip") body = gunzipSync(body);
      const text = body.toString();
      const records =
        text === "" || text.startsWith("name=")
          ? []
          : text.startsWith("[")
            ? JSON.parse(text)
            : text
                .trimEnd()
                .split("\n")
                .map((line) => JSON.parse(line));
      const request = { method: incoming.method!, url: incoming.url!, headers: incoming.headers, records };
      requests.push(request);
      answer(request, response, requests.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
};

const log = (handler: HttpHandler, count: number): void => {
  for (let i = 0; i < count; i++) handler.handle(makeLogRecord({ name: "app", levelno: 20, levelname: "INFO", msg: `record ${i}` }));
};
const make = (host: string, options: HttpHandlerOptions = {}): HttpHandler => {
  const handler = new HttpHandler(host, "/log", {
    format: "json",
    retryInitialMs: 5,
    retryMaxMs: 20,
    maxDelayMs: 20,
    closeTimeoutMs: 3_000,
    ...options,
  });
  closing.push(handler);
  return handler;
};
const taken = (requests: Request[]): string[] => requests.flatMap((request) => request.records.map((record) => record.msg));
const range = (count: number): string[] => Array.from({ length: count }, (_, i) => `record ${i}`);

describe("HttpHandler", () => {
  test.for([
    ["json", false],
    ["ndjson", false],
    ["json", true],
    ["ndjson", true],
  ] as const)("sends batches by count and by delay, in order (%s, gzip %s)", async ([format, gzip]) => {
    const { host, requests } = await serve((_request, response) => response.writeHead(200).end());
    const handler = make(host, { format, gzip, maxBatchRecords: 10, credentials: { bearer: "token" } });
    log(handler, 25);
    await until("all by themselves", () => handler.stats().delivered === 25);
    expect(requests.map((request) => request.records.length)).toEqual([10, 10, 5]);
    expect(taken(requests)).toEqual(range(25));
    expect(requests[0]!.headers).toMatchObject({
      "content-type": format === "json" ? "application/json" : "application/x-ndjson",
      authorization: "Bearer token",
    });
    expect(handler.stats()).toEqual({ accepted: 25, delivered: 25, queued: 0, dropped: {}, failed: {} });
  });

  test("sends batches by bytes", async () => {
    const { host, requests } = await serve((_request, response) => response.writeHead(204).end());
    const handler = make(host, { maxBatchBytes: 2_000 });
    log(handler, 20);
    await handler.flush();
    expect(requests.length).toBeGreaterThan(3);
    expect(taken(requests)).toEqual(range(20));
  });

  test.for([408, 429, 500, 503])("tries again after %i, and loses nothing", async (status) => {
    const { host, requests } = await serve((_request, response, count) => response.writeHead(count < 3 ? status : 200).end());
    const handler = make(host);
    log(handler, 5);
    await handler.flush();
    expect(requests.length).toBe(3);
    expect(handler.stats()).toMatchObject({ delivered: 5, queued: 0, failed: {} });
  });

  test("waits as long as Retry-After says, in seconds or until a date", async () => {
    const times: number[] = [];
    const { host } = await serve((_request, response, count) => {
      times.push(Date.now());
      if (count === 1) response.writeHead(503, { "retry-after": "1" }).end();
      else if (count === 2) response.writeHead(429, { "retry-after": new Date(Date.now() + 1_900).toUTCString() }).end();
      else response.writeHead(200).end();
    });
    const handler = make(host, { closeTimeoutMs: 8_000 });
    log(handler, 1);
    await handler.flush();
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(950);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(800);
  });

  test.for([400, 401, 404])("does not try again after %i, and counts what is lost", async (status) => {
    const { host, requests } = await serve((_request, response) => response.writeHead(status).end());
    const handler = make(host);
    log(handler, 5);
    await handler.flush();
    expect(requests.length).toBe(1);
    expect(handler.stats()).toMatchObject({ delivered: 0, queued: 0, failed: { [`http${status}`]: 5 } });
  });

  test("halves a batch that is too large for the far side, and keeps the order", async () => {
    const { host, requests } = await serve((request, response) => response.writeHead(request.records.length > 3 ? 413 : 200).end());
    const handler = make(host);
    log(handler, 20);
    await handler.flush();
    expect(taken(requests.filter((request) => request.records.length <= 3))).toEqual(range(20));
    expect(handler.stats()).toMatchObject({ delivered: 20, failed: {} });
  });

  test("follows no redirect: neither records nor credentials go elsewhere", async () => {
    const elsewhere = await serve((_request, response) => response.writeHead(200).end());
    const { host } = await serve((_request, response) => response.writeHead(301, { location: `http://${elsewhere.host}/` }).end());
    const handler = make(host, { credentials: ["user", "secret"] });
    log(handler, 3);
    await handler.flush();
    expect(elsewhere.requests).toEqual([]);
    expect(handler.stats()).toMatchObject({ failed: { redirect: 3 } });
  });

  test("an answer that never ends and one that never comes do not hold it up", async () => {
    const { host, requests } = await serve((_request, response, count) => {
      if (count === 1) return; // No answer at all.
      response.writeHead(200);
      const more = setInterval(() => response.write("x".repeat(10_000)), 1);
      response.on("close", () => clearInterval(more));
    });
    const handler = make(host, { requestTimeoutMs: 1_000, maxBatchRecords: 1 });
    log(handler, 3);
    await handler.flush();
    expect(requests.length).toBe(4);
    expect(handler.stats()).toMatchObject({ delivered: 3 });
  });

  test("a server that is away costs no more than the queue, and each lost record is counted once", async () => {
    const handler = make("127.0.0.1:1", { capacity: 10, maxAttempts: 2, closeTimeoutMs: 500 });
    log(handler, 50);
    expect(handler.stats()).toMatchObject({ accepted: 50, dropped: { full: 40 } });
    await handler.flush();
    expect(handler.stats()).toMatchObject({ queued: 0, failed: { connection: 10 } });
  });

  test("says nothing of credentials, tokens or queries in its reports", async () => {
    const handler = new HttpHandler("127.0.0.1:2", "/log?token=geheim", {
      format: "json",
      credentials: ["user", "kennwort"],
      maxAttempts: 1,
      maxDelayMs: 1,
    });
    closing.push(handler);
    log(handler, 1);
    await handler.flush();
    expect(reports.length).toBeGreaterThan(0);
    expect(reports.join("\n")).not.toMatch(/geheim|kennwort|a2VubndvcnQ/);
    expect(JSON.stringify(handler)).not.toMatch(/kennwort/);
  });

  test("refuses what could split a request or carry credentials where they do not belong", () => {
    const code = (error: string) => expect.objectContaining({ code: error });
    expect(() => new HttpHandler("localhost", "/a\r\nHost: evil")).toThrow(code("HTTP_URL_INVALID"));
    expect(() => new HttpHandler("user:pw@localhost", "/")).toThrow(code("HTTP_URL_INVALID"));
    expect(() => new HttpHandler("localhost", "http://user:pw@evil/")).toThrow(code("HTTP_URL_INVALID"));
    expect(() => new HttpHandler("local\nhost", "/")).toThrow(code("HTTP_URL_INVALID"));
    expect(() => new HttpHandler("localhost", "/", { headers: { "x-a": "b\r\nx-c: d" } })).toThrow(code("HTTP_HEADER_INVALID"));
    expect(() => new HttpHandler("localhost", "/", { credentials: { bearer: "a\nb" } })).toThrow(code("HTTP_HEADER_INVALID"));
    expect(() => new HttpHandler("localhost", "/", { method: "PUT" })).toThrow(/"PUT".*"GET" or "POST"/);
    expect(() => new HttpHandler("localhost", "/", { format: "json", method: "GET" })).toThrow(code("HTTP_METHOD_INVALID"));
    expect(() => new HttpHandler("localhost", "/", { redirects: 5 } as HttpHandlerOptions)).toThrow(code("OPTION_UNKNOWN"));
  });

  test("sends to our receiver what arrives as the same record", async () => {
    const seen: LogRecord[] = [];
    const receiver = await new LogReceiver({ http: { port: 0 } }, { onRecord: (record) => void seen.push(record) }).start();
    closing.push(receiver);
    const handler = new HttpHandler(`127.0.0.1:${receiver.addresses().http!.port}`, "/log", { format: "json", gzip: true });
    handler.handle(
      makeLogRecord({
        name: "app",
        levelno: 40,
        levelname: "ERROR",
        msg: "failed %s",
        args: ["twice"],
        error: new Error("boom"),
        user: "ann",
      }),
    );
    await handler.close();
    expect(seen[0]!.getMessage()).toBe("failed twice");
    expect(seen[0]!.excText).toMatch(/^Error: boom/);
    expect(seen[0]!.error).toMatchObject({ name: "Error", message: "boom" });
    expect(seen[0]!.extra["user"]).toBe("ann");
  });
});
