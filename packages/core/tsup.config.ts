import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig(
  base(
    { index: "src/index.ts", testing: "src/testing/index.ts" },
    {
      // Constants are put in where they are used: a bundle holds no names for them.
      esbuildOptions(options, { format }) {
        if (format === "esm") options.minifySyntax = true;
      },
    },
  ),
);
