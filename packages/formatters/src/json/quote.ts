/** Up to this length a loop over the characters is quicker than a regular expression. */
const SHORT = 64;

/**
 * What must not stand as it is inside a JSON text of one line that a terminal may show: what JSON forbids, DEL and C1,
 * the Unicode line ends, bidirectional overrides, and surrogates (which may be lone).
 */
const UNSAFE = /[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/;

// JSON.stringify leaves these alone: valid JSON, but line ends, terminal commands or hidden text to some reader.
const LEFT_BY_JSON = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const BEYOND_ASCII = /[\u007f-\uffff]/;
const LONE_SURROGATE = /[\ud800-\udfff]/gu;

/** The text as it stands between the quotes of a JSON string. A lone surrogate becomes U+FFFD: strict readers refuse its escape. */
export const escapeText = (text: string): string => {
  const length = text.length;
  if (length > SHORT) {
    // A stack has line ends that need not be looked for twice.
    const frames = text.indexOf(FRAMES);
    return frames >= 0 ? rewrite(text, frames) : UNSAFE.test(text) ? rewriteAll(text) : text;
  }
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code > 126 || code === 34 || code === 92) return UNSAFE.test(text) ? rewriteAll(text) : text;
  }
  return text;
};

/** The text as a JSON string. */
export const quote = (text: string): string => `"${escapeText(text)}"`;

/** A key as a JSON string. Lone surrogates are spelt out, for as U+FFFD two keys might become one. */
export const quoteKey = (key: string): string => quote(key.search(LONE_SURROGATE) < 0 ? key : key.replace(LONE_SURROGATE, escapeUnit));

/** How many bytes the text takes in UTF-8. */
export const utf8Length = (text: string): number => {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // A surrogate is two of the four bytes of its pair, so each half counts one more than its unit.
    if (code > 127) bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
};

/** Where the frames of a stack begin. */
const FRAMES = "\n    at ";
/** More than this is not kept. */
const LONGEST_FRAMES = 8_192;

// An error that comes again has the same frames under another message.
let lastFrames = "";
let lastFramesEscaped = "";

const rewrite = (text: string, at: number): string => {
  if (text.length - at > LONGEST_FRAMES) return rewriteAll(text);
  const frames = text.slice(at);
  if (frames !== lastFrames) {
    lastFramesEscaped = rewriteAll(frames);
    lastFrames = frames;
  }
  return escapeText(text.slice(0, at)) + lastFramesEscaped;
};

const rewriteAll = (text: string): string => {
  if (!BEYOND_ASCII.test(text)) return JSON.stringify(text).slice(1, -1);
  return JSON.stringify(text.replace(LONE_SURROGATE, "\ufffd")).slice(1, -1).replace(LEFT_BY_JSON, escapeUnit);
};

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
