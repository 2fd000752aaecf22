import { transform } from "esbuild";
import type { Options } from "tsup";
import { type LazyEntryOptions, makeAnnouncedEntry, makeLazyEntry, type Parts } from "./tools/lazy-entry/src/lazy-entry.js";

const TARGET = "es2022";

type Plugin = NonNullable<Options["plugins"]>[number];

/**
 * Makes CommonJS of the chunks that entries share with esbuild. tsup's own step for them rewrites classes without their names, `?.` and `??` into
 * calls, and every `import()` into a `require`; it stands down where the build is said not to be split.
 */
const commonJsChunks = (): Plugin => {
  const split = new WeakSet<object>();
  return {
    name: "commonjs-chunks",
    buildStart() {
      if (this.format !== "cjs" || this.splitting !== true) return;
      split.add(this);
      this.splitting = false;
    },
    async renderChunk(code, { path }) {
      if (!split.has(this)) return;
      return transform(code, { format: "cjs", target: TARGET, sourcemap: true, sourcefile: path });
    },
  };
};

/** What every package's build has in common: ESM and CommonJS with types for both, one chunk for what entries share. */
export const base = (entry: Options["entry"], more: Options = {}): Options => ({
  entry: entry ?? ["src/index.ts"],
  format: ["esm", "cjs"],
  target: TARGET,
  platform: "neutral",
  splitting: Object.keys(entry ?? {}).length > 1,
  sourcemap: true,
  clean: process.env.CORDWOOD_NO_CLEAN !== "1",
  dts: process.env.CORDWOOD_NO_DTS === "1" ? false : { compilerOptions: { ignoreDeprecations: "6.0" } },
  skipNodeModulesBundle: true,
  plugins: [commonJsChunks()],
  ...more,
});

/** Makes after a build the entries for Node, which load these parts of the package when they are first used. */
export const lazily =
  (parts: Parts, more: Partial<LazyEntryOptions> = {}) =>
  (): Promise<void> =>
    makeLazyEntry(parts, { folder: process.cwd(), externals: ["@cordwood/core"], target: TARGET, ...more });

/** Makes after a build the entry for Node of a package that is loaded as a whole. */
export const announced = (): Promise<void> => makeAnnouncedEntry(process.cwd());
