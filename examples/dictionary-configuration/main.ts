// A service whose logging is a file: console, rotated file and errors, the files written behind a queue. The program says nothing of it.
import { ConfigError, drawTree, loadConfig } from "@cordwood/config";
import { getLogger, type LogRecord, shutdown } from "@cordwood/core";

/** The only name in the file that is not an official class, so it is handed in. */
class SpecialFilter {
  readonly #word: string;

  constructor(options: { readonly word: string }) {
    this.#word = options.word;
  }

  filter(record: LogRecord): boolean {
    return !record.getMessage().includes(this.#word);
  }
}

const configuration = new URL("./logging.jsonc", import.meta.url);
await loadConfig(configuration, { classes: { "service.SpecialFilter": SpecialFilter } });

process.stdout.write(drawTree());

getLogger("service").info("listening on port %d", 8080);
getLogger("service").debug("only the file gets this");
getLogger("service").info("something boring that the console does not show");
getLogger("service.db").info("below the level of service.db");
getLogger("service.db").warning("slow query: %d ms", 1532);
getLogger("service.request").error("GET /%s failed", "favicon.ico");

// A mistake is told with its place, and the logging stays as it was.
try {
  await loadConfig(configuration);
} catch (error) {
  if (error instanceof ConfigError)
    for (const { line, column, path } of error.problems) console.log(`line ${line}, column ${column}: ${path}`);
}
getLogger("service").warning("still here");
await shutdown();
