/** The program of a worker thread, whole and in one text: put here by the build, so that no bundler has to find a file for it. */
declare const CORDWOOD_WORKER_SOURCE: string;

export default CORDWOOD_WORKER_SOURCE;
