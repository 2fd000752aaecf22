import { type BraceSpec, formatValue, parseSpec } from "./brace-spec.js";
import type { Clean } from "./control-characters.js";
import { type Convert, formatError, type Lookup, type Pattern, type Piece, pieceText, textOf } from "./pattern.js";
import { repr } from "./repr.js";
import { unicodePattern } from "./unicode-pattern.js";

/** `{name!r:>10}` taken apart. */
interface Field {
  readonly literal: string;
  readonly name: string;
  readonly conversion: string;
  readonly spec: string;
}

interface Parsed {
  readonly fields: readonly Field[];
  readonly tail: string;
  readonly problem: string | undefined;
}

// CPython's StrFormatStyle.field_spec and fmt_spec.
const fieldName = unicodePattern(String.raw`^[\p{L}\p{N}_]+(\.[\p{L}\p{N}_]+|\[[^\]]+\])*$`, "u");
const fieldSpec = unicodePattern(
  String.raw`^(.?[<>=^])?[+ -]?#?0?(\d+|\{[\p{L}\p{N}_]+\})?[,_]?(\.(\d+|\{[\p{L}\p{N}_]+\}))?[bcdefgnosx%]?$`,
  "iu",
);

/** Throws unless the format is well formed and names at least one field. */
export function validateBraces(fmt: string): void {
  const { fields, problem } = parse(fmt);
  const broken = (reason: string) => formatError(`format ${JSON.stringify(fmt)}: ${reason}`);
  if (problem !== undefined) throw broken(problem);
  let named = false;
  for (const { name, conversion, spec } of fields) {
    if (name !== "" && !fieldName().test(name)) throw broken(`invalid field name ${JSON.stringify(name)}`);
    if (conversion !== "" && !"rsa".includes(conversion)) throw broken(`invalid conversion "!${conversion}"; give !s, !r or !a`);
    if (spec !== "" && !fieldSpec().test(spec))
      throw broken(`invalid specification ${JSON.stringify(spec)} of the field ${JSON.stringify(name)}`);
    named ||= name !== "";
  }
  if (!named) throw broken("it names no field in the { style; write {message}");
}

/** Compiles `{name}`, `{name!r}`, `{name:>10}`, `{{` and `}}`. */
export function compileBraces(fmt: string): Pattern {
  const { fields, tail, problem } = parse(fmt);
  const broken = (reason: string) => ({ pieces: [], tail: "", error: formatError(`format ${JSON.stringify(fmt)}: ${reason}`) });
  if (problem !== undefined) return broken(problem);
  const pieces: Piece[] = [];
  for (const field of fields) {
    if (field.name === "" || /^\d+$/.test(field.name))
      return broken(`{${field.name}} takes a value by position, and there are none; name a field`);
    if (field.conversion !== "" && !"rsa".includes(field.conversion))
      return broken(`invalid conversion "!${field.conversion}"; give !s, !r or !a`);
    const piece = makePiece(field);
    if (typeof piece === "string") return broken(piece);
    pieces.push(piece);
  }
  return { pieces, tail, error: undefined };
}

/** The piece of a field, or what is wrong with it. */
function makePiece({ literal, name, conversion, spec }: Field): Piece | string {
  const general = (convert: Convert, nested: boolean): Piece => ({ literal, name, width: 0, side: "left", fill: " ", convert, nested });
  if (spec.includes("{")) {
    return general(
      (value, lookup, clean) => formatValue(converted(value, conversion), parseSpec(expand(spec, lookup, clean)), clean),
      true,
    );
  }
  let parsed: BraceSpec;
  try {
    parsed = parseSpec(spec);
  } catch (error) {
    return (error as Error).message;
  }
  const { align, width, fill, plain } = parsed;
  // With the side given, numbers and texts are filled up alike.
  if (conversion === "" && plain && (width === 0 || align !== "")) {
    return { literal, name, width, side: align === "^" ? "center" : align === ">" ? "right" : "left", fill, convert: undefined };
  }
  return general((value, _lookup, clean) => formatValue(converted(value, conversion), parsed, clean), false);
}

