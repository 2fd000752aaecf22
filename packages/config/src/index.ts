/** Configuration as data: basicConfig, dictConfig, INI and other files, the configuration server. @packageDocumentation */

// One call
export { type BasicConfigOptions, basicConfig } from "./basic-config.js";

// Documents
export { type DictConfigOptions, dictConfig, dictConfigSync } from "./dict-config.js";
// Levels in one line
export { type Directive, environmentDirectives, parseDirectives, setLevels } from "./directives.js";
export type {
  FilterDocument,
  FormatterDocument,
  FullDocument,
  HandlerDocument,
  IncrementalDocument,
  LevelName,
  LoggerDocument,
  LoggingConfig,
  Reference,
} from "./document.js";
export type { OfficialHandler } from "./document-handlers.js";
export { type FileConfigOptions, fileConfig } from "./file-config.js";
export { type HmacSignerOptions, type HmacVerifierOptions, hmacSigner, hmacVerifier, type Verified } from "./hmac.js";
// While the program runs
export { type Accepted, type ConfigServer, type ListenOptions, listen, stopListening } from "./listen.js";
export { type LoadConfigOptions, loadConfig } from "./load-config.js";
export { ConfigError, type Problem } from "./problem.js";
export type { Scope } from "./remote-document.js";
export type { ResolveOptions } from "./resolve.js";
export { configSchema } from "./schema.js";
export { fetchTree, type SendOptions, type SendResult, sendConfig } from "./send.js";
export { drawTree, type HandlerNode, type LoggerNode, type LoggingTree, tree } from "./tree.js";
export { type ConfigWatcher, type WatchConfigOptions, watchConfig } from "./watch-config.js";
