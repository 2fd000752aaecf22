import { printf } from "@cordwood/core";
import { firstCodePoints, fit } from "./code-points.js";
import type { Clean } from "./control-characters.js";
import { MOST_PRECISION, MOST_WIDTH } from "./limits.js";
import { type Convert, formatError, type Pattern, type Piece, textOf } from "./pattern.js";
import { repr } from "./repr.js";
import { unicodePattern } from "./unicode-pattern.js";

// CPython's PercentStyle.validation_pattern; \w of Python is letters, numbers and the underscore of any script.
// Nearly all formats are ASCII.
const VALID_ASCII = /%\(\w+\)[#0+ -]*(\*|\d+)?(\.(\*|\d+))?[diouxefgcrsa%]/i;
const valid = unicodePattern(String.raw`%\([\p{L}\p{N}_]+\)[#0+ -]*(\*|\d+)?(\.(\*|\d+))?[diouxefgcrsa%]`, "iu");

const SPEC = /([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?(.)?/sy;

/** Throws unless the format names at least one field. */
export function validatePercent(fmt: string): void {
  if (!VALID_ASCII.test(fmt) && !valid().test(fmt))
    throw formatError(`format ${JSON.stringify(fmt)} names no field in the % style; write %(message)s, or give style "{" or "$"`);
}

/** Compiles `%(name)-8s`, Python's conversions with all their flags. */
export function compilePercent(fmt: string): Pattern {
  const pieces: Piece[] = [];
  let literal = "";
  let at = 0;
  const broken = (reason: string): Pattern => ({ pieces, tail: literal, error: formatError(`format ${JSON.stringify(fmt)}: ${reason}`) });
  for (;;) {
    const percent = fmt.indexOf("%", at);
    if (percent < 0) return { pieces, tail: literal + fmt.slice(at), error: undefined };
    literal += fmt.slice(at, percent);
    at = percent + 1;
    if (fmt[at] === "%") {
      literal += "%";
      at++;
      continue;
    }
    if (at === fmt.length) return broken('it ends in "%"; write "%%" for a percent sign');
    if (fmt[at] !== "(") return broken(`"%" at ${percent} names no field; write %(name)s, or "%%" for a percent sign`);
    const end = closing(fmt, at);
    if (end < 0) return broken(`"(" at ${at} is never closed`);
    const name = fmt.slice(at + 1, end);
    SPEC.lastIndex = end + 1;
    const [spec, flags, width, precision, conversion] = SPEC.exec(fmt)! as unknown as [string, string, string?, string?, string?];
    if (width === "*" || precision === "*")
      return broken(`"*" in the field ${JSON.stringify(name)} has no argument to take its number from`);
    if (conversion === undefined) return broken(`the field ${JSON.stringify(name)} has no conversion; write %(${name})s`);
    const piece = makePiece(literal, name, flags, width, precision, conversion);
    if (piece === undefined) return broken(`unknown conversion ${JSON.stringify(conversion)} of the field ${JSON.stringify(name)}`);
    pieces.push(piece);
    literal = "";
    at = end + 1 + spec.length;
  }
}

/** Where the parenthesis at `open` closes; names may hold others in pairs. */
function closing(fmt: string, open: number): number {
  let depth = 0;
  for (let i = open; i < fmt.length; i++) {
    if (fmt[i] === "(") depth++;
    else if (fmt[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

function makePiece(
  literal: string,
  name: string,
  flags: string,
  widthText: string | undefined,
  precisionText: string | undefined,
  conversion: string,
): Piece | undefined {
  const width = Math.min(Number(widthText ?? 0), MOST_WIDTH);
  const precision = precisionText === undefined ? undefined : Number(precisionText);
  const side = flags.includes("-") ? "left" : "right";
  const text = (make: (value: unknown, clean: Clean) => string): Piece => ({
    literal,
    name,
    width,
    side,
    fill: " ",
    convert: (value, _lookup, clean) => {
      const whole = make(value, clean);
      return fit(precision === undefined || conversion === "c" ? whole : firstCodePoints(whole, precision), width, side, " ");
    },
  });
  switch (conversion) {
    case "s":
      return precision === undefined
        ? { literal, name, width, side, fill: " ", convert: undefined }
        : text((value, clean) => clean(textOf(value)));
    case "r":
    case "a":
      return text((value, clean) => clean(repr(value, conversion === "a")));
    case "c":
      return text((value, clean) => clean(printf("%c", [value])));
    default:
      if (!"diouxXeEfFgG".includes(conversion)) return undefined;
      return { literal, name, width, side, fill: " ", convert: number(flags, width, precision, conversion) };
  }
}

function number(flags: string, width: number, precision: number | undefined, conversion: string): Convert {
  const digits = precision === undefined ? "" : `.${Math.min(precision, MOST_PRECISION)}`;
  const spec = `%${flags}${width === 0 ? "" : width}${digits}${conversion}`;
  if (!"diu".includes(conversion) || digits !== "" || /[+ #]/.test(flags)) return (value) => printf(spec, [value]);
  // Whole numbers as they usually are: line numbers, process ids, milliseconds.
  const left = flags.includes("-");
  const fill = flags.includes("0") && !left ? "0" : " ";
  return (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0) return printf(spec, [value]);
    const text = String(value);
    return left ? text.padEnd(width) : text.padStart(width, fill);
  };
}
