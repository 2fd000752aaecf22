import { errorForm } from "../error-form.js";
import type { Layout } from "../preset.js";

/** A record as `json.dumps(record.__dict__)` has it: every attribute by Python's name, then the fields. */
export const python = (): Layout => ({
  slots: [],
  time: "epoch-s",
  nonFinite: "text",
  level: (levelno) => levelno,
  error: (error) => errorForm(error),
  build: (record) => record.toJSON(),
});
