const DEEPEST = 32;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\", "'": "'", '"': '"' };

/**
 * Reads what Python's `repr` writes of plain data: None, booleans, numbers, text, tuples, lists, dicts. Nothing is evaluated.
 * `undefined` for anything else, such as the `repr` of an object.
 */
export const pythonLiteral = (source: string): unknown => {
  const reader = new LiteralReader(source);
  try {
    return reader.whole();
  } catch {
    return undefined;
  }
};

class LiteralReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): unknown {
    const value = this.#value(0);
    this.#space();
    if (this.#at !== this.#source.length) throw new SyntaxError("text follows the value");
    return value;
  }

  #value(depth: number): unknown {
    if (depth > DEEPEST) throw new SyntaxError("nested too deep");
    this.#space();
    const first = this.#source[this.#at];
    if (first === "(") return this.#items(")", depth);
    if (first === "[") return this.#items("]", depth);
    if (first === "{") return this.#dict(depth);
    if (first === "'" || first === '"') return this.#string(first);
    const word = this.#match(/[A-Za-z]+|[+-]?(?:inf|nan|[0-9.]+(?:[eE][+-]?[0-9]+)?)/y);
    if (word === "None") return null;
    if (word === "True" || word === "False") return word === "True";
    const number = Number(word);
    if (word === undefined || Number.isNaN(number)) throw new SyntaxError("no plain data");
    return number;
  }

  #items(close: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    while (!this.#took(close)) {
      items.push(this.#value(depth + 1));
      if (!this.#took(",")) {
        if (!this.#took(close)) throw new SyntaxError(`${close} is missing`);
        break;
      }
    }
    return items;
  }

  #dict(depth: number): Record<string, unknown> {
    const dict = Object.create(null) as Record<string, unknown>;
    this.#at++;
    while (!this.#took("}")) {
      const key = this.#value(depth + 1);
      if (!this.#took(":")) throw new SyntaxError(": is missing");
      dict[String(key)] = this.#value(depth + 1);
      if (!this.#took(",")) {
        if (!this.#took("}")) throw new SyntaxError("} is missing");
        break;
      }
    }
    return dict;
  }

  #string(quote: string): string {
    let text = "";
    for (this.#at++; this.#source[this.#at] !== quote; ) {
      const plain = this.#match(/[^\\'"]+/y);
      if (plain !== undefined) text += plain;
      else if (this.#source[this.#at] === "\\") text += this.#escape();
      else if (this.#at >= this.#source.length) throw new SyntaxError("a quote is missing");
      else text += this.#source[this.#at++];
    }
    this.#at++;
    return text;
  }

  #escape(): string {
    const code = this.#match(/\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})/y);
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code.slice(2), 16));
    const named = ESCAPES[this.#source[this.#at + 1] ?? ""];
    if (named === undefined) throw new SyntaxError("an unknown escape");
    this.#at += 2;
    return named;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #space(): void {
    while (this.#source[this.#at] === " ") this.#at++;
  }

  #took(character: string): boolean {
    this.#space();
    if (this.#source[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}
