/** Filters and wrapping handlers: levels per request, records held until something goes wrong, sampling, rate limits, repeats. @packageDocumentation */

export { type Context, type ContextFilter, type ContextFilterOptions, type ContextRule, contextFilter } from "./context-filter.js";
export { FingersCrossedHandler, type FingersCrossedHandlerOptions } from "./fingers-crossed-handler.js";
export { RateLimitFilter, type RateLimitFilterOptions, type RateLimitStats } from "./rate-limit-filter.js";
export { byMessage, byTemplate, type RecordKey } from "./record-key.js";
export { RepeatFilter, type RepeatFilterOptions, type RepeatStats } from "./repeat-filter.js";
export { RepeatHandler, type RepeatHandlerOptions } from "./repeat-handler.js";
export { SamplingFilter, type SamplingFilterOptions, type SamplingStats } from "./sampling-filter.js";
