import { buildSync } from "esbuild";
import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

/** The worker's program with all it imports, as one text: a worker made from a text needs no file that a bundler might miss. */
const program = buildSync({
  entryPoints: ["src/worker/program.ts"],
  bundle: true,
  minify: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  write: false,
}).outputFiles[0]?.text;

export default defineConfig(
  base(
    { index: "src/index.ts", zeromq: "src/zeromq.ts", redis: "src/redis.ts", nats: "src/nats.ts", amqp: "src/amqp.ts" },
    { define: { CORDWOOD_WORKER_SOURCE: JSON.stringify(program) } },
  ),
);
