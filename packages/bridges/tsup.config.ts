import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

const subpaths = [
  "opentelemetry",
  "pino",
  "pino-transport",
  "winston",
  "debug",
  "diagnostics-channel",
  "express",
  "fastify",
  "koa",
  "hono",
];

export default defineConfig(base(Object.fromEntries(subpaths.map((name) => [name, `src/${name}.ts`]))));
