/** What the arguments of a pickle's text opcodes may be. Every function gives `undefined` for what is not well-formed. */

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** CPython's own limit for turning text into an integer; more would cost quadratic time. */
const MAX_INTEGER_DIGITS = 4_300;

/** UTF-8 text. Lone surrogates, which CPython writes as three bytes of their own, become U+FFFD. */
export const utf8Text = (bytes: Uint8Array): string | undefined => {
  try {
    return UTF8.decode(bytes);
  } catch {
    const mended = withoutSurrogates(bytes);
    if (mended === undefined) return undefined;
    try {
      return UTF8.decode(mended);
    } catch {
      return undefined;
    }
  }
};

const withoutSurrogates = (bytes: Uint8Array): Uint8Array | undefined => {
  let copy: Uint8Array | undefined;
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (bytes[i] !== 0xed || bytes[i + 1]! < 0xa0 || bytes[i + 1]! > 0xbf) continue;
    copy ??= bytes.slice();
    copy.set([0xef, 0xbf, 0xbd], i);
    i += 2;
  }
  return copy;
};

/** ASCII text; Python 3 reads a Python 2 `str` so. */
export const asciiText = (bytes: Uint8Array): string | undefined => {
  for (const byte of bytes) if (byte > 0x7f) return undefined;
  return utf8Text(bytes);
};

/** Latin-1 text of a line argument. */
export const latin1Text = (bytes: Uint8Array): string => {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8_192) text += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  return text;
};

/** `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; other backslashes are themselves. */
export const rawUnicodeText = (source: string): string | undefined => {
  if (!source.includes("\\")) return source;
  let text = "";
  for (let i = 0; i < source.length; i++) {
    const next = source[i + 1];
    if (source[i] !== "\\" || next === undefined) {
      text += source[i];
      continue;
    }
    if (next !== "u" && next !== "U") {
      text += source[i]! + next;
      i++;
      continue;
    }
    const width = next === "u" ? 4 : 8;
    const digits = source.slice(i + 2, i + 2 + width);
    if (!new RegExp(`^[0-9a-fA-F]{${width}}$`).test(digits)) return undefined;
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff) return undefined;
    text += String.fromCodePoint(code);
    i += 1 + width;
  }
  return text;
};

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The `repr` of a Python 2 `str`: quoted, with backslash escapes, ASCII once they are resolved. */
export const quotedText = (source: string): string | undefined => {
  const quote = source[0];
  if (source.length < 2 || (quote !== "'" && quote !== '"') || source[source.length - 1] !== quote) return undefined;
  let text = "";
  for (let i = 1; i < source.length - 1; i++) {
    let character = source[i]!;
    if (character === "\\") {
      const rest = source.slice(i + 1, Math.min(i + 4, source.length - 1));
      const code = /^x([0-9a-fA-F]{2})/.exec(rest) ?? /^([0-7]{1,3})/.exec(rest);
      const plain = ESCAPES[rest[0] ?? ""];
      if (code !== null) {
        character = String.fromCharCode(Number.parseInt(code[1]!, rest[0] === "x" ? 16 : 8));
        i += code[0].length;
      } else if (plain !== undefined) {
        character = plain;
        i++;
      } else return undefined;
    }
    if (character > "\x7f") return undefined;
    text += character;
  }
  return text;
};

/** A whole number in decimal: a number while it is exact, a bigint beyond. */
export const integerText = (source: string): number | bigint | undefined => {
  if (source.length > MAX_INTEGER_DIGITS || !/^[+-]?[0-9]+$/.test(source)) return undefined;
  return exactInteger(BigInt(source.startsWith("+") ? source.slice(1) : source));
};

/** What `repr` writes for a float, or what `float` reads of it. */
export const floatText = (source: string): number | undefined => {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(source);
  if (special !== null) return special[2]!.toLowerCase() === "nan" ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(source) && source.length <= 400 ? Number(source) : undefined;
};

/** Two's complement, little-endian. */
export const integerBytes = (bytes: Uint8Array): number | bigint => {
  if (bytes.length === 0) return 0;
  let digits = "";
  for (let i = bytes.length - 1; i >= 0; i--) digits += bytes[i]!.toString(16).padStart(2, "0");
  return exactInteger(BigInt.asIntN(bytes.length * 8, BigInt(`0x${digits}`)));
};

// 2^53 itself is exact in a double, and CPython's whole floats reach it.
const LARGEST_EXACT = 2n ** 53n;

const exactInteger = (value: bigint): number | bigint => (value <= LARGEST_EXACT && value >= -LARGEST_EXACT ? Number(value) : value);
