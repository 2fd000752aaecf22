/** What the tests of several packages share: recorded vectors, servers that may be missing, counts, folders, child processes. @packageDocumentation */
export { runNode, type RunNodeOptions, type RunResult } from "./child-process.js";
export { fullCounts, scaled } from "./counts.js";
export { missingService, type Service } from "./services.js";
export { temporaryFolder } from "./temporary-folder.js";
export { type VectorCase, loadVectors } from "./vectors.js";
