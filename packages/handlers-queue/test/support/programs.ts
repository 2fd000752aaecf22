import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { resetLogging, setErrorReporter } from "@cordwood/core";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterEach, beforeEach } from "vitest";

export const DIST = new URL("../../dist/index.js", import.meta.url).href;
const CORE = new URL("../../../core/dist/index.js", import.meta.url).href;

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  resetLogging();
  setErrorReporter(() => {});
  temporary = temporaryFolder();
});
afterEach(() => temporary.remove());

/** The folder of the running test. */
export const folder = {
  get path(): string {
    return temporary.path;
  },
};

/** A file in that folder with a program that logs or listens. @returns its path */
export const program = (name: string, body: string): string => {
  const file = join(folder.path, name);
  writeFileSync(
    file,
    `import cluster from "node:cluster";
     import { getLogger, makeLogRecord, setProcessName, shutdown } from ${JSON.stringify(CORE)};
     import { ProcessQueue, QueueHandler, QueueListener } from ${JSON.stringify(DIST)};
     ${body}`,
  );
  return file;
};

export const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("exit", resolve));
