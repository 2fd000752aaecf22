import { LoggingError } from "./errors.js";
import { builtin } from "./runtime.js";
import { attempt, show } from "./values.js";

/** A conversion: the text before it, its letter when it stands alone (what the short cut looks at), and its parts as written. */
type Piece = readonly [
  before: string,
  plain: string,
  key: string | undefined,
  flags: string,
  width: string | undefined,
  precision: string | undefined,
  conv: string,
];

/** A format taken apart. */
export interface Pattern {
  /** How many arguments the conversions take from the left, `*` counted. */
  readonly arity: number;
  /** Whether a conversion reads a key of the first argument, which then is none of those counted. */
  readonly keyed: boolean;
  readonly pieces: readonly Piece[];
  readonly tail: string;
}

type Arguments = readonly unknown[] | object;
type Misfit = (problem: string) => void;

const MOST_WIDTH = 1_024;
const MOST_PRECISION = 100;
const LONGEST_SHORT_CUT = 65_536;
const CACHED_FORMATS = 500;
const LONGEST_CACHED = 1_024;

// A key may hold parentheses, in pairs, three deep; its length is bounded, or a text of many "%(" would be read to its end for each of them.
const CONVERSION =
  /%%|%(?:\(((?:[^()]|\((?:[^()]|\([^()]{0,255}\)){0,255}\)){0,255})\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([diouxXeEfFgGcrsajO])/g;
const SURROGATE = /[\ud800-\udfff]/;
const MISSING = {};

const cache = new Map<string, Pattern>();

/** The conversions of a logging call's message, remembered: a `%` before a space, and whatever is no conversion, is text. */
export function patternOf(format: string): Pattern {
  let pattern = cache.get(format);
  if (!pattern) {
    pattern = compile(format);
    // Messages built by concatenation are all different: what is kept of them stays small.
    if (cache.size >= CACHED_FORMATS) cache.clear();
    if (format.length <= LONGEST_CACHED) cache.set(format, pattern);
  }
  return pattern;
}

/**
 * The text of a logging call. Arguments left over are appended; a conversion that does not fit is shown in place and told to `misfit`,
 * once a call. Never throws.
 */
export function formatMessage(format: string, args: Arguments, misfit: Misfit): string {
  const pattern = patternOf(format);
  try {
    const list = args as readonly unknown[];
    const { pieces } = pattern;
    let text = "";
    let i = 0;
    // Strings, numbers and integers as they are; the first that needs more sends the whole call the long way.
    for (; i < pieces.length; i++) {
      const [before, plain] = pieces[i]!;
      const value = list[i];
      const fits =
        plain === "s"
          ? typeof value === "number" || (typeof value === "string" && value.length <= LONGEST_SHORT_CUT)
          : plain === "d" && Number.isSafeInteger(value);
      if (!fits) break;
      text += before + (value as string);
    }
    return i === pieces.length && i === list.length ? text + pattern.tail : render(format, pattern, args, misfit);
  } catch {
    return `${format} ${show(args)}`;
  }
}

/**
 * Python's `format % args`: an array is a tuple, an object a mapping. Width is capped at 1 024 and precision at 100.
 * @throws {@link LoggingError} `PRINTF_INVALID` when format and arguments do not fit.
 */
export const printf = (format: string, args: Arguments): string => render(format, compile(format, true), args);

function compile(format: string, strict?: boolean): Pattern {
  const pieces: Piece[] = [];
  let arity = 0;
  let keyed = false;
  let before = "";
  let from = 0;
  const literal = (end?: number): void => {
    const text = format.slice(from, end);
    if (strict && text.includes("%")) refuse(`"${text}" holds a % that begins no conversion`);
    before += text;
  };
  for (const match of format.matchAll(CONVERSION)) {
    const [spec, key, flags, width, precision, conv] = match as unknown as [string, ...(string | undefined)[]];
    if (conv && (strict ? /[jO]/.test(conv) : spec[1] === " ")) continue;
    literal(match.index);
    from = match.index + spec.length;
    if (conv) {
      pieces.push([before, spec.length < 3 ? conv : "", key, flags!, width, precision, conv]);
      before = "";
      if (key === undefined) arity++;
      else keyed = true;
      if (width === "*") arity++;
      if (precision === "*") arity++;
    } else before += "%";
  }
  literal();
  return { arity, keyed, pieces, tail: before };
}

function refuse(problem: string): never {
  throw new LoggingError("PRINTF_INVALID", `printf ${problem}; give each conversion one value of its kind, write %% for a percent sign`);
}

/** Without `misfit` strict: what does not fit is refused. */
function render(format: string, { pieces, keyed, tail }: Pattern, args: Arguments, misfit?: Misfit): string {
  const array = attempt(() => Array.isArray(args), false);
  const list = array ? (args as readonly unknown[]) : [args];
  let taken = keyed && misfit ? 1 : 0;
  let out = "";
  let problem = "";
  const take = (): unknown => (taken < list.length ? list[taken++] : MISSING);
  const bad = (conv: string, value: unknown): string => {
    const shown = `%!${conv}(${value === MISSING ? "missing" : `${typeof value}=${show(value)}`})`;
    problem ||= shown;
    return shown;
  };
  const count = (given: string | undefined): number => {
    if (given !== "*") return Number(given);
    const value = take();
    if (Number.isInteger(value)) return value as number;
    out += bad("*", value);
    return Number.NaN;
  };
  for (const [before, , key, flags, width, precision, conv] of pieces) {
    out += before;
    let value: unknown;
    if (key !== undefined) {
      const mapping = (misfit || !array ? list[0] : undefined) as Record<string, unknown>;
      value = attempt(() => (Object.hasOwn(mapping, key) ? mapping[key] : MISSING), MISSING);
      taken ||= 1;
    }
    const columns = count(width);
    const digits = Math.min(Math.max(count(precision), 0), MOST_PRECISION);
    if (key === undefined) value = take();
    out += (value === MISSING ? undefined : convert(conv, value, flags, columns, digits, !misfit)) ?? bad(conv, value);
  }
  out += tail;
  for (; array && taken < list.length; taken++) {
    if (misfit) out += ` ${show(list[taken])}`;
    else problem ||= "arguments left over";
  }
  if (problem) (misfit ?? refuse)(`"${format}": ${problem}`);
  return out;
}

/** The text of one conversion, or undefined when the value does not fit it. A negative width puts the value to the left; NaN is none. */
function convert(conv: string, value: unknown, flags: string, columns: number, precision: number, strict: boolean): string | undefined {
  const kind = conv.toLowerCase();
  const left = columns < 0 || flags.includes("-");
  let width = Math.min(Math.abs(columns), MOST_WIDTH);
  let text: string | undefined;
  if ("sra".includes(kind)) {
    text = strict && typeof value === "string" ? value : show(value);
    if (kind !== "s" && typeof value === "string") text = quoted(text);
    if (kind === "a") text = text.replace(/[^\0-\x7f]/gu, escaped);
    if (precision < text.length) text = [...text.slice(0, 2 * precision)].slice(0, precision).join("");
  } else if (kind === "c") {
    if (typeof value === "number") text = attempt(() => String.fromCodePoint(value), undefined);
    else if (typeof value === "string" && /^.$/su.test(value)) text = value;
  } else if (kind === "j" || conv === "O" || (kind === "o" && !strict && !/^(num|big)/.test(typeof value))) {
    text = show(attempt(() => builtin<{ format(...args: unknown[]): string }>("node:util")!.format(`%${conv}`, value), value));
  } else if (/^(num|big|boo)/.test(typeof value)) {
    const base = kind === "x" ? 16 : kind === "o" ? 8 : 10;
    let negative: boolean;
    let prefix = "";
    if ("efg".includes(kind)) {
      const number = Number(value);
      negative = number < 0 || Object.is(number, -0);
      text = decimal(kind, Math.abs(number), precision, flags.includes("#"));
    } else {
      // What is no whole number cannot become a BigInt.
      const whole = attempt(() => BigInt(typeof value === "number" && base === 10 ? Math.trunc(value) : (value as bigint)), undefined);
      if (whole === undefined) return undefined;
      negative = whole < 0n;
      text = (negative ? -whole : whole).toString(base).padStart(precision, "0");
      if (base !== 10 && flags.includes("#")) prefix = `0${kind}`;
    }
    prefix = (negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") + prefix;
    if (flags.includes("0") && !left) text = text.padStart(width - prefix.length, "0");
    text = prefix + text;
    if (conv < "a") text = text.toUpperCase();
  }
  // Columns are code points, padStart counts UTF-16 units.
  if (text && text.length < 2 * width && SURROGATE.test(text)) width += text.length - [...text].length;
  return left ? text?.padEnd(width) : text?.padStart(width);
}

/** Python's `repr` of a string. */
function quoted(text: string): string {
  const inner = text.replace(/[\\\p{C}]|(?! )\p{Z}/gu, escaped);
  return text.includes("'") && !text.includes('"') ? `"${inner}"` : `'${inner.replaceAll("'", "\\'")}'`;
}

function escaped(character: string): string {
  if (/[\n\r\t\\]/.test(character)) return JSON.stringify(character).slice(1, -1);
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  return code < 256 ? `\\x${hex.padStart(2, "0")}` : code < 65_536 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** A number that is not negative, as `e`, `f` or `g` write it. */
function decimal(kind: string, x: number, precision: number, alternate: boolean): string {
  if (!Number.isFinite(x)) return x ? "inf" : "nan";
  const general = kind === "g";
  let places = precision >= 0 ? precision : 6;
  let text: string;
  let tail = "";
  if (kind === "f") text = x < 1e21 ? even(x.toFixed(places), x, places) : `${BigInt(x)}.${"0".repeat(places)}`;
  else {
    if (general) places = Math.max(places, 1) - 1;
    const [mantissa, power] = x.toExponential(places).split("e") as [string, string];
    const exponent = Number(power);
    text = even(mantissa, x, places - exponent);
    if (general && exponent >= -4 && exponent <= places) {
      const digits = "0".repeat(Math.max(-exponent, 0)) + text.replace(".", "");
      const point = Math.max(exponent, 0) + 1;
      text = `${digits.slice(0, point)}.${digits.slice(point)}`;
    } else tail = `e${power.replace(/^(.)(.)$/, "$10$2")}`;
  }
  if (!text.includes(".")) text += ".";
  return (alternate ? text : text.replace(general ? /\.?0*$/ : /\.$/, "")) + tail;
}

/**
 * JavaScript rounds exact ties up, Python to even. `x` lies halfway between two decimals of so many places when it is an odd multiple of
 * half of the last place; an odd last digit is then one too many.
 */
function even(text: string, x: number, places: number): string {
  const halves = x * 2 ** (places + 1);
  return halves % 2 === 1 && halves % 5 ** Math.max(-places, 0) === 0 ? text.replace(/[13579]$/, (digit) => `${Number(digit) - 1}`) : text;
}
