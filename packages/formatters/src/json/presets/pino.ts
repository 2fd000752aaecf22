import { ERROR_NAMES, errorForm } from "../error-form.js";
import type { Layout, Surroundings } from "../preset.js";
import { pinoLevel } from "../severity.js";

/** What pino-std-serializers calls the parts of an error. */
const NAMES = { ...ERROR_NAMES, name: "type" };

/** Pino's lines, read by pino-pretty and every other tool of pino. */
export const pino = ({ hostname }: Surroundings): Layout => ({
  slots: [
    { kind: "level", key: "level" },
    { kind: "time", key: "time" },
    { kind: "process", key: "pid" },
    { kind: "constant", key: "hostname", value: hostname },
    { kind: "name", key: "name" },
    { kind: "fields" },
    { kind: "error", key: "err" },
    { kind: "excText", key: "excText" },
    { kind: "stackInfo", key: "stackInfo" },
    { kind: "message", key: "msg" },
  ],
  time: "epoch-ms",
  nonFinite: "null",
  level: pinoLevel,
  error: (error) => errorForm(error, NAMES),
});
