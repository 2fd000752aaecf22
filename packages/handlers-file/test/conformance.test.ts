import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { handlerConformance } from "@cordwood/core/testing";
import { FileHandler, type FileSystem, RotatingFileHandler, TimedRotatingFileHandler, WatchedFileHandler } from "@cordwood/handlers-file";
import { temporaryFolder } from "@cordwood/test-kit";
import { afterAll, describe, test } from "vitest";
import { FullDisk } from "./children/faulty-system.mjs";

const folder = temporaryFolder();
afterAll(() => folder.remove());

let files = 0;
let disk: FullDisk;

const kinds: [string, (file: string, fileSystem: FileSystem) => FileHandler][] = [
  ["FileHandler", (file, fileSystem) => new FileHandler(file, { fileSystem })],
  ["FileHandler with buffering", (file, fileSystem) => new FileHandler(file, { fileSystem, buffering: {} })],
  ["FileHandler, shared", (file, fileSystem) => new FileHandler(file, { fileSystem, shared: true })],
  ["RotatingFileHandler", (file, fileSystem) => new RotatingFileHandler(file, { fileSystem, maxBytes: 1_000_000, backupCount: 2 })],
  ["TimedRotatingFileHandler", (file, fileSystem) => new TimedRotatingFileHandler(file, { fileSystem })],
  ["WatchedFileHandler", (file, fileSystem) => new WatchedFileHandler(file, { fileSystem })],
];

describe.each(kinds)("%s", (_kind, make) => {
  const cases = handlerConformance({
    create: () => {
      disk = new FullDisk(100_000_000);
      return make(join(folder.path, `${++files}.log`), disk.system);
    },
    delivered: (handler) => {
      const lines = existsSync(handler.baseFilename) ? readFileSync(handler.baseFilename, "utf8").split("\n").slice(0, -1) : [];
      // The stack of an error is on lines of its own.
      return lines.filter((line) => !/^\s+at |^Error/.test(line));
    },
    breakTarget: () => {
      disk.room = 0;
    },
  });
  for (const { name, run } of cases) test(name, run);
});
