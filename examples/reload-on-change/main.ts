// A configuration that is changed while the program runs: at once when it is good, not at all when it is bad.
import { EventEmitter, once } from "node:events";
import { writeFileSync } from "node:fs";
import { watchConfig } from "@cordwood/config";
import { getLogger, setErrorReporter, shutdown } from "@cordwood/core";

const configuration = (level: string): string => `
version: 1
formatters:
  line: {format: '%(levelname)s %(name)s: %(message)s'}
handlers:
  console: {class: logging.StreamHandler, stream: ext://sys.stdout, formatter: line}
  file: {class: logging.FileHandler, filename: app.log, formatter: line}
loggers:
  app.db: {level: ${level}}
root: {level: INFO, handlers: [console, file]}
`;

const reloads = new EventEmitter();
setErrorReporter(({ message, error }) => console.log(`${message.replace(/^.*logging/, "logging")}: ${(error as Error).message}`));
writeFileSync("logging.yaml", configuration("WARNING"));
const watcher = await watchConfig("logging.yaml", { onReload: (error) => reloads.emit("reload", error) });

// Watching keeps no process running; a real program has a server that does.
const alive = setInterval(() => {}, 1_000);

const db = getLogger("app.db");
const [, file] = getLogger().handlers;
const change = async (level: string): Promise<void> => {
  console.log(`level of app.db becomes ${level}`);
  writeFileSync("logging.yaml", configuration(level));
  await once(reloads, "reload");
  db.debug("a query");
  db.warning("a slow query");
};

db.debug("nobody sees this");
await change("DEBUG");
await change("LOUD");
await change("ERROR");
db.error("the file was never closed: %s", getLogger().handlers[1] === file);

watcher.close();
clearInterval(alive);
await shutdown();
