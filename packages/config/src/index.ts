/** Configuration as data: basicConfig, dictConfig, INI and other files, the configuration server. @packageDocumentation */

// One call
export { type BasicConfigOptions, basicConfig } from "./basic-config.js";

// Documents
export { type DictConfigOptions, dictConfig, dictConfigSync } from "./dict-config.js";
// Levels in one line
export { type Directive, environmentDirectives, parseDirectives, setLevels } from "./directives.js";
export type { LoggingConfig } from "./document.js";
export { ConfigError, type Problem } from "./problem.js";
export type { ResolveOptions } from "./resolve.js";
