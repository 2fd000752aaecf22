import { attempt } from "@cordwood/core";
import { ERROR_NAMES, errorForm } from "../error-form.js";
import type { FieldRule, Layout, Slot, Surroundings } from "../preset.js";
import { ASIDE } from "../serialize.js";
import { gcpSeverity } from "../severity.js";
import { httpRequest, specialField } from "./gcp-special-fields.js";

const PREFIX = "logging.googleapis.com/";

/** Google Cloud's structured logging: `severity`, `message`, `time`, and the special fields that its agent lifts out of the payload. */
export const gcp = ({ projectId, service }: Surroundings): Layout => ({
  slots: [
    { kind: "level", key: "severity" },
    { kind: "time", key: "time" },
    { kind: "message", key: "message" },
    { kind: "name", key: "logger" },
    ...(service === undefined
      ? []
      : [{ kind: "constant", key: "serviceContext", value: { service: service["name"], version: service["version"] } } as Slot]),
    { kind: "fields" },
    { kind: "error", key: "error" },
    // Where Error Reporting looks for it.
    { kind: "stackText", key: "stack_trace" },
    { kind: "stackInfo", key: "stackInfo" },
  ],
  time: "iso",
  otherTimes: [],
  nonFinite: "null",
  level: gcpSeverity,
  error: (error) => errorForm(error, { ...ERROR_NAMES, stack: null }),
  field: (key) => gcpField(key, projectId),
});

/** A record has its own time; the agent would believe one of these before it. */
const OTHER_TIMES = new Set(["timestamp", "timestampSeconds", "timestampNanos"]);

/** What the agent does not know the form of it leaves in the payload, so it goes where nobody takes it for more than that. */
function gcpField(key: string, projectId: string | undefined): FieldRule | undefined {
  if (OTHER_TIMES.has(key)) return { action: () => ASIDE };
  if (key === "httpRequest")
    return { action: (value) => (value == null ? value : (attempt(() => httpRequest(value), undefined) ?? ASIDE)) };
  const special = specialField(key, PREFIX);
  if (special === undefined) return undefined;
  const { name, aliases, form } = special;
  const whole = PREFIX + name;
  return {
    key: whole,
    unless: key === whole ? [] : [whole, ...aliases.slice(0, aliases.indexOf(key))],
    action: (value) => {
      if (value === null || value === undefined) return value;
      const formed = form(value);
      if (formed === undefined) return ASIDE;
      // The agent links a trace only by its full resource name.
      return name === "trace" && key !== whole && projectId !== undefined ? `projects/${projectId}/traces/${formed}` : formed;
    },
  };
}
