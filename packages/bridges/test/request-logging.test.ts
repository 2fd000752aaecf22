import { request } from "node:http";
import { connect } from "node:net";
import { requestLogging as expressLogging } from "@cordwood/bridges/express";
import { requestLogging as fastifyLogging } from "@cordwood/bridges/fastify";
import { requestLogging as honoLogging } from "@cordwood/bridges/hono";
import { requestLogging as koaLogging } from "@cordwood/bridges/koa";
import { getLogger, type LogRecord, withContext } from "@cordwood/core";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterEach, describe, expect, test } from "vitest";
import { type Application, type CommonOptions, FRAMEWORKS } from "./frameworks.js";
import { freshTree } from "./support.js";

const seen = freshTree();
let app: Application | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** The records of requests, once there are as many as expected: the response is out before its record is. */
async function requests(count: number): Promise<LogRecord[]> {
  for (let i = 0; i < 2_500; i++) {
    const found = seen.logs.records.filter(({ name }) => name === "http");
    if (found.length >= count) return found;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`expected ${count} records of requests, got ${JSON.stringify(seen.logs.output)}`);
}

/** Sends a request that no client would: the bytes as they are. */
async function raw(url: string, line: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(Buffer.from(`${line}\r\nHost: x\r\nConnection: close\r\n${lines.join("")}\r\n`, "latin1"));
  for await (const _ of socket);
}

