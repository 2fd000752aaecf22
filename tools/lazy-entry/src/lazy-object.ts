/** An object that is loaded when one of its members is first asked for. Its keys are known before; members are its own, and plain once they are there. */
export const lazyObject = (keys: readonly string[], load: () => Readonly<Record<string, unknown>>): object => {
  const object = {};
  for (const key of keys)
    Object.defineProperty(object, key, {
      enumerable: true,
      configurable: true,
      get() {
        const value = load()[key];
        Object.defineProperty(object, key, { enumerable: true, configurable: true, writable: true, value });
        return value;
      },
    });
  return object;
};
