import { fillPattern, formatError, type Pattern, type Piece } from "./pattern.js";

// Names are ASCII: without the flag u, so that i can never let ſ or the Kelvin sign in.
const FIELD = /\$(?:(\$)|([_A-Za-z][_A-Za-z0-9]*)|\{([_A-Za-z][_A-Za-z0-9]*)\})/y;

/** Throws unless every `$` is well used and the format names at least one field. */
export function validateTemplate(fmt: string): void {
  const pattern = compileTemplate(fmt);
  if (pattern.error !== undefined) throw pattern.error;
  if (pattern.pieces.length === 0)
    throw formatError(`format ${JSON.stringify(fmt)} names no field in the $ style; write $message or \${message}`);
}

/** Compiles `$name`, `${name}` and `$$`. */
export function compileTemplate(fmt: string): Pattern {
  const pieces: Piece[] = [];
  let literal = "";
  let at = 0;
  for (;;) {
    const dollar = fmt.indexOf("$", at);
    if (dollar < 0) return { pieces, tail: literal + fmt.slice(at), error: undefined };
    literal += fmt.slice(at, dollar);
    FIELD.lastIndex = dollar;
    const match = FIELD.exec(fmt);
    if (match === null) {
      const error = formatError(
        `format ${JSON.stringify(fmt)}: "$" at ${dollar} starts no field; write \${name}, or "$$" for a dollar sign`,
      );
      return { pieces, tail: literal, error };
    }
    const name = match[2] ?? match[3];
    if (name === undefined) literal += "$";
    else {
      pieces.push({ literal, name, width: 0, side: "left", fill: " ", convert: undefined });
      literal = "";
    }
    at = FIELD.lastIndex;
  }
}

/**
 * `string.Template(template).substitute(values)`: replaces `$name` and `${name}`; `$$` is a dollar sign.
 * Values are shown as they are, own properties only. Throws a `LoggingError` for a missing name or a stray `$`.
 */
export const substitute = (template: string, values: Readonly<Record<string, unknown>>): string =>
  fillPattern(compileTemplate(template), values);
