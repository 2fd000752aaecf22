import { writeFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";
import { configSchema } from "./src/schema.js";

export default defineConfig(
  base(["src/index.ts", "src/cordwood-config.ts"], {
    // Gives the CommonJS build its own place for `import.meta.url`.
    shims: true,
    esbuildOptions(options, { format }) {
      options.define = { ...options.define, CORDWOOD_COMMONJS: String(format === "cjs") };
    },
    onSuccess: async () => writeFileSync("dist/schema.json", `${JSON.stringify(configSchema)}\n`),
  }),
);
