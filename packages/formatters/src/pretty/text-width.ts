import { unicodePattern } from "../unicode-pattern.js";

/** Characters that most terminals draw two columns wide: East Asian wide and full-width forms, and emoji (Unicode TR 11). */
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const noWidth = unicodePattern(String.raw`[\p{Mn}\p{Me}\p{Cf}]`, "u");
const SIMPLE = /^[\x20-\x7e]*$/;

/** How many columns a text takes on a terminal. */
export function textWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  const invisible = noWidth();
  let width = 0;
  for (const character of text) width += invisible.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** The text filled with blanks on the right to so many columns. */
export const padColumns = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - textWidth(text)));
