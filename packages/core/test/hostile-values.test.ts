import { getLogger, Handler, type LogRecord, makeLogRecord, StreamHandler, withContext } from "@cordwood/core";
import { beforeEach, describe, expect, test } from "vitest";
import { fresh, reports, revokedProxy, throwing } from "./support.js";

beforeEach(fresh);

const everyTrap = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect).map((trap) => [trap, throwing(`trap ${trap}`)]),
) as ProxyHandler<object>;

const detached = (): ArrayBuffer => {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
};

const circular = (): object => {
  const value: Record<string, unknown> = { name: "circular", list: [] };
  value["self"] = value;
  (value["list"] as unknown[]).push(value, [value]);
  return value;
};

const deep = (depth: number): object => {
  let value: object = { end: true };
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { inner: value };
  return value;
};

const withGetter = (key: string | symbol, base: object = {}): object =>
  Object.defineProperty(base, key, { get: throwing(`getter ${String(key)}`), enumerable: true, configurable: true });

const cyclicCause = (): Error => {
  const [one, two] = [new Error("one"), new Error("two")];
  Object.assign(one, { cause: two });
  return Object.assign(two, { cause: one });
};

const brokenError = (key: string): Error => withGetter(key, new Error("broken")) as Error;

class Private {
  #secret = 1;
  get value(): number {
    return this.#secret;
  }
  toString(): string {
    return `private ${this.#secret}`;
  }
}

