/** Bytes a line may take; a longer one is quicker as a text. */
const MOST_BYTES = 2_048;
/** Characters past which a piece of a line is encoded quicker by the system than one by one. */
const LONGEST_PIECE = 128;
/** A longer format is not looked at. */
const LONGEST_FORMAT = 256;
const MOST_FORMATS = 200;
/** What a character takes at most, as far as they are encoded here. */
const WIDEST = 3;

const ZERO = 48;
/** Whole numbers below are written digit by digit. */
const MOST_DIGITS = 10;
const LARGEST = 2 ** 31;

/** A message of texts and plain conversions. */
interface SimpleFormat {
  /** What stands before, between and behind the conversions, as UTF-8. */
  readonly texts: readonly Uint8Array[];
  /** The conversions: `"s"` or `"d"` each. */
  readonly kinds: readonly string[];
}

const formats = /* @__PURE__ */ new Map<string, SimpleFormat | undefined>();

/** The message taken apart; nothing where it has a conversion other than a bare `%s` and `%d`, or a `%` that is none. */
function takeApart(format: string): SimpleFormat | undefined {
  const texts: string[] = [];
  const kinds: string[] = [];
  let text = "";
  let at = 0;
  for (let percent = format.indexOf("%"); percent >= 0; percent = format.indexOf("%", at)) {
    const kind = format[percent + 1];
    text += format.slice(at, percent);
    at = percent + 2;
    if (kind === "%") text += "%";
    else if (kind === "s" || kind === "d") {
      texts.push(text);
      kinds.push(kind);
      text = "";
    } else return undefined;
  }
  texts.push(text + format.slice(at));
  const encoded = texts.map(encodeText);
  return encoded.includes(undefined) ? undefined : { texts: encoded as Uint8Array[], kinds };
}

/** Nothing for a text with a character that is not for here. */
function encodeText(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length * WIDEST);
  const length = putText(bytes, text, 0);
  return length < 0 ? undefined : bytes.slice(0, length);
}

/** Puts a text at a place. @returns where it ends; −1 where it has a character that has to be escaped, or is half of a pair. */
function putText(bytes: Uint8Array, text: string, start: number): number {
  const { length } = text;
  let at = start;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 127) {
      if (code < 32 && code !== 10 && code !== 9) return -1;
      bytes[at++] = code;
    } else if (code < 0x800) {
      if (code < 160) return -1;
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 63);
    } else {
      // Halves of a pair, and marks that turn a text around.
      if ((code >= 0xd800 && code < 0xe000) || (code >= 0x202a && code <= 0x2069)) return -1;
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 63);
      bytes[at++] = 0x80 | (code & 63);
    }
  }
  return at;
}

function simpleFormat(format: string): SimpleFormat | undefined {
  if (format.length > LONGEST_FORMAT) return undefined;
  let simple = formats.get(format);
  if (simple === undefined && !formats.has(format)) {
    if (formats.size >= MOST_FORMATS) formats.clear();
    formats.set(format, (simple = takeApart(format)));
  }
  return simple;
}

/**
 * Lines of simple records as UTF-8, made without making their texts: a text that is put together from pieces has to be copied into one, and again
 * into bytes, before the system takes it.
 */
export class LineBytes {
  /** The last line. There is room for one byte behind it. */
  readonly bytes = new Uint8Array(MOST_BYTES + 1);
  /** What the bytes begin with, and how many they are. */
  #start = "";
  #length = 0;
  #format = "";
  #simple: SimpleFormat | undefined;
  /** Counts the lines: an argument that logs when it is read has another line written here meanwhile. */
  #turn = 0;

  /**
   * Puts a line into `bytes`.
   * @param start what comes before the message, `end` what comes after it.
   * @returns its length in bytes; −1 where it is long, where a value is neither a short text nor a number, does not fit its conversion, or holds a
   * character that has to be shown as an escape or lies outside of Unicode's first plane.
   */
  write(start: string, message: string, args: readonly unknown[], end: string): number {
    const turn = ++this.#turn;
    const length = this.#write(start, message, args, end);
    if (turn === this.#turn) return length;
    this.#start = "";
    this.#length = 0;
    return -1;
  }

  #write(start: string, message: string, args: readonly unknown[], end: string): number {
    if (start !== this.#start) {
      // The bytes of the last start may go before this one is known to fit.
      this.#start = "";
      this.#length = 0;
      if (start.length > MOST_BYTES / WIDEST) return -1;
      const length = this.#text(start, 0);
      if (length < 0) return -1;
      this.#start = start;
      this.#length = length;
    }
    let at = this.#length;
    if (args.length === 0) {
      if (message.length > LONGEST_PIECE || message.includes("%")) return -1;
      at = this.#text(message, at);
    } else {
      if (message !== this.#format) {
        this.#format = message;
        this.#simple = simpleFormat(message);
      }
      const simple = this.#simple;
      if (simple === undefined || simple.kinds.length !== args.length) return -1;
      const { texts, kinds } = simple;
      at = this.#bytes(texts[0] as Uint8Array, at);
      for (let i = 0; i < args.length && at >= 0; i++) {
        const value = args[i];
        if (typeof value === "number" && (kinds[i] === "s" || Number.isSafeInteger(value))) at = this.#number(value, at);
        else if (typeof value === "string" && kinds[i] === "s" && value.length <= LONGEST_PIECE) at = this.#text(value, at);
        else return -1;
        if (at >= 0) at = this.#bytes(texts[i + 1] as Uint8Array, at);
      }
    }
    return at < 0 || end === "" ? at : this.#text(end, at);
  }

  #number(value: number, start: number): number {
    if (!(value >= 0 && value < LARGEST && Number.isInteger(value)) || start > MOST_BYTES - MOST_DIGITS)
      return this.#text(`${value}`, start);
    let end = start + 1;
    for (let rest = (value / 10) | 0; rest > 0; rest = (rest / 10) | 0) end++;
    let rest = value;
    for (let at = end - 1; at >= start; at--) {
      const tens = (rest / 10) | 0;
      this.bytes[at] = ZERO + rest - tens * 10;
      rest = tens;
    }
    return end;
  }

  /** Puts a text at a place. @returns where it ends; −1 where it does not fit or has a character that is not for here. */
  #text(text: string, start: number): number {
    return start + text.length * WIDEST > MOST_BYTES ? -1 : putText(this.bytes, text, start);
  }

  #bytes(piece: Uint8Array, start: number): number {
    const { bytes } = this;
    const { length } = piece;
    if (start + length > MOST_BYTES) return -1;
    for (let i = 0; i < length; i++) bytes[start + i] = piece[i] as number;
    return start + length;
  }
}
