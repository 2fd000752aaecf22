import pino from "pino";

const target = process.argv[2];
const stream = pino.transport({ target, options: { setup: "/tmp/pt/logging.mjs", logger: "app" } });
stream.on("error", (e) => console.log("ERR", e.message));
stream.on("ready", () => console.log("ready"));
const logger = pino({ base: null, level: "trace" }, stream);
for (let i = 0; i < 3; i++) logger.info({ i }, "line %d", i);
if (process.argv[3]) await new Promise((r) => setTimeout(r, 300));
stream.end();
await new Promise((resolve) => stream.once("close", resolve));
console.log("closed", process.uptime());
