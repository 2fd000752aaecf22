import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import { announced, base } from "../../tsup.base.js";

/** The kits take core from its own entry, so that both are one file and there is one class of each name. */
const ownEntry: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "own-entry",
  setup({ initialOptions, onResolve }) {
    onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({
      path: initialOptions.format === "cjs" ? "./index.cjs" : "./index.js",
      external: true,
    }));
  },
};

/** The kits for programs that have Node's entry. */
const kitsForNode = (): void =>
  writeFileSync("dist/testing.node.mjs", readFileSync("dist/testing.js", "utf8").replaceAll('"./index.js"', '"./node.mjs"'));

export default defineConfig(
  base(
    { index: "src/index.ts", testing: "src/testing/index.ts" },
    {
      splitting: false,
      esbuildPlugins: [ownEntry],
      // Constants are put in where they are used: a bundle holds no names for them.
      esbuildOptions(options, { format }) {
        if (format === "esm") options.minifySyntax = true;
      },
      onSuccess: async () => {
        await announced();
        kitsForNode();
      },
    },
  ),
);
