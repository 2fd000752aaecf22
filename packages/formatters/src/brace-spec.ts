import { printf } from "@cordwood/core";
import { firstCodePoints, fit } from "./code-points.js";
import type { Clean } from "./control-characters.js";
import { MOST_PRECISION, MOST_WIDTH } from "./limits.js";
import { formatError, textOf } from "./pattern.js";

/** `[[fill]align][sign][z][#][0][width][grouping][.precision][type]` */
export interface BraceSpec {
  readonly source: string;
  readonly fill: string;
  readonly align: "" | "<" | ">" | "^" | "=";
  readonly sign: string;
  readonly noNegativeZero: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
  /** Nothing but fill, side and width. */
  readonly plain: boolean;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?(,(?!_)|_(?!,))?(?:\.(\d+))?(.)?$/su;

/** Takes a specification apart; throws for what is none in any type. */
export function parseSpec(source: string): BraceSpec {
  const match = SPEC.exec(source);
  if (match === null) throw formatError(`invalid specification ${JSON.stringify(source)}`);
  const [, fill, align = "", sign = "", z, alternate, zero, width = "0", grouping = "", precision, type = ""] = match;
  if (grouping !== "" && !"deEfFgG%".includes(type) && !(grouping === "_" && "boxX".includes(type))) {
    throw formatError(`"${grouping}" does not go with "${type}" in the specification ${JSON.stringify(source)}`);
  }
  return {
    source,
    fill: fill ?? (zero === undefined ? " " : "0"),
    align: align as BraceSpec["align"],
    sign,
    noNegativeZero: z !== undefined,
    alternate: alternate !== undefined,
    zero: zero !== undefined,
    width: Math.min(Number(width), MOST_WIDTH),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
    plain: align !== "=" && [sign, z, alternate, zero, grouping, precision, type].every((part) => part === undefined || part === ""),
  };
}

/** The text of a value by a specification: numbers by Python's rules for them, anything else by its text. */
export function formatValue(value: unknown, spec: BraceSpec, clean: Clean): string {
  if (typeof value === "bigint") return formatInteger(value, spec, clean);
  if (typeof value !== "number") return formatText(clean(textOf(value)), spec);
  return Number.isInteger(value) ? formatInteger(value, spec, clean) : formatFloat(value, spec);
}

const refuse = (spec: BraceSpec, what: string) => formatError(`specification ${JSON.stringify(spec.source)} does not fit ${what}`);

function formatText(text: string, spec: BraceSpec): string {
  const { align, grouping, precision, type } = spec;
  if ((type !== "" && type !== "s") || grouping !== "" || spec.sign !== "" || spec.noNegativeZero || spec.alternate || align === "=") {
    throw refuse(spec, "a text");
  }
  const cut = precision === undefined ? text : firstCodePoints(text, precision);
  return fit(cut, spec.width, align === "^" ? "center" : align === ">" ? "right" : "left", spec.fill);
}

function formatInteger(value: number | bigint, spec: BraceSpec, clean: Clean): string {
  const { type } = spec;
  if (type !== "" && "eEfFgG%".includes(type)) return formatFloat(Number(value), spec);
  if (spec.precision !== undefined || spec.noNegativeZero || (type !== "" && !"bcdoxXn".includes(type)))
    throw refuse(spec, "a whole number");
  if (type === "c") {
    if (spec.sign !== "" || spec.alternate) throw refuse(spec, "a character");
    return assemble("", "", clean(printf("%c", [value])), spec);
  }
  const negative = value < 0;
  const radix = type === "b" ? 2 : type === "o" ? 8 : type === "x" || type === "X" ? 16 : 10;
  let digits = wholeDigits(value, radix, type);
  let prefix = spec.alternate && radix !== 10 ? `0${type}` : "";
  if (type === "X") {
    digits = digits.toUpperCase();
    prefix = prefix.toUpperCase();
  }
  return assemble(signOf(negative, spec) + prefix, digits, "", spec);
}

function wholeDigits(value: number | bigint, radix: number, type: string): string {
  // Beyond 1e21 a number shows its exponent unless all its digits are asked for.
  if (type === "" && typeof value === "number") return String(Math.abs(value));
  const whole = BigInt(value);
  return (whole < 0n ? -whole : whole).toString(radix);
}

function formatFloat(value: number, spec: BraceSpec): string {
  const { type, alternate } = spec;
  if (type !== "" && !"eEfFgGn%".includes(type)) throw refuse(spec, "a number with a fraction");
  const scaled = type === "%" ? value * 100 : value;
  const size = Math.abs(scaled);
  let text: string;
  if (!Number.isFinite(size)) text = Number.isNaN(size) ? "nan" : "inf";
  else {
    const precision = spec.precision === undefined ? undefined : Math.min(spec.precision, MOST_PRECISION);
    if (type === "") text = precision === undefined ? shortest(size, alternate) : general(size, Math.max(precision, 1), alternate);
    else {
      const conversion = type === "%" ? "f" : type === "n" ? "g" : type;
      text = printf(`%${alternate ? "#" : ""}.${precision ?? 6}${conversion}`, [size]);
    }
  }
  if ("EFG".includes(type) && type !== "") text = text.toUpperCase();
  const negative = scaled < 0 && !(spec.noNegativeZero && !/[1-9]/.test(text.replace(/e.*$/i, "")) && Number.isFinite(size));
  if (type === "%") text += "%";
  const digits = /^\d*/.exec(text)![0];
  return assemble(signOf(negative, spec), digits, text.slice(digits.length), spec);
}

const signOf = (negative: boolean, { sign }: BraceSpec): string => (negative ? "-" : sign === "-" ? "" : sign);

/** JavaScript's shortest digits are Python's; the exponent has at least two there. */
function shortest(size: number, alternate: boolean): string {
  const text = String(size).replace(/e([+-])(\d)$/, "e$10$2");
  return alternate && !text.includes(".") ? text.replace(/(?=e|$)/, ".") : text;
}

/** A precision without a type: like `g`, but it turns to an exponent one digit earlier and keeps a digit after the point. */
function general(size: number, precision: number, alternate: boolean): string {
  const scientific = printf(`%.${precision - 1}e`, [size]);
  const [mantissa, exponent] = scientific.split("e") as [string, string];
  const point = Number(exponent) + 1;
  if (point <= -4 || point > precision - 1) {
    return `${alternate ? (mantissa.includes(".") ? mantissa : `${mantissa}.`) : stripZeros(mantissa)}e${exponent}`;
  }
  const fixed = printf(`%.${precision - point}f`, [size]);
  const kept = alternate ? fixed : stripZeros(fixed);
  return kept.includes(".") ? kept : `${kept}.0`;
}

const stripZeros = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** Sign and prefix, digits in groups, the rest, filled up: CPython's calc_number_widths. */
function assemble(front: string, digits: string, rest: string, spec: BraceSpec): string {
  const align = spec.align !== "" ? spec.align : spec.zero && spec.fill === "0" ? "=" : ">";
  const around = front.length + (digits === "" ? [...rest].length : rest.length);
  const zeros = spec.fill === "0" && align === "=" ? spec.width - around : 0;
  const size = spec.grouping === "_" && "boxX".includes(spec.type) && spec.type !== "" ? 4 : 3;
  const grouped = digits === "" ? "" : group(digits, size, spec.grouping, zeros);
  if (align === "=") return front + spec.fill.repeat(Math.max(0, spec.width - around - grouped.length)) + grouped + rest;
  return fit(front + grouped + rest, spec.width, align === "^" ? "center" : align === "<" ? "left" : "right", spec.fill);
}

/** Puts separators between groups from the right, zeros in front until `least` characters are there; a separator never comes first. */
function group(digits: string, size: number, separator: string, least: number): string {
  if (separator === "") return digits.padStart(least, "0");
  let text = "";
  let left = digits.length;
  let missing = least;
  for (;;) {
    const length = Math.min(size, Math.max(left, missing, 1));
    const taken = Math.min(left, length);
    const part = "0".repeat(length - taken) + digits.slice(left - taken, left);
    text = text === "" ? part : part + separator + text;
    left -= taken;
    missing -= length;
    if (left <= 0 && missing <= 0) return text;
    missing -= 1;
  }
}
