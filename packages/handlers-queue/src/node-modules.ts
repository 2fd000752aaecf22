import { attempt, LoggingError } from "@cordwood/core";

/** A module of Node's own, where the runtime has it. */
export const builtinModule = <T>(name: string): T | undefined =>
  attempt(
    () => (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process?.getBuiltinModule?.(name) as T,
    undefined,
  );

/** Modules of Node's own, looked up when needed: this package loads where there are none, too. */
export interface NodeModules {
  net(): typeof import("node:net");
  fs(): typeof import("node:fs");
  os(): typeof import("node:os");
  path(): typeof import("node:path");
  childProcess(): typeof import("node:child_process");
}

/** Threads, where the runtime has them. */
export const workerThreads = (): typeof import("node:worker_threads") | undefined => builtinModule("node:worker_threads");

/** @throws LoggingError `RUNTIME_UNSUPPORTED` where there is no such module. */
export function nodeModules(owner: string): NodeModules {
  const need = <T>(name: string) => {
    return (): T => {
      const found = builtinModule<T>(name);
      if (found === undefined)
        throw new LoggingError("RUNTIME_UNSUPPORTED", `${owner} needs ${name}, which this runtime has not; use a LogQueue`);
      return found;
    };
  };
  return {
    net: need("node:net"),
    fs: need("node:fs"),
    os: need("node:os"),
    path: need("node:path"),
    childProcess: need("node:child_process"),
  };
}
