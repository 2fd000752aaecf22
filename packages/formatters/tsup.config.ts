import { defineConfig } from "tsup";
import { base, lazily } from "../../tsup.base.js";

export default defineConfig(
  base(["src/index.ts"], {
    onSuccess: lazily({
      text: ["Formatter", "BufferingFormatter", "strformat", "strftime", "substitute"],
      json: ["JsonFormatter"],
      csv: ["CsvFormatter"],
      logfmt: ["LogfmtFormatter", "parseLogfmt"],
      pretty: ["PrettyFormatter"],
      redact: ["RedactFilter", "SECRET_KEYS", "SECRET_PATTERNS"],
      secret: ["Secret"],
    }),
  }),
);
