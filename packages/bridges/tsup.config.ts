import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig(base({"opentelemetry": "src/opentelemetry.ts", "pino": "src/pino.ts", "winston": "src/winston.ts", "debug": "src/debug.ts", "diagnostics-channel": "src/diagnostics-channel.ts", "express": "src/express.ts", "fastify": "src/fastify.ts", "koa": "src/koa.ts", "hono": "src/hono.ts"}));
