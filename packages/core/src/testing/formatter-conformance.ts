import { ERROR, type FormatterLike, INFO, LogRecord, type LogRecordInit, makeLogRecord } from "../index.js";
import { type ConformanceCase, same } from "./conformance-case.js";

export interface FormatterConformanceOptions {
  /** A fresh formatter. */
  readonly create: () => FormatterLike;
  /** Whether each record must come out as exactly one line. Default `false`. */
  readonly singleLine?: boolean;
  /** Records with the exact text expected of them. Default none. */
  readonly lines?: readonly { readonly name: string; readonly record: LogRecord; readonly text: string }[];
  /** Reads the text of one record back and throws when it is not valid: `JSON.parse` for JSON. Default: not asked. */
  readonly parse?: (text: string) => unknown;
}

/** Messages and arguments that a formatter may have a short cut for, and some that it may trip over. */
const SIMPLE: readonly (readonly [msg: string, args: readonly unknown[]])[] = [
  ["hello", []],
  ["hello %s, %d", ["you", 42]],
  ["größer %s", ["東京"]],
  ["%s", ["\x1b[31m"]],
  ["%s", ["🎉"]],
  ["%s", []],
  ["%d", ["no number"]],
];

/** The contract of a formatter as cases: a text for every record, the same each time, the record left alone. */
export function formatterConformance(options: FormatterConformanceOptions): readonly ConformanceCase[] {
  const plain = (more: Readonly<Record<string, unknown>> = {}): LogRecord =>
    makeLogRecord({ name: "conformance", levelno: INFO, levelname: "INFO", msg: "hello", created: 1057675785.896, ...more });
  const make = (name: string, rule: string, body: () => void): ConformanceCase => ({ name, rule, run: async () => body() });

  const check = (record: LogRecord): string => {
    const text = options.create().format(record);
    if (typeof text !== "string") throw new Error(`format: expected a text, got ${typeof text}`);
    if (options.singleLine && /[\n\r]/.test(text)) throw new Error(`format: expected one line, got ${JSON.stringify(text)}`);
    options.parse?.(text);
    return text;
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const hostile: Readonly<Record<string, unknown>> = {
    "a revoked proxy": proxy,
    "a circular object": circular,
    "a getter that throws": {
      get boom(): never {
        throw new Error("boom");
      },
    },
    "a toJSON that throws": {
      toJSON(): never {
        throw new Error("no JSON");
      },
    },
    "a big integer": 10n,
    "a symbol": Symbol("s"),
    "an invalid date": new Date(Number.NaN),
    "not a number": Number.NaN,
    "no prototype": Object.create(null),
    "a lone surrogate": "\ud800",
    "line ends": "a\r\nb\u2028c",
  };
  return [
    make("gives the message", "The text holds the message.", () => {
      if (!check(plain()).includes("hello")) throw new Error("format: the message is missing");
    }),
    make("gives the same text twice", "Formatting leaves nothing behind that a second formatting would see.", () => {
      const record = plain({ error: new Error("once") });
      same("the second text", check(record), check(record));
    }),
    make("leaves the record alone", "No formatter leaves its work for another: only message and asctime may be set.", () => {
      const record = plain({ levelno: ERROR, levelname: "ERROR", error: new Error("kept"), fields: Object.freeze({ user: "ann" }) });
      const before = JSON.stringify(record);
      check(record);
      same("the record", JSON.parse(JSON.stringify(record)), JSON.parse(before));
    }),
    ...Object.entries(hostile).map(([name, value]) =>
      make(`takes ${name}`, "A value that cannot be shown is marked; the rest of the record survives.", () => {
        check(plain({ msg: "hello %s", args: [value] }));
        check(plain({ fields: { value }, error: value }));
      }),
    ),
    make(
      "gives the bytes of its text",
      "What `encode` answers, unless it is -1, is the length of the text as UTF-8, with room for a byte behind it.",
      () => {
        for (const [msg, args] of SIMPLE) {
          // Facts of this process alone: attributes that are assigned may keep a formatter from its bytes.
          const record = (): LogRecord =>
            Object.assign(new LogRecord({ name: "conformance", levelno: INFO, msg, args, error: undefined } as LogRecordInit), {
              created: 1057675785.896,
            });
          const formatter = options.create();
          const length = formatter.encode?.(record()) ?? -1;
          if (length < 0) continue;
          const { encoded } = formatter;
          if (!encoded || encoded.length <= length) throw new Error(`encode: ${length} bytes, and encoded has ${encoded?.length}`);
          same("the bytes", new TextDecoder().decode(encoded.subarray(0, length)), formatter.format(record()));
        }
      },
    ),
    ...(options.lines ?? []).map(({ name, record, text }) =>
      make(name, "The record gives exactly this text.", () => same("the text", check(record), text)),
    ),
  ];
}
