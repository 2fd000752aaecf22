const DEEPEST = 3;
const LONGEST_CHECKED = 64;

/** The keys seen last at each depth and place, and their text with what stands before: the same few come again and again. */
const lastKeys: string[][] = [[], [], [], []];
const lastTexts: string[][] = [[], [], [], []];
const MOST_PLACES = 1_000;

/**
 * JSON of an object whose values are scalars, or objects of such a few levels down; `undefined` for any other. Quicker than `JSON.stringify`, and
 * no less exact. May throw what the object throws.
 */
export const flatJson = (object: object): string | undefined => (isPlain(object) ? objectJson(object, 0) : undefined);

function objectJson(object: object, depth: number): string | undefined {
  const keys = lastKeys[depth] as string[];
  const texts = lastTexts[depth] as string[];
  let text = "";
  let place = 0;
  for (const key in object) {
    const value = (object as Record<string, unknown>)[key];
    // Property names are the same string object each time, so that this compares pointers.
    const name = keys[place] === key ? (texts[place] as string) : keyText(key, place, keys, texts);
    place++;
    if (typeof value === "string") text += name + (isSafe(value) ? `"${value}"` : JSON.stringify(value));
    else if (typeof value === "number" && Number.isFinite(value)) text += name + value;
    else if (typeof value === "boolean" || value === null) text += name + value;
    else if (depth < DEEPEST && typeof value === "object" && isPlain(value)) {
      const inner = objectJson(value, depth + 1);
      if (inner === undefined) return undefined;
      text += name + inner;
    } else return undefined;
  }
  return place === 0 ? "{}" : `${text}}`;
}

function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object);
  return (prototype === Object.prototype || prototype === null) && (object as { toJSON?: unknown }).toJSON === undefined;
}

/** Whether a short text has nothing that JSON must escape, and no surrogate, of which a lone one must be escaped too. */
function isSafe(value: string): boolean {
  if (value.length > LONGEST_CHECKED) return false;
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c < 32 || c === 34 || c === 92 || (c >= 0xd800 && c <= 0xdfff)) return false;
  }
  return true;
}

function keyText(key: string, place: number, keys: string[], texts: string[]): string {
  const text = `${(place === 0 ? "{" : ",") + JSON.stringify(key)}:`;
  if (place < MOST_PLACES) {
    keys[place] = key;
    texts[place] = text;
  }
  return text;
}
