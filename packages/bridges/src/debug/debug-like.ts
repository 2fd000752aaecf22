import { LoggingError, show } from "@cordwood/core";
import createDebug from "debug";

/** What is asked of a function that `debug(namespace)` has made. */
export interface DebugInstance {
  (format: unknown, ...args: unknown[]): void;
  readonly namespace: string;
  readonly enabled: boolean;
}

/** What is asked of the `debug` package: the copy the application, or one of its dependencies, has loaded. */
export interface DebugLike {
  (namespace: string): DebugInstance;
  log: (...args: never[]) => unknown;
  formatArgs: (this: never, args: never) => void;
  enable(namespaces: string): void;
  disable(): string;
}

/** The copy that was given, or the one found here. @throws LoggingError `OPTION_INVALID` for what is no `debug`. */
export function debugOf(owner: string, given: DebugLike | undefined): DebugLike {
  const debug = given ?? (createDebug as unknown as DebugLike);
  if (typeof debug === "function" && typeof debug.formatArgs === "function") return debug;
  throw new LoggingError("OPTION_INVALID", `${owner}: debug is ${show(debug)}; give what require("debug") returned`);
}
