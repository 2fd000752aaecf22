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

// Split chunks are turned into CommonJS by a step that makes a `require` of every `import()`, and that cannot load the file URL of a module.
export default defineConfig(base(Object.fromEntries(subpaths.map((name) => [name, `src/${name}.ts`])), { splitting: false }));
