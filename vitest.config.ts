import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const packages = readdirSync(new URL("./packages", import.meta.url));

/** One runner for every package; `vitest run --project @cordwood/core` runs one of them. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Faults are provoked in processes of their own, on machines that do other things as well.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      ...packages.map((name) => ({ extends: true as const, test: { name: `@cordwood/${name}`, root: `./packages/${name}` } })),
      "examples",
    ],
  },
});
