/** Attributes that are floats in Python also when their value is whole. */
const FLOATS: ReadonlySet<string> = new Set(["created", "msecs", "relativeCreated"]);
/** Lists and dicts are written out so deep; `plainData` has cut them long before. */
const DEEPEST = 64;

/** Attributes as `application/x-www-form-urlencoded`, with Python's text for each value: `None`, `True`, `1.5`, `['a', 1]`. */
export const formEncode = (attributes: Readonly<Record<string, unknown>>): string => {
  const pairs: string[] = [];
  for (const key of Object.keys(attributes)) pairs.push(`${quotePlus(key)}=${quotePlus(attributeText(key, attributes[key]))}`);
  return pairs.join("&");
};

const attributeText = (name: string, value: unknown): string => {
  if (typeof value === "number" && FLOATS.has(name)) return floatRepr(value);
  if (name === "args" && Array.isArray(value)) return value.length === 0 ? "None" : tupleRepr(value);
  return typeof value === "string" ? value : pythonRepr(value);
};

/** `urllib.parse.quote_plus`. Lone surrogates become U+FFFD first: `encodeURIComponent` throws at them. */
export const quotePlus = (text: string): string =>
  encodeURIComponent(wellFormed(text))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

/** Lone surrogates replaced, so that the text can be UTF-8. */
export const wellFormed = (text: string): string =>
  text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");

/** Python's `repr` of plain data. A whole number counts as an int: JavaScript does not tell `250.0` from `250`. */
export const pythonRepr = (value: unknown, depth = 0): string => {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : floatRepr(value);
  if (typeof value === "string") return stringRepr(value);
  if (typeof value !== "object") return String(value);
  if (depth >= DEEPEST) return "...";
  if (Array.isArray(value)) return `[${value.map((item) => pythonRepr(item, depth + 1)).join(", ")}]`;
  const items = Object.entries(value).map(([key, item]) => `${stringRepr(key)}: ${pythonRepr(item, depth + 1)}`);
  return `{${items.join(", ")}}`;
};

const tupleRepr = (items: readonly unknown[]): string => {
  const inner = items.map((item) => pythonRepr(item)).join(", ");
  return items.length === 1 ? `(${inner},)` : `(${inner})`;
};

/** `repr` of a float: the shortest digits, an exponent below 1e-4 and from 1e16 on, a fraction always. */
const floatRepr = (value: number): string => {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  if (power >= 0) return Number.isInteger(value) ? `${BigInt(value)}.0` : String(value);
  return value === 0 ? "0.0" : value.toFixed(digits.replace(/[-.]/g, "").length - 1 - power);
};

const NAMED: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Single quotes, unless the text holds some and no double ones; what does not print is escaped. */
const stringRepr = (text: string): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}|['"]/gu, (character) => {
    if (character === quote) return `\\${character}`;
    if (character === "'" || character === '"') return character;
    const named = NAMED[character];
    if (named !== undefined) return named;
    const code = character.codePointAt(0)!.toString(16);
    return code.length <= 2
      ? `\\x${code.padStart(2, "0")}`
      : code.length <= 4
        ? `\\u${code.padStart(4, "0")}`
        : `\\U${code.padStart(8, "0")}`;
  });
  return quote + escaped + quote;
};
