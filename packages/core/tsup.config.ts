import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig(base({ index: "src/index.ts", testing: "src/testing/index.ts" }));
