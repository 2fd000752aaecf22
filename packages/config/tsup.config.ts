import { writeFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { base, lazily } from "../../tsup.base.js";
import { configSchema } from "./src/schema.js";

const makeEntry = lazily(
  {
    basic: ["basicConfig", "environmentDirectives", "parseDirectives", "setLevels"],
    documents: ["ConfigError", "dictConfig", "dictConfigSync", "fileConfig", "loadConfig"],
    watch: ["watchConfig"],
    server: ["fetchTree", "hmacSigner", "hmacVerifier", "listen", "sendConfig", "stopListening"],
    tree: ["drawTree", "tree"],
    schema: ["configSchema"],
  },
  { externals: ["@cordwood/core", "@cordwood/formatters"], define: { CORDWOOD_COMMONJS: "part.commonjs" } },
);

export default defineConfig(
  base(["src/index.ts", "src/cordwood-config.ts"], {
    // Gives the CommonJS build its own place for `import.meta.url`.
    shims: true,
    esbuildOptions(options, { format }) {
      options.define = { ...options.define, CORDWOOD_COMMONJS: String(format === "cjs") };
    },
    onSuccess: async () => {
      writeFileSync("dist/schema.json", `${JSON.stringify(configSchema)}\n`);
      await makeEntry();
    },
  }),
);