/** Values that a logging call meets one day, each made afresh. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  "a circular object": circular,
  "a circular array": () => {
    const list: unknown[] = [1];
    list.push(list);
    return list;
  },
  "a circular map": () => {
    const map = new Map<string, unknown>();
    return map.set("self", map);
  },
  "a circular set": () => {
    const set = new Set<unknown>();
    return set.add(set);
  },
  "a throwing getter": () => withGetter("boom", { ok: 1 }),
  "a throwing toString": () => ({ toString: throwing("toString") }),
  "a toString that is no function": () => ({ toString: 5 }),
  "a toString that gives an object": () => ({ toString: () => ({}) }),
  "a throwing valueOf": () => ({ valueOf: throwing("valueOf") }),
  "a throwing toJSON": () => ({ toJSON: throwing("toJSON") }),
  "a toJSON that gives itself": () => {
    const value = { toJSON: () => value };
    return value;
  },
  "a toJSON that gives ever more": () => {
    const more = (): object => ({ toJSON: more });
    return more();
  },
  "a throwing Symbol.toPrimitive": () => ({ [Symbol.toPrimitive]: throwing("toPrimitive") }),
  "a Symbol.toPrimitive that gives an object": () => ({ [Symbol.toPrimitive]: () => ({}) }),
  "a throwing Symbol.toStringTag": () => withGetter(Symbol.toStringTag),
  "a throwing Symbol.iterator": () => Object.assign([1, 2], { [Symbol.iterator]: throwing("iterator") }),
  "a throwing constructor": () => withGetter("constructor"),
  "a throwing then": () => withGetter("then"),
  "a throwing length": () => new Proxy([1], { get: (target, key) => (key === "length" ? throwing("length")() : Reflect.get(target, key)) }),
  "a throwing inspection": () => ({ [Symbol.for("nodejs.util.inspect.custom")]: throwing("inspect") }),
  "a revoked proxy": revokedProxy,
  "a revoked array proxy": () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
  "a revoked function proxy": () => {
    const { proxy, revoke } = Proxy.revocable(() => {}, {});
    revoke();
    return proxy;
  },
  "a proxy whose traps all throw": () => new Proxy({}, everyTrap),
  "an array proxy whose traps all throw": () => new Proxy([], everyTrap),
  "a function proxy whose traps all throw": () => new Proxy(() => {}, everyTrap),
  "a proxy of an error": () => new Proxy(new Error("inside"), everyTrap),
  "a proxy that claims endless keys": () =>
    new Proxy(
      {},
      {
        ownKeys: () => Array.from({ length: 5_000 }, (_, i) => `k${i}`),
        getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
      },
    ),
  "no prototype": () => Object.assign(Object.create(null), { ok: 1 }),
  "an object whose prototype is a proxy": () => Object.create(new Proxy({}, everyTrap)),
  "an invalid date": () => new Date(Number.NaN),
  "a date whose toISOString throws": () => Object.assign(new Date(0), { toISOString: throwing("toISOString") }),
  "a big integer": () => 2n ** 4_000n,
  "a symbol": () => Symbol("s"),
  "a symbol without a name": () => Symbol(),
  "not a number": () => Number.NaN,
  infinity: () => Number.NEGATIVE_INFINITY,
  "minus zero": () => -0,
  "a boxed string": () => new String("boxed"),
  "a boxed symbol": () => Object(Symbol("boxed")),
  "a detached buffer": detached,
  "bytes over a detached buffer": () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  },
  "a data view": () => new DataView(new ArrayBuffer(4)),
  "an error with a throwing message": () => brokenError("message"),
  "an error with a throwing stack": () => brokenError("stack"),
  "an error with a throwing name": () => brokenError("name"),
  "an error with a throwing cause": () => brokenError("cause"),
  "an error with a throwing toString": () => Object.assign(new Error("x"), { toString: throwing("toString") }),
  "an error whose stack is no text": () => Object.assign(new Error("x"), { stack: { odd: true } }),
  "an error with a cyclic cause": cyclicCause,
  "an error that causes itself": () => {
    const error = new Error("self");
    return Object.assign(error, { cause: error });
  },
  "an error whose members are hostile": () => Object.assign(new AggregateError([revokedProxy(), 1], "many"), { extra: revokedProxy() }),
  "an error whose errors is no array": () => Object.assign(new AggregateError([], "odd"), { errors: { length: 3 } }),
  "an object that claims to be an error": () => ({ [Symbol.toStringTag]: "Error", message: { no: "text" } }),
  "an instance with private fields": () => new Private(),
  "a proxy of an instance with private fields": () => new Proxy(new Private(), {}),
  "depth 1 000 000": () => deep(1_000_000),
  "20 000 keys": () => Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i])),
  "a sparse array": () => {
    const list: unknown[] = [];
    list[10_000_000] = 1;
    return list;
  },
  "a long text": () => "x".repeat(1_000_000),
  "a lone surrogate": () => "\ud800 and \udc00",
  "control characters": () => "\u0000\u0007\u001b[2J\u007f\u009b\r",
  "keys of the prototype": () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": 2, "hasOwnProperty": 3}'),
  "a function that throws": () => throwing("called"),
  "a class": () => Private,
  "a generator": () =>
    (function* () {
      yield throwing("yielded")();
    })(),
  "a promise": () => Promise.resolve(1),
  "a weak map": () => new WeakMap(),
  "the global object": () => globalThis,
};

/** Every way a value comes into a call. */
const WAYS: Readonly<Record<string, (logger: ReturnType<typeof getLogger>, value: never) => void>> = {
  "as the message": (logger, value) => logger.error(value),
  "as the message with arguments": (logger, value) => logger.error(value, "x", 1),
  "from a lazy message": (logger, value) => logger.error(() => value),
  "for %s": (logger, value) => logger.error("marker %s end", value),
  "for %d": (logger, value) => logger.error("marker %d end", value),
  "for %j, %o, %O, %r": (logger, value) => logger.error("marker %j %o %O %r end", value, value, value, value),
  "for %-9.3s and *": (logger, value) => logger.error("marker %-9.3s|%*d|%c end", value, value, value, value),
  "for %(key)s": (logger, value) => logger.error("marker %(ok)s end", value),
  "as a value of %(key)s": (logger, value) => logger.error("marker %(ok)s end", { ok: value }),
  "left over": (logger, value) => logger.error("marker", value, "kept"),
  "as a field": (logger, value) => logger.error("marker", { before: 1, value, after: 2 }),
  "as the fields": (logger, value) => logger.error("marker", { before: 1 }, value),
  bound: (logger, value) => logger.with({ before: 1, value, after: 2 }).error("marker"),
  "as what is bound": (logger, value) => logger.with(value).with({ before: 1 }).error("marker"),
  "in the context": (logger, value) => withContext({ before: 1, value }, () => logger.error("marker")),
  "as the context": (logger, value) => withContext(value, () => withContext({ before: 1 }, () => logger.error("marker"))),
  "as what was thrown": (logger, value) => logger.exception("marker", value),
  "in a template": (logger, value) => logger.error`marker ${value} end`,
  "in a record from elsewhere": (logger, value) =>
    logger.handle(makeLogRecord({ levelno: 40, msg: "marker %s", args: [value], error: value, value, fields: value })),
};

