/** Whether a text leans to the left, to the right or stands in the middle of its width. */
export type Side = "left" | "right" | "center";

const SURROGATE = /[\ud800-\udfff]/;

/** How many code points a text has: what widths count, as in Python. */
export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The first `count` code points of a text. */
export function firstCodePoints(text: string, count: number): string {
  if (text.length <= count) return text;
  let end = 0;
  for (let left = count; left > 0 && end < text.length; left--) end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

/** Fills a text up to `width` code points; in the middle, the odd one goes to the right. */
export function fit(text: string, width: number, side: Side, fill: string): string {
  // A code point has at most two units: twice the width is wide enough without counting.
  if (text.length >= width * 2) return text;
  const missing = width - codePointLength(text);
  if (missing <= 0) return text;
  if (side === "left") return text + fill.repeat(missing);
  if (side === "right") return fill.repeat(missing) + text;
  const before = missing >> 1;
  return fill.repeat(before) + text + fill.repeat(missing - before);
}
