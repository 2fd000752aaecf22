// C0 with tab and line ends, DEL, C1, line separators, and the controls that turn the direction of text around.
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** A text from a client, for a record: at most `longest` characters, what could forge a line or steer a terminal shown as `\x1b` or `\u202e`. */
export function safeText(text: string, longest: number): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(/[\ud800-\udfff]/gu, "\ufffd").replace(UNSAFE, shown);
}

function shown(character: string): string {
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\x${code.toString(16).padStart(2, "0")}`;
}