const inside = (): LogRecord[] => seen.logs.records.filter(({ name }) => name === "app");
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe.each(Object.entries(FRAMEWORKS))("%s", (name, start) => {
  const begin = async (options?: CommonOptions): Promise<string> => {
    app = await start(options);
    return app.url;
  };

  test("logs one record for each response, with the id on everything logged meanwhile", async () => {
    const url = await begin();
    expect(await (await fetch(`${url}/hello/ann`)).text()).toBe("hello");
    const [record] = await requests(1);
    const { requestId, durationMs, ...rest } = record?.extra ?? {};
    expect(rest).toEqual({ method: "GET", path: "/hello/ann", status: 200 });
    expect(record?.levelname).toBe("INFO");
    expect(record?.message).toBe(`GET /hello/ann 200 in ${durationMs} ms`);
    expect(durationMs).toBeGreaterThanOrEqual(0);
    expect(durationMs).toBeLessThan(5_000);
    expect(requestId).toMatch(name === "Fastify" ? /^req-\w+$/ : UUID);
    expect(inside().map(({ extra }) => extra)).toEqual([{ requestId }]);
  });

  test("keeps the ids of requests apart that overlap", async () => {
    const url = await begin();
    const ids = Array.from({ length: 20 }, (_, i) => `id-${i}`);
    await Promise.all(ids.map(async (id) => (await fetch(`${url}/hello/x`, { headers: { "x-request-id": id } })).text()));
    const records = await requests(20);
    expect(records.map(({ extra }) => extra["requestId"]).toSorted()).toEqual(ids.toSorted());
    expect(
      inside()
        .map(({ extra }) => extra["requestId"])
        .toSorted(),
    ).toEqual(ids.toSorted());
  });

  test("keeps the id behind a body that was read", async () => {
    const url = await begin();
    const body = JSON.stringify({ big: "x".repeat(200_000) });
    const headers = { "content-type": "application/json", "content-length": String(body.length) };
    // Two requests whose bodies come in turns, so that neither is read in one go.
    const going = ["one", "two"].map((id) => request(`${url}/body`, { method: "POST", headers: { ...headers, "x-request-id": id } }));
    const answers = going.map(
      (each) => new Promise((resolve) => each.once("response", (response) => response.resume().once("end", resolve))),
    );
    for (let at = 0; at < body.length; at += 50_000) {
      for (const each of going) each.write(body.slice(at, at + 50_000));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const each of going) each.end();
    await Promise.all(answers);
    expect((await requests(2)).map(({ extra }) => extra["status"])).toEqual([200, 200]);
    expect(
      inside()
        .map(({ extra }) => extra)
        .toSorted((a, b) => String(a["requestId"]).localeCompare(String(b["requestId"]))),
    ).toEqual([{ requestId: "one" }, { requestId: "two" }]);
  });

  test("logs at WARNING from 400 and at ERROR from 500", async () => {
    const url = await begin();
    await fetch(`${url}/missing`);
    await requests(1);
    await fetch(`${url}/fail`);
    const records = await requests(2);
    expect(records.map(({ levelname, extra }) => [levelname, extra["status"]])).toEqual([
      ["WARNING", 404],
      ["ERROR", 500],
    ]);
    // Express shows an error to error handlers alone.
    const error = name === "Express" ? undefined : expect.objectContaining({ message: "the handler failed" });
    expect(records.map((record) => record.error)).toEqual([undefined, error]);
  });

  test("never logs the query, and shows control characters of an id", async () => {
    const url = await begin();
    await raw(url, `GET /hello/ann?token=s3cret&x=1 HTTP/1.1`, {
      "X-Request-Id": `a\tb\x9b31m${"x".repeat(500)}`,
      Authorization: "s3cret",
      Cookie: "s3cret",
    });
    const [record] = await requests(1);
    expect(record?.extra["path"]).toBe("/hello/ann");
    expect(record?.extra["requestId"]).toBe(`a\\x09b\\x9b31m${"x".repeat(121)}…`);
    expect(JSON.stringify(seen.logs.records)).not.toContain("s3cret");
  });

  test("takes options: logger, level, idHeader, skip and fields", async () => {
    let skip = false;
    const url = await begin({
      logger: "http",
      level: (status) => (status === 200 ? 10 : 50),
      idHeader: "X-Trace",
      skip: () => skip,
      fields: () => ({ user: "ann", status: "forged" }),
    });
    await fetch(`${url}/hello/x`, { headers: { "x-trace": "t1", "x-request-id": "no" } });
    const [record] = await requests(1);
    expect(record?.extra).toMatchObject({ requestId: "t1", user: "ann", status: 200 });
    expect(record?.levelno).toBe(10);
    skip = true;
    await fetch(`${url}/hello/x`);
    skip = false;
    await fetch(`${url}/missing`);
    expect((await requests(2)).map(({ levelno }) => levelno)).toEqual([10, 50]);
    expect(inside()).toHaveLength(2);
  });

  test("believes no header when idHeader is false", async () => {
    const url = await begin({ idHeader: false });
    await fetch(`${url}/hello/x`, { headers: { "x-request-id": "claimed" } });
    expect((await requests(1))[0]?.extra["requestId"]).not.toBe("claimed");
  });

  test("keeps the request unharmed when skip, fields or level throw", async () => {
    const thrower = (): never => {
      throw new Error("option");
    };
    const url = await begin({ skip: thrower, fields: thrower, level: thrower });
    expect((await fetch(`${url}/hello/x`)).status).toBe(200);
    expect((await requests(1))[0]?.levelname).toBe("INFO");
    expect(seen.reports.map(({ cause }) => cause)).toEqual(["requestLogging skip", "requestLogging fields", "requestLogging level"]);
  });

  // Outside of Node nobody tells Hono that the client went away.
  test.runIf(name !== "Hono elsewhere")("logs a request whose client went away once, at WARNING with status 499", async () => {
    const url = await begin();
    const going = request(`${url}/slow`);
    going.on("error", () => {});
    going.end();
    while (inside().length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    going.destroy();
    const [record] = await requests(1);
    expect([record?.levelname, record?.extra["status"]]).toEqual(["WARNING", 499]);
    expect(record?.extra["requestId"]).toBe(inside()[0]?.extra["requestId"]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await requests(1)).toHaveLength(1);
  });
});

describe("options that make no sense throw at construction", () => {
  test.each([
    ["a logger", { logger: 7 }, "OPTION_INVALID"],
    ["an idHeader", { idHeader: "" }, "OPTION_INVALID"],
    ["a skip", { skip: true }, "OPTION_INVALID"],
    ["fields", { fields: { user: "ann" } }, "OPTION_INVALID"],
    ["a level", { level: "LOUD" }, "LEVEL_UNKNOWN"],
  ])("%s", async (_name, options, code) => {
    for (const start of Object.values(FRAMEWORKS)) {
      await expect((async () => start(options as never))()).rejects.toMatchObject({ code });
    }
  });
});

test("fields sees the framework's own request, as it is when the response is out", async () => {
  const server = express();
  server.use(
    expressLogging<express.Request>({ fields: ({ params, res }) => ({ route: params["id"], type: res?.getHeader("content-type") }) }),
  );
  server.get("/users/:id", (_request, response) => void response.json({}));
  const listening = server.listen(0, "127.0.0.1");
  app = { url: "", close: () => new Promise((resolve) => void listening.close(() => resolve())) };
  await new Promise((resolve) => listening.once("listening", resolve));
  await (await fetch(`http://127.0.0.1:${(listening.address() as { port: number }).port}/users/7`)).text();
  listening.closeAllConnections();
  expect((await requests(1))[0]?.extra).toMatchObject({ route: "7", type: "application/json; charset=utf-8" });
});

test("keeps what was bound around the middleware, also when the client goes away", async () => {
  const server = express();
  server.use((_request, _response, next) => withContext({ tenant: "t" }, next));
  server.use(expressLogging());
  server.get("/slow", () => getLogger("app").info("inside"));
  const listening = server.listen(0, "127.0.0.1");
  app = { url: "", close: () => new Promise((resolve) => void listening.close(() => resolve())) };
  await new Promise((resolve) => listening.once("listening", resolve));
  const going = request({ port: (listening.address() as { port: number }).port, host: "127.0.0.1", path: "/slow" });
  going.on("error", () => {});
  going.end();
  while (inside().length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  going.destroy();
  const [record] = await requests(1);
  expect(record?.extra).toMatchObject({ tenant: "t", status: 499, requestId: inside()[0]?.extra["requestId"] });
});

test("options are typed by the framework's own request", async () => {
  const koa = new Koa<{ user: string }>().use(koaLogging<Koa.Context>({ fields: ({ ip }) => ({ ip }) }));
  const hono = new Hono<{ Variables: { user: string } }>().use(honoLogging({ skip: (context) => context.req.path === "/health" }));
  const server = fastify();
  await server.register(fastifyLogging, { skip: (request) => request.routeOptions.url === "/health", fields: ({ ip }) => ({ ip }) });
  await hono.request("/health");
  await hono.request("/x");
  await server.inject("/y");
  expect((await requests(2)).map(({ extra }) => extra["path"])).toEqual(["/x", "/y"]);
  expect(koa.middleware).toHaveLength(1);
});

test("an absolute target with a password is logged as its path", async () => {
  app = await FRAMEWORKS["Express"]?.();
  await raw(app?.url ?? "", "GET http://user:s3cret@example.test/hello/x?y HTTP/1.1", {});
  expect((await requests(1))[0]?.extra["path"]).toBe("/hello/x");
  expect(JSON.stringify(seen.logs.records)).not.toContain("s3cret");
});

test("a record is made only when its level is on", async () => {
  getLogger("http").setLevel("WARNING");
  app = await FRAMEWORKS["Koa"]?.();
  await fetch(`${app?.url}/hello/x`);
  await fetch(`${app?.url}/missing`);
  expect((await requests(1)).map(({ extra }) => extra["status"])).toEqual([404]);
});
