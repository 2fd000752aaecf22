import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { lazyClass } from "../src/lazy-class.js";

const make = () => {
  class Base {
    static made = 0;
    static #secret = "of Base";
    static get secret(): string {
      return Base.#secret;
    }
    static nameOf(): string {
      return `${this.name} of ${Object.getPrototypeOf(this).name}`;
    }
    toJSON(): string {
      return "Base";
    }
  }
  class Real extends Base {
    static override made = 1;
    static get me(): unknown {
      return this;
    }
    readonly made: string;
    #text = "private";
    constructor(text = "", more = "") {
      super();
      this.made = `${new.target.name}(${text}${more})`;
    }
    get text(): string {
      return this.#text;
    }
  }
  let loads = 0;
  const load = (): typeof Real => {
    loads++;
    return Real;
  };
  return { Real, Lazy: lazyClass("Real", load), loads: () => loads };
};

describe("lazyClass", () => {
  test("loads nothing before it is used, and once", () => {
    const { Lazy, loads } = make();
    expect([typeof Lazy, inspect(Lazy), loads()]).toEqual(["function", "[Function: Real]", 0]);
    new Lazy();
    new Lazy();
    expect(loads()).toBe(1);
  });

  test("makes objects of the class itself, which call what stands for it their class", () => {
    const { Lazy, Real } = make();
    const one = new Lazy("a", "b");
    expect(one.made).toBe("Real(ab)");
    expect(one.text).toBe("private");
    expect(Object.getPrototypeOf(one)).toBe(Real.prototype);
    expect(one).toBeInstanceOf(Lazy);
    expect(one.constructor).toBe(Lazy);
    expect(inspect(one)).toBe("Real { made: 'Real(ab)' }");
    expect({} instanceof Lazy).toBe(false);
  });

  test("can be extended, and extended again", () => {
    const { Lazy } = make();
    class One extends Lazy {
      override get text(): string {
        return `${super.text} of One`;
      }
    }
    class Two extends One {}
    const two = new Two("x");
    expect(two.made).toBe("Two(x)");
    expect(two.text).toBe("private of One");
    expect([two instanceof One, two instanceof Lazy, two.constructor === Two]).toEqual([true, true, true]);
    expect([Two.made, Two.me === Two, Two.nameOf()]).toEqual([1, true, "Two of One"]);
  });

  test("static members are those of the class, read and written", () => {
    const { Lazy, Real } = make();
    Lazy.made = 5;
    expect(Real.made).toBe(5);
    expect(Lazy.secret).toBe("of Base");
    expect(Lazy.nameOf()).toBe("Real of Base");
    expect(Lazy.me).toBe(Real);
    expect(Reflect.construct(Lazy, ["r"], Lazy).made).toBe("Real(r)");
  });

  test("what is put on its prototype is on the objects", () => {
    const { Lazy } = make();
    const one = new Lazy();
    Object.defineProperty(Lazy.prototype, "added", { value: 7 });
    expect((one as unknown as { added: number }).added).toBe(7);
  });

  test("looks like the class to those who look closely", () => {
    const { Lazy, Real } = make();
    expect(Reflect.ownKeys(Lazy)).toEqual(Reflect.ownKeys(Real));
    expect(Object.getOwnPropertyDescriptors(Lazy)).toEqual(Object.getOwnPropertyDescriptors(Real));
    expect([Lazy.name, Lazy.length, "secret" in Lazy]).toEqual(["Real", 0, true]);
    expect(Object.getPrototypeOf(Lazy)).toBe(Object.getPrototypeOf(Real));
    expect(Reflect.deleteProperty(Lazy, "made")).toBe(true);
    expect(Object.hasOwn(Real, "made")).toBe(false);
    expect(Reflect.set(Lazy, "prototype", {})).toBe(false);
  });

  test("can be given properties for good, and be frozen", () => {
    const { Lazy, Real } = make();
    Object.defineProperty(Lazy, "fixed", { value: 1 });
    expect(Object.getOwnPropertyDescriptor(Lazy, "fixed")).toEqual(Object.getOwnPropertyDescriptor(Real, "fixed"));
    expect(Object.isFrozen(Object.freeze(Lazy))).toBe(true);
    expect(Object.isFrozen(Real)).toBe(true);
    expect(Reflect.set(Lazy, "made", 9)).toBe(false);
    expect(new Lazy().made).toBe("Real()");
  });

  test("cannot be called without new", () => {
    const { Lazy } = make();
    expect(() => (Lazy as unknown as () => void)()).toThrow("Class constructor Real cannot be invoked without 'new'");
  });

  test("what goes wrong while loading is thrown where it is used, and tried again", () => {
    let times = 0;
    const Lazy = lazyClass("Late", () => {
      if (times++ === 0) throw new Error("no such file");
      return class Late {};
    });
    expect(() => new Lazy()).toThrow("no such file");
    expect(new Lazy().constructor.name).toBe("Late");
  });
});
