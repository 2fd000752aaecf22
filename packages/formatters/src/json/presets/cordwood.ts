import { errorForm } from "../error-form.js";
import type { Layout } from "../preset.js";

/** Our own shape: time, level, name and message by the names of the record's attributes, then the fields, then the error. */
export const cordwood = (): Layout => ({
  slots: [
    { kind: "time", key: "time" },
    { kind: "level", key: "level" },
    { kind: "name", key: "name" },
    { kind: "message", key: "message" },
    { kind: "fields" },
    { kind: "error", key: "error" },
    { kind: "excText", key: "excText" },
    { kind: "stackInfo", key: "stackInfo" },
  ],
  time: "iso",
  nonFinite: "text",
  level: (_levelno, levelname) => levelname,
  error: (error) => errorForm(error),
});
