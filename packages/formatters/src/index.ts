/** Formatters: text in Python's three styles, JSON, logfmt, pretty, redaction. @packageDocumentation */

export { BufferingFormatter } from "./buffering-formatter.js";
export { type CsvColumn, CsvFormatter, type CsvFormatterOptions } from "./csv-formatter.js";
// Text
export { Formatter, type FormatterOptions } from "./formatter.js";
// Structured
export { JsonFormatter, type JsonFormatterOptions, type JsonPreset } from "./json/json-formatter.js";
export type { JsonValueSerializer } from "./json/json-plan.js";
export type { JsonTime } from "./json/record-time.js";
export { parseLogfmt } from "./logfmt.js";
export { LogfmtFormatter, type LogfmtFormatterOptions } from "./logfmt-formatter.js";
export type { ColorOption, ThemeOption } from "./pretty/color.js";
export { PrettyFormatter, type PrettyFormatterOptions } from "./pretty/pretty-formatter.js";
export { SECRET_PATTERNS, type SecretPattern } from "./redact/patterns.js";
export { RedactFilter, type RedactFilterOptions, type RedactMode, SECRET_KEYS } from "./redact/redact-filter.js";
export { Secret } from "./secret.js";
export { strformat } from "./strformat.js";
export { strftime } from "./strftime.js";
export { substitute } from "./template-style.js";
