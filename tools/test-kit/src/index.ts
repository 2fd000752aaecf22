/** What the tests of several packages share: recorded vectors, servers that may be missing, counts, folders, child processes. @packageDocumentation */
export { type RunNodeOptions, type RunResult, runNode } from "./child-process.js";
export { fullCounts, scaled } from "./counts.js";
export { missingService, type Service } from "./services.js";
export { temporaryFolder } from "./temporary-folder.js";
export { loadVectors, type VectorCase } from "./vectors.js";
