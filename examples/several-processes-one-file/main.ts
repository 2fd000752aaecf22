// Four processes write to one file that rolls over. Each record is one append, and one process at a time moves the file.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const WORKERS = 4;
const RECORDS = 2_000;

const worker = fileURLToPath(new URL("./worker.js", import.meta.url));
const codes = await Promise.all(
  Array.from({ length: WORKERS }, (_, index) => {
    const child = spawn(process.execPath, [worker, `worker-${index + 1}`, String(RECORDS)], { stdio: "inherit" });
    return new Promise((resolve) => child.once("close", resolve));
  }),
);

const names = readdirSync(".").filter((name) => name.startsWith("app.log"));
const lines = names.flatMap((name) => readFileSync(name, "utf8").trimEnd().split("\n"));
const whole = lines.filter((line) => /^INFO worker-[1-4] did task \d+$/.test(line));
console.log(`exit codes: ${codes.join(" ")}`);
console.log(`more than one file: ${names.length > 1}`);
console.log(`lines: ${lines.length}, whole: ${whole.length}, different: ${new Set(whole).size}`);
// How the lines fall into files differs from run to run.
for (const name of names) rmSync(name);
