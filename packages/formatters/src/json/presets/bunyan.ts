import { errorForm } from "../error-form.js";
import type { Layout, Surroundings } from "../preset.js";
import { pinoLevel } from "../severity.js";

/** Bunyan's lines, format version 0: its command shows only what has all of name, hostname, pid, level, msg, time and v. */
export const bunyan = ({ hostname }: Surroundings): Layout => ({
  slots: [
    { kind: "name", key: "name" },
    { kind: "constant", key: "hostname", value: hostname },
    { kind: "process", key: "pid" },
    { kind: "level", key: "level" },
    { kind: "fields" },
    { kind: "error", key: "err" },
    { kind: "excText", key: "excText" },
    { kind: "stackInfo", key: "stackInfo" },
    { kind: "message", key: "msg" },
    { kind: "time", key: "time" },
    { kind: "constant", key: "v", value: 0 },
  ],
  time: "iso",
  nonFinite: "null",
  level: pinoLevel,
  error: (error) => errorForm(error),
});
