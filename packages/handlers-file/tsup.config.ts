import { defineConfig } from "tsup";
import { base, lazily } from "../../tsup.base.js";

export default defineConfig(
  base(["src/index.ts"], {
    onSuccess: lazily({
      file: ["FileHandler", "WatchedFileHandler"],
      "rotating-file": ["RotatingFileHandler"],
      "timed-rotating-file": ["TimedRotatingFileHandler"],
    }),
  }),
);
