/** Keys in quotes, with their colon: the same few come again and again. */
const quoted = new Map<string, string>();
const MOST_KEYS = 1_000;
// What JSON must escape, and surrogates, of which a lone one must be too.
const UNSAFE = /["\\\x00-\x1f\ud800-\udfff]/;

/** JSON of an object whose values are all plain scalars; `undefined` for any other. Quicker than `JSON.stringify`, and no less exact. */
export function flatJson(object: object): string | undefined {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  if ("toJSON" in object) return undefined;
  let text = "";
  for (const key in object) {
    const value = (object as Record<string, unknown>)[key];
    const name = (text === "" ? "{" : ",") + (quoted.get(key) ?? quote(key));
    if (typeof value === "string") text += name + (value.length > 64 || UNSAFE.test(value) ? JSON.stringify(value) : `"${value}"`);
    else if (typeof value === "number" && Number.isFinite(value)) text += name + value;
    else if (typeof value === "boolean" || value === null) text += name + value;
    else return undefined;
  }
  return text === "" ? "{}" : `${text}}`;
}

function quote(key: string): string {
  const text = `${JSON.stringify(key)}:`;
  if (quoted.size < MOST_KEYS) quoted.set(key, text);
  return text;
}
