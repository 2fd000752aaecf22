import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig(
  base(["src/index.ts"], {
    // Where a module lies is asked of `__filename` in CommonJS, of `import.meta` only in ESM.
    esbuildOptions: (options) => {
      options.logOverride = { "empty-import-meta": "silent" };
    },
  }),
);
