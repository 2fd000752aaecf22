import { LogRecord, makeLogRecord } from "@cordwood/core";

const LONE = /\p{Surrogate}/gu;

/** Whether every surrogate of a text has its other half. */
export const isWellFormed = (text: string): boolean => text.search(LONE) < 0;

/** A record with a fixed clock, so that whole lines can be compared. */
export const record = (more: Readonly<Record<string, unknown>> = {}): LogRecord =>
  makeLogRecord({ name: "app.db", levelno: 20, levelname: "INFO", msg: "connected", created: 1700000000.25, process: 4711, ...more });

/** A record as a logging call makes it, with fields. */
export const called = (fields: object | undefined, msg: unknown = "m"): LogRecord =>
  new LogRecord({ name: "app", levelno: 20, msg, fields });

/** Texts whose every character has been tried: pieces that have broken parsers, and random code units. */
export const randomText = (random: () => number): string => {
  const pieces = [
    '"',
    "\\",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x1b[0m",
    "\u2028",
    "\ud83d\ude00",
    "\ud800",
    "\udfff",
    "=",
    " ",
    ",",
    "'",
    "é",
    "名",
    "a",
    "1",
    "{",
    "}",
  ];
  let text = "";
  for (let n = Math.floor(random() * 12); n > 0; n--) {
    text += random() < 0.6 ? pieces[Math.floor(random() * pieces.length)] : String.fromCharCode(Math.floor(random() * 65_536));
  }
  return text;
};

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A value of any kind, nested up to some depth. */
export const randomValue = (random: () => number, depth = 3): unknown => {
  const kind = Math.floor(random() * (depth > 0 ? 22 : 13));
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return randomText(random);
    case 3:
      return Math.floor(random() * 1e6);
    case 4:
      return (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300);
    case 5:
      return random() < 0.5;
    case 6:
      return [null, undefined, Number.NaN, Number.POSITIVE_INFINITY, -0][Math.floor(random() * 5)];
    case 7:
      return BigInt(Math.floor(random() * 1e15)) ** 3n;
    case 8:
      return Symbol(randomText(random));
    case 9:
      return new Date(random() < 0.1 ? Number.NaN : random() * 4e12);
    case 10:
      return Uint8Array.from({ length: Math.floor(random() * 9) }, () => random() * 256);
    case 11:
      return () => random();
    case 12:
      return new URL(`http://host/${encodeURIComponent(randomText(random).replace(LONE, "-"))}`);
    case 13:
      return new Map(Array.from({ length: 3 }, () => [random() < 0.8 ? randomText(random) : {}, randomValue(random, depth - 1)]));
    case 14:
      return new Set([randomValue(random, depth - 1), randomValue(random, depth - 1)]);
    case 15: {
      const error = new Error(randomText(random), { cause: randomValue(random, depth - 1) });
      return Object.assign(error, { [randomText(random)]: randomValue(random, depth - 1) });
    }
    case 16:
    case 17:
      return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth - 1));
    case 18: {
      const circular: Record<string, unknown> = { value: randomValue(random, depth - 1) };
      circular[randomText(random)] = circular;
      return circular;
    }
    case 19:
      return {
        get [randomText(random)](): never {
          throw new Error(randomText(random));
        },
      };
    default:
      return Object.fromEntries(
        Array.from({ length: Math.floor(random() * 5) }, () => [randomText(random), randomValue(random, depth - 1)]),
      );
  }
};
