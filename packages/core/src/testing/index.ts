/** Helpers for tests of code that logs, and conformance kits for handlers and formatters: plain data, no test runner. @packageDocumentation */
export { type CapturedLogs, type CaptureLogsOptions, captureLogs } from "./capture-logs.js";
export type { ConformanceCase } from "./conformance-case.js";
export { type FormatterConformanceOptions, formatterConformance } from "./formatter-conformance.js";
export { type HandlerConformanceOptions, handlerConformance } from "./handler-conformance.js";