function converted(value: unknown, conversion: string): unknown {
  if (conversion === "") return value;
  return conversion === "s" ? textOf(value) : repr(value, conversion === "a");
}

/** A specification with the fields inside it filled in; these have none inside theirs, as in Python. */
function expand(spec: string, lookup: Lookup, clean: Clean): string {
  const { pieces, tail, error } = compileBraces(spec);
  if (error !== undefined) throw error;
  if (/\{[^{}]*\{/.test(spec.replaceAll("{{", "")))
    throw formatError(`specification ${JSON.stringify(spec)} has fields inside a field inside it`);
  let text = "";
  for (const piece of pieces) text += piece.literal + pieceText(piece, lookup(piece.name), lookup, clean);
  return text + tail;
}

/** CPython's MarkupIterator, step for step. */
function parse(fmt: string): Parsed {
  const fields: Field[] = [];
  let literal = "";
  let at = 0;
  const broken = (problem: string): Parsed => ({ fields, tail: literal, problem });
  while (at < fmt.length) {
    const char = fmt[at]!;
    if (char !== "{" && char !== "}") {
      const next = nextBrace(fmt, at);
      literal += fmt.slice(at, next);
      at = next;
      continue;
    }
    if (fmt[at + 1] === char) {
      literal += char;
      at += 2;
      continue;
    }
    if (char === "}") return broken(`single "}" at ${at}; write "}}" for a brace`);
    if (at + 1 === fmt.length) return broken(`single "{" at ${at}; write "{{" for a brace`);
    const start = at + 1;
    const nameEnd = endOfName(fmt, start);
    const name = fmt.slice(start, nameEnd);
    if (fmt[nameEnd] === "{") return broken(`unexpected "{" in the field name at ${nameEnd}`);
    if (nameEnd >= fmt.length) return broken(`"{" at ${at} is never closed`);
    let conversion = "";
    let end = nameEnd;
    if (fmt[end] === "!") {
      conversion = String.fromCodePoint(fmt.codePointAt(end + 1) ?? 0);
      if (end + 1 >= fmt.length) return broken(`"{" at ${at} is never closed`);
      end += 1 + conversion.length;
      if (conversion === "}" || (fmt[end] !== ":" && fmt[end] !== "}")) return broken(`"!" at ${nameEnd} takes one letter: !s, !r or !a`);
    }
    let spec = "";
    if (fmt[end] === ":") {
      const specStart = end + 1;
      end = endOfSpec(fmt, specStart);
      if (end < 0) return broken(`"{" at ${at} is never closed`);
      spec = fmt.slice(specStart, end);
    }
    fields.push({ literal, name, conversion, spec });
    literal = "";
    at = end + 1;
  }
  return { fields, tail: literal, problem: undefined };
}

function nextBrace(fmt: string, from: number): number {
  let i = from;
  while (i < fmt.length && fmt[i] !== "{" && fmt[i] !== "}") i++;
  return i;
}

/** Where a field's name ends: at `!`, `:`, `}` or a wrong `{`, brackets skipped whole. */
function endOfName(fmt: string, start: number): number {
  for (let i = start; i < fmt.length; i++) {
    const char = fmt[i]!;
    if (char === "[") {
      const close = fmt.indexOf("]", i);
      if (close < 0) return fmt.length;
      i = close;
    } else if (char === "{" || char === "}" || char === ":" || char === "!") return i;
  }
  return fmt.length;
}

/** The `}` that closes the field, those of fields inside its specification counted. */
function endOfSpec(fmt: string, start: number): number {
  let depth = 1;
  for (let i = start; i < fmt.length; i++) {
    if (fmt[i] === "{") depth++;
    else if (fmt[i] === "}" && --depth === 0) return i;
  }
  return -1;
}
