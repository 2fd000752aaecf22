import { merge } from "./record.js";
import { builtin } from "./runtime.js";
import { type ContextStorage, shared } from "./shared.js";

/**
 * Runs `fn` with fields that every record logged in it carries, across `await`, timers and events. Inner calls add to outer ones and win.
 * Where there is no AsyncLocalStorage (browsers) the fields hold until `fn` returns.
 * @param fields kept by reference where no outer context is merged in.
 */
export function withContext<T>(fields: object, fn: () => T): T {
  const storage = (shared.storage ??= createStorage());
  const outer = storage.getStore();
  return storage.run(outer === undefined ? fields : merge(outer, fields), fn);
}

/** The fields in force here; `undefined` outside of any `withContext`. */
export const getContext = (): Readonly<Record<string, unknown>> | undefined =>
  shared.storage?.getStore() as Readonly<Record<string, unknown>> | undefined;

function createStorage(): ContextStorage {
  const AsyncLocalStorage = builtin<{ AsyncLocalStorage: new () => ContextStorage }>("node:async_hooks")?.AsyncLocalStorage;
  if (AsyncLocalStorage) return new AsyncLocalStorage();
  let current: object | undefined;
  return {
    getStore: () => current,
    run(store, fn) {
      const before = current;
      current = store;
      try {
        return fn();
      } finally {
        current = before;
      }
    },
  };
}
