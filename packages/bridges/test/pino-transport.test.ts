import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pinoTransport from "@cordwood/bridges/pino-transport";
import { temporaryFolder } from "@cordwood/test-kit";
import pino from "pino";
import { expect, test } from "vitest";

const require = createRequire(import.meta.url);
const core = pathToFileURL(require.resolve("@cordwood/core")).href;

/** A setup module that writes records to a file, one line each. */
const setUp = (folder: string): { setup: string; output: string } => {
  const output = join(folder, "out.log");
  const setup = join(folder, "logging.mjs");
  writeFileSync(
    setup,
    `import { appendFileSync } from "node:fs";
     import core from ${JSON.stringify(core)};
     class ToFile extends core.Handler {
       emit(record) { appendFileSync(${JSON.stringify(output)}, record.levelname + " " + record.name + " " + record.threadName + " " + record.message + " " + JSON.stringify(record.extra) + "\\n"); }
       close() { super.close(); appendFileSync(${JSON.stringify(output)}, "closed\\n"); }
     }
     export default async () => { core.getLogger().setLevel("DEBUG"); core.getLogger().addHandler(new ToFile()); };`,
  );
  return { setup, output };
};

test("runs handlers in pino's worker thread, and closes them at its end", async () => {
  using folder = temporaryFolder();
  const { setup, output } = setUp(folder.path);
  const stream = pino.transport({ target: require.resolve("@cordwood/bridges/pino-transport"), options: { setup, logger: "app" } });
  const logger = pino({ base: null, level: "trace" }, stream);
  for (let i = 0; i < 200; i++) logger.info({ i }, "line %d", i);
  logger.trace("below the level in the worker");
  stream.end();
  await new Promise((resolve) => stream.once("close", resolve));
  const lines = readFileSync(output, "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(201);
  expect(lines[0]).toMatch(/^INFO app Thread-\d+ line 0 \{"i":0\}$/);
  expect(lines[199]).toMatch(/line 199 /);
  expect(lines[200]).toBe("closed");
});

test("says what is wrong with the setup module", async () => {
  await expect(pinoTransport({} as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await expect(pinoTransport({ setup: "/no/such/module.mjs" })).rejects.toMatchObject({ code: "SETUP_FAILED" });
});
