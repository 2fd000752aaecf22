import { createRequire } from "node:module";
import { pinoDestination } from "@cordwood/bridges/pino";
import { getLogger } from "@cordwood/core";
import pino from "pino";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { freshTree, Lines } from "./support.js";

const require = createRequire(import.meta.url);
const seen = freshTree();
const subpaths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");

test.each(subpaths)("%s has the same exports in both builds", async (path) => {
  const specifier = path.replace(".", "@cordwood/bridges");
  const esm = Object.keys((await import(specifier)) as object);
  const cjs = Object.keys(require(specifier) as object);
  expect(cjs.filter((name) => name !== "__esModule").toSorted()).toEqual(esm.filter((name) => name !== "module.exports").toSorted());
});

test("an echo is seen across the two builds", () => {
  const { PinoHandler } = require("@cordwood/bridges/pino") as typeof import("@cordwood/bridges/pino");
  const destination = pinoDestination();
  const lines = new Lines();
  getLogger().addHandler(new PinoHandler(pino({ base: null }, pino.multistream([{ stream: destination }, { stream: lines }]))));
  getLogger("app").info("round");
  expect(lines.texts).toHaveLength(1);
  expect(seen.logs.output).toEqual(["INFO:app:round"]);
  expect(destination.stats().dropped).toEqual({ loop: 1 });
});
