// The cookbook's program: it reads its first configuration from a file, and then takes others from whoever is allowed to send them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { fileConfig, hmacVerifier, listen, stopListening } from "@cordwood/config";
import { getLogger, shutdown } from "@cordwood/core";

const SECRET = "a secret of at least thirty-two bytes, kept in a file";
const file = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

await fileConfig(file("logging.conf"));

// Messages may replace everything (`scope: "full"`), so they have to be signed.
const { port } = await listen({ port: 0, scope: "full", verify: hmacVerifier({ keys: { ops: SECRET } }) });

const logger = getLogger("simpleExample");
const speak = (): void => {
  logger.debug("debug message");
  logger.info("info message");
  logger.warn("warn message");
  logger.error("error message");
  logger.critical("critical message");
};

/** Runs the sender, as somebody at a terminal would. */
const send = async (name: string, secret: string): Promise<void> => {
  const sender = spawn(process.execPath, [file("send.js"), file(name), String(port), secret], { stdio: "inherit" });
  await once(sender, "exit");
};

speak();
await send("new.conf", SECRET);
speak();
// Somebody without the secret changes nothing, and is written about.
await send("logging.conf", "a guess, although as long as it has to be");
speak();

await stopListening();
await shutdown();
