import type { Options } from "tsup";

/** What every package's build has in common: ESM and CommonJS with types for both, one chunk for what entries share. */
export const base = (entry: Options["entry"], more: Options = {}): Options => ({
  entry: entry ?? ["src/index.ts"],
  format: ["esm", "cjs"],
  target: "es2022",
  platform: "neutral",
  splitting: true,
  sourcemap: true,
  clean: process.env.CORDWOOD_NO_CLEAN !== "1",
  dts: process.env.CORDWOOD_NO_DTS === "1" ? false : { compilerOptions: { ignoreDeprecations: "6.0" } },
  skipNodeModulesBundle: true,
  ...more,
});
