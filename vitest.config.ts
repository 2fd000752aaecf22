import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const folders = ["packages", "tools"].flatMap((above) => readdirSync(new URL(`./${above}`, import.meta.url)).map((name) => [above, name]));

/** One runner for every package and tool; `vitest run --project @cordwood/core` runs one of them. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Faults are provoked in processes of their own, on machines that do other things as well.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      ...folders.map(([above, name]) => ({ extends: true as const, test: { name: `@cordwood/${name}`, root: `./${above}/${name}` } })),
      "examples",
    ],
  },
});
