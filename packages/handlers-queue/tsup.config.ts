import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig(base({"index": "src/index.ts", "zeromq": "src/zeromq.ts", "redis": "src/redis.ts", "nats": "src/nats.ts", "amqp": "src/amqp.ts"}));
