import type { Options } from "tsup";

/** What every package's build has in common: ESM and CommonJS with types for both, one chunk for what entries share. */
export const base = (entry: Options["entry"], more: Options = {}): Options => ({
  entry: entry ?? ["src/index.ts"],
  format: ["esm", "cjs"],
  target: "es2022",
  platform: "neutral",
  // Only where entries share something: tsup makes CommonJS chunks by a second, slower way of rewriting modules.
  splitting: Object.keys(entry ?? {}).length > 1,
  sourcemap: true,
  clean: process.env.CORDWOOD_NO_CLEAN !== "1",
  dts: process.env.CORDWOOD_NO_DTS === "1" ? false : { compilerOptions: { ignoreDeprecations: "6.0" } },
  skipNodeModulesBundle: true,
  ...more,
});
