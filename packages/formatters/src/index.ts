/** Formatters: text in Python's three styles, JSON, logfmt, pretty, redaction. @packageDocumentation */

// Text
export { Formatter, type FormatterOptions } from "./formatter.js";
export { BufferingFormatter } from "./buffering-formatter.js";
export { strformat } from "./strformat.js";
export { substitute } from "./template-style.js";
export { strftime } from "./strftime.js";

// Structured
export { JsonFormatter, type JsonFormatterOptions, type JsonPreset } from "./json/json-formatter.js";
export type { JsonTime } from "./json/record-time.js";
export type { JsonValueSerializer } from "./json/json-plan.js";
