/** OpenTelemetry: records to a LoggerProvider, trace and span ids on every record. @packageDocumentation */
export { OpenTelemetryHandler, type OpenTelemetryHandlerOptions } from "./opentelemetry/opentelemetry-handler.js";
export { severityNumber } from "./opentelemetry/severity-number.js";
export { traceContextFactory, traceContextFilter } from "./opentelemetry/trace-context.js";
