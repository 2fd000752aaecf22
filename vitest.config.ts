import { defineConfig } from "vitest/config";

/** One runner for every package; `vitest run --project core` runs one of them. */
export default defineConfig({
  test: {
    projects: ["packages/*", "examples", "tools/*"],
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
