#!/usr/bin/env node
// The fault tests (kill -9, full disks, servers that die …) with their full counts; `npm test` runs a tenth of them.
// `npm run test:faults -- fault-brokers` runs those of one file.
import { runVitest, summary } from "./vitest.mjs";

const wanted = process.argv.slice(2);
const files = wanted.some((argument) => !argument.startsWith("-")) ? [] : ["fault"];
const result = await runVitest([...files, "--testTimeout=1800000", "--hookTimeout=600000", ...wanted], {
  env: { CORDWOOD_FULL: "1" },
});
if (result.failed > 0) console.error(`\nfailed:\n${result.failures.map((line) => `  ${line}`).join("\n")}`);
console.log(`fault tests: ${summary(result)}`);
process.exitCode = result.code === 0 && result.failed > 0 ? 1 : result.code;
