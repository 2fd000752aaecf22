// Python's own sender, as the logging cookbook prints it, changes the logging of a Node program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { fileConfig, listen, stopListening } from "@cordwood/config";
import { getLogger, shutdown } from "@cordwood/core";

const file = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

await fileConfig(file("logging.conf"));
const { port } = await listen({ port: 0, scope: "full" });

const logger = getLogger("simpleExample");
const speak = (): void => {
  logger.info("info message");
  logger.error("error message");
};

speak();
const sender = spawn("python3", [file("sender.py"), file("new.json"), String(port)], { stdio: "inherit" });
await once(sender, "exit");
// The sender does not wait for an answer; until the new configuration is in force, the old one is.
while (logger.isEnabledFor("INFO")) await new Promise((resolve) => setTimeout(resolve, 5));
speak();

await stopListening();
await shutdown();
