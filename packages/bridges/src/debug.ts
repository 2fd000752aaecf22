/** The `debug` package, both ways: its namespaces to loggers of those names, records to its namespaces. @packageDocumentation */
export { type CaptureDebugOptions, captureDebug } from "./debug/capture-debug.js";
export { DebugHandler, type DebugHandlerOptions } from "./debug/debug-handler.js";
export type { DebugInstance, DebugLike } from "./debug/debug-like.js";
