// C0 without tab and newline, DEL, C1.
const CONTROL = /[\0-\b\v-\x1f\x7f-\x9f]/g;

/** Shows terminal control characters (C0 but tab and newline, DEL, C1) as `\x1b`, so that a value cannot steer a terminal. */
export const escapeControlCharacters = (text: string): string =>
  text.replace(CONTROL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
