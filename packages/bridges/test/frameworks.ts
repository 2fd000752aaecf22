import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { requestLogging as expressLogging } from "@cordwood/bridges/express";
import { requestLogging as fastifyLogging } from "@cordwood/bridges/fastify";
import { requestLogging as honoLogging } from "@cordwood/bridges/hono";
import { requestLogging as koaLogging } from "@cordwood/bridges/koa";
import { getLogger } from "@cordwood/core";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

/** The options that every middleware takes; what `skip` and `fields` get differs, and the tests of all four do not look at it. */
export interface CommonOptions {
  readonly logger?: string | { log(): void };
  readonly level?: number | string | ((status: number) => number);
  readonly idHeader?: string | false;
  readonly skip?: () => boolean;
  readonly fields?: () => object;
}

/** An application that listens: `/hello/…` logs and answers 200, `/missing` 404, `/fail` throws, `/slow` never answers, `POST /body` reads JSON. */
export interface Application {
  readonly url: string;
  close(): Promise<void>;
}

const logger = (): { info(message: string): void } => getLogger("app");
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const failure = (): Error => new Error("the handler failed");

async function hello(): Promise<string> {
  await pause();
  logger().info("inside");
  return "hello";
}

async function listen(listener: RequestListener): Promise<Application> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function expressApp(options?: CommonOptions): Promise<Application> {
  const app = express();
  app.use(expressLogging(options as never));
  app.use(express.json({ limit: "1mb" }));
  const router = express.Router();
  router.get("/:name", async (_request, response) => void response.send(await hello()));
  app.use("/hello", router);
  app.get("/fail", () => {
    throw failure();
  });
  app.get("/slow", () => logger().info("inside"));
  app.post("/body", (request, response) => {
    logger().info("inside");
    response.send(request.body);
  });
  app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    response.status(500).send("failed");
  });
  return listen(app);
}

async function fastifyApp(options?: CommonOptions): Promise<Application> {
  const app = fastify({ forceCloseConnections: true });
  await app.register(fastifyLogging, options as never);
  app.get("/hello/:name", hello);
  app.get("/fail", async () => {
    throw failure();
  });
  app.get("/slow", (_request, _reply) => {
    logger().info("inside");
    return new Promise(() => {});
  });
  app.post("/body", async (request) => {
    logger().info("inside");
    return request.body;
  });
  return { url: await app.listen({ host: "127.0.0.1", port: 0 }), close: () => app.close() };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function koaApp(options?: CommonOptions): Promise<Application> {
  const app = new Koa();
  app.silent = true;
  app.use(koaLogging(options as never));
  app.use(async (context) => {
    if (context.path.startsWith("/hello/")) context.body = await hello();
    else if (context.path === "/fail") throw failure();
    else if (context.path === "/slow") {
      logger().info("inside");
      await new Promise(() => {});
    } else if (context.path === "/body") {
      const text = await bodyOf(context.req);
      logger().info("inside");
      context.type = "application/json";
      context.body = text;
    }
  });
  return listen(app.callback());
}

const honoRoutes = (options?: CommonOptions): Hono => {
  const app = new Hono();
  app.use(honoLogging(options as never));
  app.get("/hello/:name", async (context) => context.text(await hello()));
  app.get("/fail", () => {
    throw failure();
  });
  app.get("/slow", () => {
    logger().info("inside");
    return new Promise<Response>(() => {});
  });
  app.post("/body", async (context) => {
    const body: unknown = await context.req.json();
    logger().info("inside");
    return context.json(body as object);
  });
  app.onError((_error, context) => context.text("failed", 500));
  return app;
};

/** What Hono's adapter for Node does, in short. @param bindings whether `env` holds Node's request and response, as it does there. */
const honoOnNode =
  (bindings: boolean) =>
  (options?: CommonOptions): Promise<Application> => {
    const app = honoRoutes(options);
    return listen(async (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as [string, string]);
      const body = incoming.method === "POST" ? await bodyOf(incoming) : null;
      const request = new Request(`http://${incoming.headers.host}${incoming.url}`, { method: incoming.method ?? "GET", headers, body });
      const response = await app.fetch(request, bindings ? { incoming, outgoing } : {});
      outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(Buffer.from(await response.arrayBuffer()));
    });
  };

/** Starts the same application on each framework. */
export const FRAMEWORKS: Readonly<Record<string, (options?: CommonOptions) => Promise<Application>>> = {
  Express: expressApp,
  Fastify: fastifyApp,
  Koa: koaApp,
  "Hono on Node": honoOnNode(true),
  "Hono elsewhere": honoOnNode(false),
};
