// Runs vitest with its JSON reporter beside the usual one and gives back what it counted.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * @param {readonly string[]} args what vitest is to run
 * @param {{ quiet?: boolean, env?: Record<string, string> }} [options]
 * @returns {Promise<{ code: number, passed: number, failed: number, skipped: number, files: any[], failures: string[] }>}
 */
export const runVitest = async (args, options = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "cordwood-vitest-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=json", `--outputFile.json=${report}`, ...(options.quiet === true ? [] : ["--reporter=default"])];
  const code = await new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...reporters, ...args], {
      cwd: root,
      env: { ...process.env, ...options.env },
      stdio: options.quiet === true ? ["ignore", "ignore", "inherit"] : ["ignore", "inherit", "inherit"],
    });
    child.once("close", (status) => resolve(status ?? 1));
    child.once("error", () => resolve(1));
  });
  const result = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined;
  rmSync(folder, { recursive: true, force: true });
  if (result === undefined)
    return { code: code === 0 ? 1 : code, passed: 0, failed: 1, skipped: 0, files: [], failures: ["vitest gave no report"] };
  const files = result.testResults;
  // A file that fails to load has no tests to fail; it counts as one failure.
  const broken = files.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failedTests = files.flatMap((file) =>
    file.assertionResults.filter((test) => test.status === "failed").map((test) => ({ file, test })),
  );
  return {
    code,
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken.length,
    skipped: result.numPendingTests + (result.numTodoTests ?? 0),
    files,
    failures: [
      ...broken.map((file) => `${relative(root, file.name)}: ${file.message}`),
      ...failedTests.map(
        ({ file, test }) => `${relative(root, file.name)}: ${test.fullName}\n    ${String(test.failureMessages?.[0] ?? "").split("\n")[0]}`,
      ),
    ],
  };
};

/** The line every check ends with. */
export const summary = ({ passed, failed, skipped = 0 }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
