import { writeFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";
import { configSchema } from "./src/schema.js";

export default defineConfig(
  base(["src/index.ts", "src/cordwood-config.ts"], {
    // Where a module lies is asked of `__filename` in CommonJS, of `import.meta` only in ESM.
    esbuildOptions: (options) => {
      options.logOverride = { "empty-import-meta": "silent" };
    },
    onSuccess: async () => writeFileSync("schema.json", `${JSON.stringify(configSchema)}\n`),
  }),
);
