import { LoggingError } from "./errors.js";
import { LONGEST_FORMAT, MOST_CACHED, MOST_PRECISION, MOST_WIDTH, STRIDE } from "./limits.js";
import { builtin } from "./runtime.js";
import { attempt, isObject, plainData, show } from "./values.js";

type Arguments = readonly unknown[] | object;
type Misfit = (problem: string) => void;

// Captures the conversion, then its key, flags, width, precision and letter. A key may hold parentheses, in pairs, two deep: were it any deeper
// a text of many "%(" would be read to its end for each of them.
const CONVERSION = /(%%|%(?:\(((?:[^()]|\([^()]*\))*)\))?([-+ #0]*)(\*|[1-9]\d*)?(?:\.(\*|\d*))?[hlL]?([diouxXeEfFgGcrsajO]))/;
/** A format taken apart: text, then for each conversion its six captures and the text after it. */
type Parts = readonly string[];
const MISSING = {};

const cache = new Map<string, Parts>();

/** The parts of a logging call's message, remembered. What is too long for a format is text. */
function partsOf(format: string): Parts {
  let parts = format.length > LONGEST_FORMAT ? [format] : cache.get(format);
  if (!parts) {
    parts = format.split(CONVERSION);
    // Messages built by concatenation are all different: what is kept of them stays small.
    if (cache.size >= MOST_CACHED) cache.clear();
    cache.set(format, parts);
  }
  return parts;
}

/**
 * What the conversions of a message take: so many arguments from the left, `*` counted, after the one whose keys they read, if they do.
 */
export function needsOf(format: string, parts: Parts = partsOf(format)): readonly [arity: number, keyed: boolean] {
  let arity = 0;
  let keyed = false;
  for (let i = 1; i < parts.length; i += STRIDE) {
    if (parts[i + 1] !== undefined) keyed = true;
    else if (parts[i + 5]) arity += parts[i]!.split("*").length;
  }
  return [arity, keyed];
}

/** Whether `%(key)s` can read the value. */
export const isMapping = (value: unknown): value is object => isObject(value) && attempt(() => !Array.isArray(value), true);

/**
 * The text of a logging call: a `%` before a space, and whatever is no conversion, is text; arguments left over are appended; a conversion that
 * does not fit is shown in place and told to `misfit`, once a call. Never throws.
 */
export function formatMessage(format: string, args: Arguments, misfit: Misfit): string {
  try {
    return render(format, partsOf(format), args, misfit);
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
    throw new LoggingError("PRINTF_INVALID", `printf ${problem}; give each conversion its argument, %% for a percent sign`);
  };
  const parts = format.split(CONVERSION);
  const [arity, keyed] = needsOf(format, parts);
  // What a logging call keeps as text or appends is refused here.
  if (parts.some((part, i) => (i % STRIDE ? i % STRIDE === 6 && /[jO]/.test(part) : part.includes("%")))) {
    refuse(`"${format}": a % begins no conversion`);
  }
  if (Array.isArray(args) && (keyed || args.length > arity)) refuse(`"${format}": ${args.length} arguments`);
  return render(format, parts, args, refuse, true);
}

function render(format: string, parts: Parts, args: Arguments, misfit: Misfit, strict = false): string {
  const array = Array.isArray(args);
  const list = array ? (args as readonly unknown[]) : [args];
  let taken = 0;
  let problem = "";
  let out = parts[0]!;
  for (let i = 1; i < parts.length; i += STRIDE) {
    const spec = parts[i]!;
    const value = list[taken];
    // What most calls consist of comes first, without further questions.
    if (spec === "%s" ? typeof value === "string" || typeof value === "number" : spec === "%d" && Number.isSafeInteger(value)) {
      out += value as string;
      taken++;
    } else if (spec === "%%") out += "%";
    else if (spec[1] === " " && !strict) out += spec;
    else {
      const [shown, next, misfits] = fit(parts, i, list, taken, strict);
      out += shown;
      taken = next;
      if (misfits) problem ||= shown;
    }
    out += parts[i + 6];
  }
  for (; array && taken < list.length; taken++) out += (out && " ") + show(list[taken]);
  if (problem) misfit(`"${format}": ${problem}`);
  return out;
}

/** The text of one conversion or what to show instead, how many arguments are taken by then, and whether it does not fit. */
function fit(
  parts: Parts,
  at: number,
  list: readonly unknown[],
  first: number,
  strict: boolean,
): readonly [shown: string, taken: number, misfits?: boolean] {
  const key = parts[at + 1];
  const conv = parts[at + 5]!;
  let taken = first;
  const [mapping] = list;
  let value: unknown = MISSING;
  const take = (): unknown => (value = taken < list.length ? list[taken++] : MISSING);
  const count = (given: string | undefined): number => {
    if (given !== "*") return Number(given);
    if (Number.isInteger(take())) return value as number;
    throw value;
  };
  if (key !== undefined && isMapping(mapping)) taken ||= 1;
  try {
    const columns = count(parts[at + 3]);
    const digits = Math.min(Math.max(count(parts[at + 4]), 0), MOST_PRECISION);
    if (key === undefined) take();
    else if (Object.hasOwn(mapping as object, key)) value = (mapping as Record<string, unknown>)[key];
    if (value !== MISSING) return [convert(conv, value, parts[at + 2]!, columns, digits, strict), taken];
  } catch {
    // It is shown below.
  }
  return [`%!${conv}(${value === MISSING ? "missing" : `${typeof value}=${show(value)}`})`, taken, true];
}

/** The text of one conversion; throws when the value does not fit it. A negative width puts the value to the left; NaN is none. */
function convert(conv: string, value: unknown, flags: string, columns: number, precision: number, strict: boolean): string {
  const kind = conv.toLowerCase();
  const type = typeof value;
  const left = columns < 0 || flags.includes("-");
  let width = Math.min(Math.abs(columns), MOST_WIDTH);
  let text: string;
  if ("sra".includes(kind)) {
    text = show(value);
    if (kind !== "s" && type === "string") text = quoted(text);
    if (kind === "a") text = text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    if (precision < text.length) text = [...text].slice(0, precision).join("");
  } else if (kind === "j") text = JSON.stringify(plainData(value));
  else if (!strict && kind === "o" && (conv === "O" || !/^(n|bi)/.test(type))) {
    text = show(attempt(() => builtin<{ format(...args: unknown[]): string }>("node:util")!.format(`%${conv}`, value), value));
  } else if (kind === "c") {
    text = type === "number" ? String.fromCodePoint(value as number) : (value as string);
    if (!/^.$/su.test(text)) throw value;
  } else if (/^[nb]/.test(type)) {
    const base = kind === "x" ? 16 : kind === "o" ? 8 : 10;
    const float = "efg".includes(kind);
    const alternate = flags.includes("#");
    // What is no whole number cannot become a BigInt.
    const number = float ? Number(value) : BigInt(base === 10 && type === "number" ? Math.trunc(value as number) : (value as bigint));
    const prefix =
      (number < 0 || 1 / Number(number) < 0 ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") +
      (alternate && base !== 10 ? `0${kind}` : "");
    text = float
      ? decimal(kind, Math.abs(number as number), precision, alternate)
      : number.toString(base).replace("-", "").padStart(precision, "0");
    if (flags.includes("0") && !left) text = text.padStart(width - prefix.length, "0");
    text = prefix + text;
    if (conv < "a") text = text.toUpperCase();
  } else throw value;
  // Columns are code points, padStart counts UTF-16 units.
  if (width) width += text.length - [...text].length;
  return text[left ? "padEnd" : "padStart"](width);
}

/** Python's `repr` of a string, but for what cannot be printed: that is escaped as JSON does it. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  if (text.includes("'") && !text.includes('"')) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A number that is not negative, as `e`, `f` or `g` write it. */
function decimal(kind: string, x: number, precision: number, alternate: boolean): string {
  if (!Number.isFinite(x)) return x ? "inf" : "nan";
  const general = kind === "g";
  const digits = precision >= 0 ? precision : 6;
  let places = general && digits ? digits - 1 : digits;
  const [mantissa, power] = x.toExponential(places).split("e") as [string, string];
  const exponent = Number(power);
  let text = mantissa;
  let scale = places - exponent;
  let tail = "";
  if (kind === "e" || (general && (exponent < -4 || exponent > places))) {
    tail = `e${power.replace(/^.(?=.$)/, "$&0")}`;
  } else {
    // No number that `g` writes like this has more than 66 decimals.
    if (general) places = Math.min(scale, MOST_PRECISION);
    text = x < 1e21 ? x.toFixed(places) : `${BigInt(x)}.${"0".repeat(places)}`;
    scale = places;
  }
  // JavaScript rounds exact ties up, Python to even: of a number halfway between two decimals, an odd multiple of half of the last place, an odd
  // last digit is one too many.
  const halves = x * 2 ** (scale + 1);
  if (halves % 2 === 1 && !(halves % 5 ** Math.max(-scale, 0))) text = text.replace(/[13579]$/, (digit) => `${Number(digit) - 1}`);
  if (!text.includes(".")) text += ".";
  return (alternate ? text : text.replace(general ? /\.?0*$/ : /\.$/, "")) + tail;
}
