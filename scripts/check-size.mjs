#!/usr/bin/env node
// What @cordwood/core costs a bundle, minified and gzipped by esbuild, against its budget in bytes.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./vitest.mjs";

const BUDGETS = [
  { what: "everything @cordwood/core exports", code: 'export * from "@cordwood/core"', bytes: 10_752 },
  {
    what: "a program that imports only getLogger",
    code: 'import { getLogger } from "@cordwood/core"; getLogger("a").info("b")',
    bytes: 6_656,
  },
];

let over = 0;
for (const { what, code, bytes } of BUDGETS) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(root, "packages", "formatters"), loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    legalComments: "none",
    mainFields: ["module", "main"],
  });
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  if (size > bytes) over++;
  console.log(`${size > bytes ? "FAIL" : "ok  "} ${what}: ${size} bytes of ${bytes}`);
}
console.log(`size: ${BUDGETS.length - over} passed, ${over} failed`);
process.exitCode = over === 0 ? 0 : 1;
