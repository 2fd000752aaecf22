type Class = new (...args: never[]) => object;
type Operation = (target: object, ...args: unknown[]) => unknown;

/** A class that is loaded when it is needed, and what stands for it until then and after. */
interface LazyClass {
  readonly name: string;
  readonly load: () => Class;
  loaded: Class | undefined;
  lazy: object | undefined;
}

const reach = (lazyClass: LazyClass, target: object): Class => {
  if (lazyClass.loaded === undefined) {
    const loaded = lazyClass.load();
    loaded.prototype.constructor = lazyClass.lazy;
    // A bundler may have given it another one.
    Object.defineProperty(loaded, "name", { value: lazyClass.name });
    Object.defineProperty(target, "prototype", { value: loaded.prototype, writable: false });
    Object.setPrototypeOf(target, Object.getPrototypeOf(loaded));
    lazyClass.loaded = loaded;
  }
  return lazyClass.loaded;
};

/** What every lazy class inherits: each operation on what stands for a class is done to the class. */
const traps = new Proxy<object>(
  {},
  {
    get:
      (_, name, lazyClass: LazyClass): Operation =>
      (target, ...args) => {
        const loaded = reach(lazyClass, target);
        const operation = Reflect[name as keyof typeof Reflect] as Operation;
        // What nobody can change any more has to be on the target as well.
        if (name === "preventExtensions" || name === "defineProperty") {
          Object.defineProperties(target, Object.getOwnPropertyDescriptors(loaded));
          operation(target, ...args);
        }
        // Who asked, a static member's receiver or `new.target`, comes last.
        if (args.at(-1) === lazyClass.lazy) args[args.length - 1] = loaded;
        return operation(loaded, ...args);
      },
  },
);

/**
 * Stands for a class that is loaded when somebody first makes an object of it, extends it or looks at it. Everything reaches the class itself,
 * whose `prototype.constructor` becomes what stands for it: `x instanceof C`, `x.constructor === C`, `class D extends C` and static members hold
 * whoever asks, and objects are those of the class, with nothing between them and their methods.
 */
export const lazyClass = <C extends Class>(name: string, load: () => C): C => {
  const handler: LazyClass = { __proto__: traps, name, load, loaded: undefined, lazy: undefined } as LazyClass;
  // A function can be called with `new`, and its `prototype` be given once and for all.
  function target() {}
  Object.defineProperty(target, "name", { value: name });
  handler.lazy = new Proxy(target, handler as ProxyHandler<typeof target>);
  return handler.lazy as C;
};
