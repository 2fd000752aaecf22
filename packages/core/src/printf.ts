import { LoggingError } from "./errors.js";
import { builtin } from "./runtime.js";
import { attempt, isObject, plainData, show } from "./values.js";

/** The text before a conversion, then the conversion as written and its parts. */
type Piece = readonly [
  before: string,
  spec: string,
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
const MOST_CONVERSIONS = 1_000;
const CACHED_FORMATS = 500;
const LONGEST_CACHED = 1_024;

// A key may hold parentheses, in pairs, three deep; its length is bounded, or a text of many "%(" would be read to its end for each of them.
const CONVERSION =
  /%%|%(?:\(((?:[^()]|\((?:[^()]|\([^()]{0,255}\)){0,255}\)){0,255})\))?([-+ #0]*)(\*|[1-9]\d*)?(?:\.(\*|\d*))?[hlL]?([diouxXeEfFgGcrsajO])/g;
const MISSING = {};

const cache = new Map<string, Pattern>();

/** The conversions of a logging call's message, remembered: a `%` before a space, and whatever is no conversion, is text. */
export function patternOf(format: string): Pattern {
  let pattern = cache.get(format);
  if (!pattern) {
    pattern = compile(format, false);
    // Messages built by concatenation are all different: what is kept of them stays small.
    if (cache.size >= CACHED_FORMATS) cache.clear();
    if (format.length <= LONGEST_CACHED) cache.set(format, pattern);
  }
  return pattern;
}

/** Whether `%(key)s` can read the value. */
export const isMapping = (value: unknown): value is object => isObject(value) && attempt(() => !Array.isArray(value), true);

/**
 * The text of a logging call. Arguments left over are appended; a conversion that does not fit is shown in place and told to `misfit`,
 * once a call. Never throws.
 */
export function formatMessage(format: string, args: Arguments, misfit: Misfit): string {
  try {
    return render(format, patternOf(format), args, misfit, false);
  } catch {
    return `${format} ${show(args)}`;
  }
}

/**
 * Python's `format % args`: an array is a tuple, an object a mapping. Width is capped at 1 024 and precision at 100.
 * @throws {@link LoggingError} `PRINTF_INVALID` when format and arguments do not fit.
 */
export function printf(format: string, args: Arguments): string {
  const refuse = (problem: string): never => {
    throw new LoggingError("PRINTF_INVALID", `printf ${problem}; give each conversion one argument of its kind, %% for a percent sign`);
  };
  const pattern = compile(format, true);
  // What a logging call keeps as text or appends is refused here.
  const rest = format.replace(CONVERSION, (spec) => (/[jO]$/.test(spec) ? spec : ""));
  if (rest.includes("%")) refuse(`"${format}": a % begins no conversion`);
  if (Array.isArray(args) && (pattern.keyed || args.length > pattern.arity)) refuse(`"${format}": ${args.length} arguments`);
  return render(format, pattern, args, refuse, true);
}

function compile(format: string, strict: boolean): Pattern {
  const pieces: Piece[] = [];
  let arity = 0;
  let keyed = false;
  let before = "";
  let from = 0;
  for (const match of format.matchAll(CONVERSION)) {
    const [spec, key] = match;
    if (spec[1] === " " && !strict) continue;
    if (pieces.length >= MOST_CONVERSIONS) break;
    before += format.slice(from, match.index);
    from = match.index + spec.length;
    if (spec === "%%") before += "%";
    else {
      pieces.push([before, ...match] as unknown as Piece);
      before = "";
      if (key === undefined) arity += spec.split("*").length;
      else keyed = true;
    }
  }
  return { arity, keyed, pieces, tail: before + format.slice(from) };
}

function render(format: string, pattern: Pattern, args: Arguments, misfit: Misfit, strict: boolean): string {
  const array = Array.isArray(args);
  const list = array ? (args as readonly unknown[]) : [args];
  const { pieces } = pattern;
  let taken = pattern.keyed && isMapping(list[0]) ? 1 : 0;
  let out = "";
  let problem = "";
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    const spec = piece[1];
    const value = list[taken];
    out += piece[0];
    // What most calls consist of, without further questions.
    if (spec === "%s" ? typeof value === "string" || typeof value === "number" : spec === "%d" && Number.isSafeInteger(value)) {
      out += value as string;
      taken++;
    } else {
      const [text, next, shown] = fit(piece, list, taken, strict);
      if (text === null) problem ||= shown;
      out += text ?? shown;
      taken = next;
    }
  }
  out += pattern.tail;
  for (; array && taken < list.length; taken++) {
    out += (out && " ") + show(list[taken]);
  }
  if (problem) misfit(`"${format}": ${problem}`);
  return out;
}

/** The text of one conversion, or null and what to show instead; and how many arguments are taken by then. */
function fit(
  [, , key, flags, width, precision, conv]: Piece,
  list: readonly unknown[],
  taken: number,
  strict: boolean,
): readonly [text: string | null, taken: number, shown: string] {
  let value: unknown = MISSING;
  const take = (): unknown => (value = taken < list.length ? list[taken++] : MISSING);
  const count = (given: string | undefined): number => {
    if (given !== "*") return Number(given);
    if (Number.isInteger(take())) return value as number;
    throw value;
  };
  const text = attempt(() => {
    const columns = count(width);
    const digits = Math.min(Math.max(count(precision), 0), MOST_PRECISION);
    if (key === undefined) take();
    else if (Object.hasOwn(list[0] as object, key)) value = (list[0] as Record<string, unknown>)[key];
    return value === MISSING ? null : convert(conv, value, flags, columns, digits, strict);
  }, null);
  return [text, taken, text === null ? `%!${conv}(${value === MISSING ? "missing" : `${typeof value}=${show(value)}`})` : ""];
}

/** The text of one conversion; null, or an exception, when the value does not fit it. A negative width puts the value to the left; NaN is none. */
function convert(conv: string, value: unknown, flags: string, columns: number, precision: number, strict: boolean): string | null {
  const kind = conv.toLowerCase();
  const type = typeof value;
  const left = columns < 0 || flags.includes("-");
  let width = Math.min(Math.abs(columns), MOST_WIDTH);
  let text: string;
  if ("sra".includes(kind)) {
    text = show(value);
    if (kind !== "s" && type === "string") text = quoted(text);
    if (kind === "a") text = text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    if (precision < text.length) text = [...text.slice(0, 2 * precision)].slice(0, precision).join("");
  } else if (kind === "j") text = JSON.stringify(plainData(value));
  else if (!strict && kind === "o" && (conv === "O" || !/^(num|big)/.test(type))) {
    text = show(attempt(() => builtin<{ format(...args: unknown[]): string }>("node:util")!.format(`%${conv}`, value), value));
  } else if (kind === "c") {
    text = type === "number" ? String.fromCodePoint(value as number) : (value as string);
    if (!/^.$/su.test(text)) return null;
  } else if (/^(num|big|boo)/.test(type)) {
    const base = kind === "x" ? 16 : kind === "o" ? 8 : 10;
    const float = "efg".includes(kind);
    // What is no whole number cannot become a BigInt.
    const number = float ? Number(value) : BigInt(base === 10 && type === "number" ? Math.trunc(value as number) : (value as bigint));
    const prefix =
      (number < 0 || Object.is(number, -0) ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") +
      (base !== 10 && flags.includes("#") ? `0${kind}` : "");
    text = float
      ? decimal(kind, Math.abs(number as number), precision, flags.includes("#"))
      : number.toString(base).replace("-", "").padStart(precision, "0");
    if (flags.includes("0") && !left) text = text.padStart(width - prefix.length, "0");
    text = prefix + text;
    if (conv < "a") text = text.toUpperCase();
  } else return null;
  // Columns are code points, padStart counts UTF-16 units.
  if (text.length < 2 * width) width += text.match(/[^\0-\uffff]/gu)?.length ?? 0;
  return text[left ? "padEnd" : "padStart"](width);
}

/** Python's `repr` of a string, but for what cannot be printed: that is escaped as JSON does it. */
function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return text.includes("'") && !text.includes('"') ? `"${inner}"` : `'${inner.replaceAll("'", "\\'")}'`;
}

/** A number that is not negative, as `e`, `f` or `g` write it. */
function decimal(kind: string, x: number, precision: number, alternate: boolean): string {
  if (!Number.isFinite(x)) return x ? "inf" : "nan";
  let places = precision >= 0 ? precision : 6;
  let text: string;
  let tail = "";
  if (kind === "f") text = x < 1e21 ? even(x.toFixed(places), x, places) : `${BigInt(x)}.${"0".repeat(places)}`;
  else {
    if (kind === "g") places = Math.max(places - 1, 0);
    const [mantissa, power] = x.toExponential(places).split("e") as [string, string];
    const exponent = Number(power);
    text = even(mantissa, x, places - exponent);
    if (kind === "g" && exponent >= -4 && exponent <= places) {
      const digits = text.replace(".", "").padStart(places + 1 - exponent, "0");
      const point = Math.max(exponent, 0) + 1;
      text = `${digits.slice(0, point)}.${digits.slice(point)}`;
    } else tail = `e${power.replace(/^(.)(.)$/, "$10$2")}`;
  }
  if (!text.includes(".")) text += ".";
  return (alternate ? text : text.replace(kind === "g" ? /\.?0*$/ : /\.$/, "")) + tail;
}

/**
 * JavaScript rounds exact ties up, Python to even. `x` lies halfway between two decimals of so many places when it is an odd multiple of
 * half of the last place; an odd last digit is then one too many.
 */
function even(text: string, x: number, places: number): string {
  const halves = x * 2 ** (places + 1);
  return halves % 2 === 1 && halves % 5 ** Math.max(-places, 0) === 0 ? text.replace(/[13579]$/, (digit) => `${Number(digit) - 1}`) : text;
}
