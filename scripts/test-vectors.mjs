#!/usr/bin/env node
// The recorded cases of CPython alone, one line per family: `printf 400/400`.
// CORDWOOD_VECTORS names a folder with text/ and io/ to take the cases from instead of the packages' own copies.
import { runVitest } from "./vitest.mjs";

const result = await runVitest(["test/vectors-", ...process.argv.slice(2)], { quiet: true });
const families = new Map();
for (const file of result.files) {
  for (const test of file.assertionResults) {
    const title = test.ancestorTitles.find((text) => text.startsWith("vectors: "));
    if (title === undefined) continue;
    const family = title.slice("vectors: ".length);
    const counts = families.get(family) ?? { passed: 0, total: 0 };
    counts.total++;
    if (test.status === "passed") counts.passed++;
    families.set(family, counts);
  }
}
for (const [family, { passed, total }] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(`${family} ${passed}/${total}`);
for (const failure of result.failures.slice(0, 40)) console.error(`failed: ${failure}`);
if (result.failures.length > 40) console.error(`… and ${result.failures.length - 40} more`);
const short = [...families.values()].some(({ passed, total }) => passed < total);
if (families.size === 0) console.error("no vector test was found");
process.exitCode = result.code !== 0 || short || families.size === 0 ? 1 : 0;
