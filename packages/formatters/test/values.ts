let deep: unknown = 1;
for (let i = 0; i < 100_000; i++) deep = { deep };

/** Values that have broken loggers, each made anew: some can be used once only. */
export const hostileValues = (): Readonly<Record<string, unknown>> => {
  const circular: Record<string, unknown> = { a: 1 };
  circular["self"] = circular;
  circular["list"] = [circular, { circular }];
  const fails = (what: string) => (): never => {
    throw new Error(what);
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const revokedList = Proxy.revocable([], {});
  revokedList.revoke();
  const causes = new Error("outer");
  causes.cause = new Error("inner", { cause: causes });
  const badError = new Error("x");
  Object.defineProperty(badError, "stack", { get: fails("stack") });
  Object.defineProperty(badError, "message", { get: fails("message") });
  Object.defineProperty(badError, "name", { get: fails("name") });
  const detached = new ArrayBuffer(8);
  structuredClone(detached, { transfer: [detached] });
  const detachedView = new Uint8Array(8);
  structuredClone(detachedView, { transfer: [detachedView.buffer] });
  class Private {
    #secret = 1;
    get shown(): number {
      return this.#secret;
    }
  }
  class Tagged {
    get [Symbol.toStringTag](): string {
      throw new Error("tag");
    }
    own = 1;
  }
  return {
    undefined: undefined,
    null: null,
    true: true,
    zero: 0,
    negativeZero: -0,
    nan: Number.NaN,
    infinity: Number.POSITIVE_INFINITY,
    negativeInfinity: Number.NEGATIVE_INFINITY,
    tiny: 5e-324,
    huge: 1.7976931348623157e308,
    bigint: 123456789012345678901234567890n,
    symbol: Symbol("s"),
    namelessSymbol: Symbol(),
    function: function named() {},
    arrow: () => 1,
    class: class Klass {},
    emptyString: "",
    loneHigh: "a\ud800b",
    loneLow: "a\udc00b",
    lonePair: "\udc00\ud800",
    emoji: "😀 e\u0301",
    lineEnds: "a\r\nb\vc\fd\u0085e\u2028f\u2029g",
    escapes: "\x1b[31m\x07\x7f\u009b\u202e\u2066\0",
    quotes: "\"'`\\/",
    circular,
    throwingGetter: {
      get bad(): never {
        throw new Error("getter");
      },
      good: 1,
    },
    throwingGetterThrowsNothing: {
      get bad(): never {
        throw undefined;
      },
      good: 1,
    },
    throwingGetterThrowsHostile: {
      get bad(): never {
        throw { toString: fails("toString"), message: Symbol("m") };
      },
    },
    throwingToString: { toString: fails("toString") },
    throwingToJSON: { toJSON: fails("toJSON") },
    throwingToPrimitive: { [Symbol.toPrimitive]: fails("toPrimitive") },
    toJSONOfItself: {
      toJSON(): unknown {
        return this;
      },
      a: 1,
    },
    toJSONForEver: {
      toJSON: function again(): unknown {
        return { toJSON: again };
      },
    },
    toJSONText: { toJSON: () => "text" },
    toJSONUndefined: { toJSON: () => undefined },
    notCallableToJSON: { toJSON: 1 },
    hostileProxy: new Proxy(
      {},
      { get: fails("get"), has: fails("has"), ownKeys: fails("ownKeys"), getPrototypeOf: fails("getPrototypeOf") },
    ),
    lyingProxy: new Proxy(
      {},
      { ownKeys: () => ["a", "b"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) },
    ),
    revokedProxy: revoked.proxy,
    revokedList: revokedList.proxy,
    nullPrototype: Object.assign(Object.create(null), { a: 1 }),
    protoKey: JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    invalidDate: new Date(Number.NaN),
    date: new Date(0),
    regexp: /a"b/g,
    url: new URL("http://user@host/a?b=c#d"),
    searchParams: new URLSearchParams("a=b&c=d"),
    map: new Map<unknown, unknown>([
      ["a", 1],
      [2, { b: 1 }],
    ]),
    mapOfObjects: new Map([[{}, []]]),
    mapOfSameText: new Map<unknown, unknown>([
      ["1", "text"],
      [1, "number"],
    ]),
    set: new Set([1, "a", {}]),
    weakMap: new WeakMap(),
    promise: Promise.resolve(1),
    generator: (function* () {})(),
    bytes: new Uint8Array([0, 1, 254, 255]),
    buffer: Buffer.from("text"),
    floats: new Float64Array([1.5, Number.NaN]),
    bigints: new BigInt64Array([1n]),
    dataView: new DataView(new ArrayBuffer(3)),
    arrayBuffer: new ArrayBuffer(2),
    detached,
    detachedView,
    boxedNumber: Object(5),
    boxedText: Object("text"),
    boxedBigint: Object(5n),
    sparse: Object.assign(new Array(3), { 0: 1, 2: 3 }),
    listWithGetter: Object.defineProperty([1], 0, { get: fails("index") }),
    error: new TypeError("bad"),
    errorWithCauses: causes,
    aggregate: new AggregateError([new Error("one"), "two"], "many"),
    badError,
    private: new Private(),
    tagged: new Tagged(),
    deep,
    frozen: Object.freeze({ a: Object.freeze([1]) }),
    globalThis,
  };
};
