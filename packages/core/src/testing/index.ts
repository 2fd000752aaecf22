/** Helpers for tests of code that logs, and conformance kits for handlers and formatters: plain data, no test runner. @packageDocumentation */
export { captureLogs, type CapturedLogs, type CaptureLogsOptions } from "./capture-logs.js";
export { type ConformanceCase } from "./conformance-case.js";
export { formatterConformance, type FormatterConformanceOptions } from "./formatter-conformance.js";
export { handlerConformance, type HandlerConformanceOptions } from "./handler-conformance.js";