/** Unlike `expect` it never looks into the values, which can take very long. */
function must(holds: boolean, what: () => string): void {
  if (!holds) throw new Error(what());
}

/** A handler that reads everything a record offers, and has no formatter. */
class Reader extends Handler {
  readonly records: LogRecord[] = [];

  protected override emit(record: LogRecord): void {
    this.records.push(record);
    must(typeof record.extra === "object" && typeof record.with({ more: 1 }).extra === "object", () => "no fields");
    must(typeof record.args === "object" && typeof JSON.stringify(record) === "string", () => "no JSON");
    must(typeof this.format(record) === "string", () => "no text");
  }
}

describe("hostile values", () => {
  for (const [name, make] of Object.entries(VALUES)) {
    test(`${name}: no call throws, no record is lost`, () => {
      const logger = getLogger("app");
      const written: string[] = [];
      const [stream, reader] = [new StreamHandler({ write: (text: string) => written.push(text) }), new Reader()];
      logger.addHandler(stream);
      logger.addHandler(reader);
      const value = make();
      let calls = 0;
      for (const [way, log] of Object.entries(WAYS)) {
        reports.length = 0;
        log(logger, value as never);
        calls++;
        const told = (): string => `${way}: ${reports.map((report) => `${report.message}: ${report.error}`).join("; ")}`;
        for (const handler of [stream, reader]) {
          const { accepted, delivered } = handler.stats();
          must(accepted === calls && delivered === calls, told);
        }
        const text = written.at(-1) as string;
        const shown = (): string => `${way}: ${text.slice(0, 300)} … ${text.slice(-100)}`;
        must(written.length === calls, told);
        must(way.includes("message") || text.startsWith("marker"), shown);
        // What is too long is cut, and says so.
        const cut = text.includes(" more characters]");
        must(cut || !/ end/.test(String(log)) || text.includes(" end"), shown);
        must(cut || way !== "left over" || text.includes("kept"), shown);
        must(text.length < 600_000, () => `${way}: ${text.length} characters`);
        must(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text), shown);
        const { extra } = reader.records.at(-1) as LogRecord;
        must(!/before: 1/.test(String(log)) || extra["before"] === 1, () => `${way}: the field before is lost`);
        must(!/after: 2/.test(String(log)) || extra["after"] === 2, () => `${way}: the field after is lost`);
      }
      expect(calls).toBe(Object.keys(WAYS).length);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    });
  }

  test("the sound fields beside a hostile one survive", () => {
    const handler = new Reader();
    getLogger("app").addHandler(handler);
    const hostile = () => withGetter("boom", { one: 1, two: 2 });
    getLogger("app").with(hostile()).with({ three: 3 }).error("x", { four: 4 }, hostile());
    expect({ ...handler.records[0]?.extra }).toEqual({ one: 1, two: 2, boom: "[throws]", three: 3, four: 4 });
  });

  test("100 MB of text is cut, the cut marked, and takes little time", () => {
    const written: string[] = [];
    getLogger("app").addHandler(new StreamHandler({ write: (text: string) => written.push(text) }));
    for (const huge of ["x".repeat(100_000_000), "\u001b".repeat(100_000_000)]) {
      const started = performance.now();
      getLogger("app").error(huge);
      getLogger("app").error("%s", huge);
      getLogger("app").error("huge", huge, { huge });
      getLogger("app").exception("huge", huge);
      expect(performance.now() - started).toBeLessThan(5_000);
    }
    expect(written).toHaveLength(8);
    for (const text of written) {
      expect(text.length).toBeLessThan(1_100_000);
      expect(text.slice(-200)).toMatch(/more characters\]\n$/);
    }
  });
});
