#!/usr/bin/env node
// Every test of every package and of the examples, once. Arguments go to vitest: npm test -- --project @cordwood/core
import { runVitest, summary } from "./vitest.mjs";

const result = await runVitest(process.argv.slice(2));
if (result.failed > 0) console.error(`\nfailed:\n${result.failures.map((line) => `  ${line}`).join("\n")}`);
console.log(`tests: ${summary(result)}`);
process.exitCode = result.code === 0 && result.failed > 0 ? 1 : result.code;
