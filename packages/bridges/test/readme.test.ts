import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${folder}/README.md`, "utf8");

/** Each program of the README that shows its output. */
const programs = [...readme.matchAll(/```js\n((?:(?!```)[\s\S])*?)```\n\n```text\n([\s\S]*?)```/g)].map(
  ([, program = "", output = ""]) => ({ name: /"(@cordwood\/bridges\/[\w-]+)"/.exec(program)?.[1] ?? "@cordwood/core", program, output }),
);

/** Standard output of a program that is given on standard input, with packages found from here. */
const run = (program: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: "1", DEBUG: "" };
    const child = execFile(process.execPath, ["--input-type=module"], { cwd: folder, env, timeout: 30_000 }, (error, stdout, stderr) =>
      error ? reject(error) : resolve(stdout + stderr),
    );
    child.stdin?.end(program);
  });

/** Durations differ from run to run. */
const untimed = (text: string): string => text.replace(/\d+(?:\.\d+)? ms/g, "… ms");

describe("the programs of the README print what it says", () => {
  test("there are ten of them", () => expect(programs).toHaveLength(10));
  test.concurrent.each(programs)("$name", async ({ program, output }) => {
    expect(untimed(await run(program))).toBe(untimed(output));
  });
});
