import { defineConfig } from "tsup";
import { base } from "../../tsup.base.js";

export default defineConfig(base(["src/index.ts", "src/browser.ts"]));
