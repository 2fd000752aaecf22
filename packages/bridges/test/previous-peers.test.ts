import { describe, expect, test, vi } from "vitest";

// The tests of the bridges once more, with the last versions of the previous majors.
vi.mock("express", () => import("express-4"));
vi.mock("koa", () => import("koa-2"));
vi.mock("fastify", () => import("fastify-4"));
vi.mock("pino", () => import("pino-9"));

describe("request logging", async () => void (await import("./request-logging.test.js")));
describe("to pino", async () => void (await import("./pino-handler.test.js")));
describe("from pino", async () => void (await import("./pino-destination.test.js")));
describe("pino's transport", async () => void (await import("./pino-transport.test.js")));

test("these are they", async () => {
  expect([(await import("pino")).default.version, (await import("fastify")).default().version]).toEqual(["9.14.0", "4.29.1"]);
  expect((await import("express")).default === ((await import("express-4")).default as unknown)).toBe(true);
  expect((await import("koa")).default === ((await import("koa-2")).default as unknown)).toBe(true);
});
