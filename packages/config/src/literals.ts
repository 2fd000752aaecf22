import { LoggingError } from "@cordwood/core";
import { unicodePattern } from "./unicode-pattern.js";

/** What a Python literal can be here; tuples, lists and sets are arrays, dictionaries null-prototype objects. */
export type Literal = unknown;

/** Longest text and deepest nesting that is read. */
const LONGEST = 65_536;
const DEEPEST = 32;

/**
 * Reads a Python expression made of literals: strings, numbers, `True`, `False`, `None`, tuples, lists, sets, dictionaries, sums and
 * products of numbers, and names. Nothing is evaluated: a call, an index or any other operator is refused, and what a name means is
 * asked of `lookup`, which throws for a name it does not know.
 * @throws LoggingError `LITERAL_INVALID` with the column.
 */
export const parseLiteral = (text: string, lookup: (name: string) => unknown): Literal => {
  if (text.length > LONGEST)
    throw new LoggingError("LITERAL_INVALID", `a literal of ${text.length} characters; at most ${LONGEST} are read`);
  return new LiteralReader(text, lookup).read();
};

const NUMBER = /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)/y;
const dottedName = unicodePattern(String.raw`[\p{L}_][\p{L}\p{N}_]*(?:\s*\.\s*[\p{L}_][\p{L}\p{N}_]*)*`, "uy");
const wordCharacter = unicodePattern(String.raw`[\p{L}_\d]`, "u");
const STRING_START = /([rRuU]?)('''|"""|'|")/y;
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
  "\n": "",
};
const WORDS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

class LiteralReader {
  readonly #text: string;
  readonly #lookup: (name: string) => unknown;
  #at = 0;
  #depth = 0;

  constructor(text: string, lookup: (name: string) => unknown) {
    this.#text = text;
    this.#lookup = lookup;
  }

  read(): Literal {
    const value = this.#items("");
    if (this.#at < this.#text.length) throw this.#wrong("what stands here is no literal");
    return value;
  }

  /** One value, or the tuple that commas outside of brackets make. */
  #items(close: string): Literal {
    const first = this.#sum();
    if (!this.#take(",")) return first;
    const items = [first];
    while (!this.#ends(close)) {
      items.push(this.#sum());
      if (!this.#take(",")) break;
    }
    return items;
  }

  #sum(): Literal {
    let left = this.#product();
    for (;;) {
      const sign = this.#take("+") ? 1 : this.#take("-") ? -1 : 0;
      if (sign === 0) return left;
      left = this.#number(left) + sign * this.#number(this.#product());
    }
  }

  #product(): Literal {
    let left = this.#signed();
    while (this.#take("*")) left = this.#number(left) * this.#number(this.#signed());
    return left;
  }

  #signed(): Literal {
    if (this.#take("-")) return -this.#number(this.#nested(() => this.#signed()));
    if (this.#take("+")) return this.#number(this.#nested(() => this.#signed()));
    return this.#nested(() => this.#atom());
  }

  #atom(): Literal {
    this.#space();
    const next = this.#text[this.#at];
    if (next === undefined) throw this.#wrong("the expression ends where a value is expected");
    if (this.#take("(")) return this.#tuple();
    if (this.#take("[")) return this.#list("]");
    if (this.#take("{")) return this.#braces();
    const opening = this.#match(STRING_START);
    if (opening !== undefined) return this.#strings(opening);
    const digits = this.#match(NUMBER);
    if (digits !== undefined) return this.#numeral(digits[0]);
    const name = this.#match(dottedName());
    if (name === undefined) throw this.#wrong("what stands here is no literal");
    const dotted = name[0].replace(/\s+/g, "");
    this.#space();
    if ("([".includes(this.#text[this.#at] ?? " "))
      throw this.#wrong(`${dotted}${this.#text[this.#at]}…: nothing is called or indexed here; write the value itself`);
    return Object.hasOwn(WORDS, dotted) ? WORDS[dotted] : this.#lookup(dotted);
  }

  #tuple(): Literal {
    if (this.#take(")")) return [];
    const value = this.#items(")");
    this.#expect(")");
    return value;
  }

  #list(close: string): Literal {
    const items: Literal[] = [];
    while (!this.#ends(close)) {
      items.push(this.#sum());
      if (!this.#take(",")) break;
    }
    this.#expect(close);
    return items;
  }

  #braces(): Literal {
    const table: Record<string, unknown> = Object.create(null);
    if (this.#take("}")) return table;
    const first = this.#sum();
    if (!this.#take(":")) {
      if (this.#take(",")) return [first, ...(this.#list("}") as Literal[])];
      this.#expect("}");
      return [first];
    }
    for (let key = first; ; ) {
      if (typeof key !== "string" && typeof key !== "number") throw this.#wrong("a dictionary's keys are strings or numbers here");
      table[String(key)] = this.#sum();
      if (!this.#take(",") || this.#ends("}")) break;
      key = this.#sum();
      this.#expect(":");
    }
    this.#expect("}");
    return table;
  }

  #strings(opening: RegExpExecArray): string {
    let text = "";
    for (let start: RegExpExecArray | undefined = opening; start !== undefined; this.#space(), start = this.#match(STRING_START)) {
      text += this.#string(start[1]?.toLowerCase() === "r", start[2] as string);
    }
    return text;
  }

  #string(raw: boolean, quote: string): string {
    let out = "";
    while (!this.#text.startsWith(quote, this.#at)) {
      const char = this.#text[this.#at++];
      if (char === undefined || (char === "\n" && quote.length === 1)) throw this.#wrong("a string is not closed");
      if (char !== "\\") out += char;
      else if (raw) out += char + (this.#text[this.#at++] ?? "");
      else out += this.#escape();
    }
    this.#at += quote.length;
    return out;
  }

  #escape(): string {
    const code = /x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})/y;
    const found = this.#match(code);
    if (found !== undefined) {
      const hex = found[1] ?? found[2] ?? found[3];
      const point = hex === undefined ? Number.parseInt(found[4] as string, 8) : Number.parseInt(hex, 16);
      if (point > 0x10ffff) throw this.#wrong("an escape names no character");
      return String.fromCodePoint(point);
    }
    const char = this.#text[this.#at++] ?? "";
    return Object.hasOwn(ESCAPES, char) ? (ESCAPES[char] as string) : `\\${char}`;
  }

  #numeral(text: string): number {
    const value = Number(text.replaceAll("_", ""));
    // Python refuses 0123 and 1__0; a number that runs into a name (10MB) is refused by what follows.
    if (Number.isNaN(value) || /^0\d+$/.test(text) || /__|_$/.test(text)) throw this.#wrong(`${text} is no number`);
    if (wordCharacter().test(this.#text[this.#at] ?? " ")) throw this.#wrong(`${text}${this.#text[this.#at]} is no number`);
    return value;
  }

  #number(value: Literal): number {
    if (typeof value === "number") return value;
    throw this.#wrong("only numbers are added and multiplied here");
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw this.#wrong(`more than ${DEEPEST} levels of nesting`);
    const value = read();
    this.#depth--;
    return value;
  }

  #ends(close: string): boolean {
    this.#space();
    return this.#at >= this.#text.length || (close !== "" && this.#text[this.#at] === close);
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char))
      throw this.#wrong(this.#at >= this.#text.length ? `"${char}" is missing at the end` : `"${char}" is expected here`);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null || found[0] === "") return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  /** Says where, and not what stands there: it may be a password. */
  #wrong(message: string): LoggingError {
    return new LoggingError(
      "LITERAL_INVALID",
      `${message} (column ${this.#at + 1}); literals, sys.stdout and the names of logging are read, nothing is evaluated`,
    );
  }
}
