import { LoggingError } from "@cordwood/core";

/** What happens to a character that the encoding lacks; the names and results are those of Python's codecs. */
export type EncodingErrors = "strict" | "ignore" | "replace" | "backslashreplace" | "xmlcharrefreplace";

/** How text becomes the bytes of the file. */
export interface TextEncoding {
  /** For Node's calls; nothing for UTF-8, which is what they take without one. */
  readonly node: BufferEncoding | undefined;
  /** The bytes that end a line. */
  readonly newline: Uint8Array;
  /** Most bytes that one UTF-16 unit of text may become. */
  readonly widest: number;
  /** Gives the text with every character that the encoding lacks replaced; nothing where it lacks none. */
  readonly fit: ((text: string) => string) | undefined;
}

// Python's spellings, without case, hyphens and underscores.
const KNOWN: Readonly<Record<string, readonly [BufferEncoding | undefined, highest: number, widest: number]>> = {
  utf8: [undefined, 0xffff, 3],
  utf16le: ["utf16le", 0xffff, 2],
  latin1: ["latin1", 0xff, 1],
  iso88591: ["latin1", 0xff, 1],
  ascii: ["latin1", 0x7f, 1],
  usascii: ["latin1", 0x7f, 1],
};

const REPLACEMENTS: Readonly<Record<EncodingErrors, ((character: string) => string) | undefined>> = {
  strict: undefined,
  ignore: () => "",
  replace: () => "?",
  backslashreplace: (character) => {
    const code = character.codePointAt(0) as number;
    const hex = code.toString(16);
    return code > 0xffff ? `\\U${hex.padStart(8, "0")}` : code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
  },
  xmlcharrefreplace: (character) => `&#${character.codePointAt(0)};`,
};

/** @throws LoggingError `OPTION_INVALID` for a name or a way to treat errors that is not known. */
export function textEncoding(name: string, errors: EncodingErrors): TextEncoding {
  const known = Object.hasOwn(KNOWN, normal(name)) ? KNOWN[normal(name)] : undefined;
  if (known === undefined) {
    throw new LoggingError("OPTION_INVALID", `encoding is ${JSON.stringify(name)}; give "utf-8", "utf16le", "latin1" or "ascii"`);
  }
  if (!Object.hasOwn(REPLACEMENTS, errors)) {
    throw new LoggingError("OPTION_INVALID", `errors is ${JSON.stringify(errors)}; give one of ${Object.keys(REPLACEMENTS).join(", ")}`);
  }
  const [node, highest, widest] = known;
  const newline = Buffer.from("\n", node);
  return { node, newline, widest, fit: highest === 0xffff ? undefined : fitting(name, highest, REPLACEMENTS[errors]) };
}

const normal = (name: unknown): string => (typeof name === "string" ? name.toLowerCase().replace(/[-_ ]/g, "") : "");

function fitting(name: string, highest: number, replacement: ((character: string) => string) | undefined): (text: string) => string {
  const lacking = highest === 0xff ? /[^\0-\xff]/gu : /[^\0-\x7f]/gu;
  return (text) =>
    text.replace(lacking, (character) => {
      if (replacement !== undefined) return replacement(character);
      throw new LoggingError(
        "ENCODING_FAILED",
        `${JSON.stringify(character)} cannot be written in ${name}; choose another encoding or errors: "backslashreplace"`,
      );
    });
}
