import { describe, expect, test, vi } from "vitest";

// The tests of the bridges once more, with the oldest versions that peerDependencies allow.
vi.mock("express", () => import("express-4-18"));
vi.mock("koa", () => import("koa-2-0"));
vi.mock("fastify", () => import("fastify-4-0"));
vi.mock("hono", () => import("hono-4-0"));
vi.mock("pino", () => import("pino-9-0"));
vi.mock("winston", () => import("winston-3-17"));
vi.mock("debug", () => import("debug-4-4-0"));

describe("request logging", async () => void (await import("./request-logging.test.js")));
describe("to pino", async () => void (await import("./pino-handler.test.js")));
describe("from pino", async () => void (await import("./pino-destination.test.js")));
describe("winston", async () => void (await import("./winston.test.js")));
describe("debug", async () => void (await import("./debug.test.js")));

test("these are they", async () => {
  const { default: winston } = (await import("winston")) as unknown as { default: { version: string } };
  const versions = [(await import("pino")).default.version, winston.version, (await import("fastify")).default().version];
  expect(versions).toEqual(["9.0.0", "3.17.0", "4.0.0"]);
  expect((await import("express")).default === ((await import("express-4-18")).default as unknown)).toBe(true);
  expect((await import("koa")).default === ((await import("koa-2-0")).default as unknown)).toBe(true);
  expect((await import("hono")).Hono === ((await import("hono-4-0")).Hono as unknown)).toBe(true);
  expect((await import("debug")).default === ((await import("debug-4-4-0")).default as unknown)).toBe(true);
});
