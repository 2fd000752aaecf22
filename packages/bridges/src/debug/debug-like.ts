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
