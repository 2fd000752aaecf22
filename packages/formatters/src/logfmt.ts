/** Reads one line of logfmt: `key=value key="quoted value" key`. A key without a value is `true`; of a key that comes twice the last value counts. */
export function parseLogfmt(line: string): Record<string, string | true> {
  const result: Record<string, string | true> = Object.create(null);
  const end = line.length;
  let at = 0;
  while (at < end) {
    while (at < end && line.charCodeAt(at) <= 32) at++;
    const from = at;
    while (at < end && line.charCodeAt(at) > 32 && line[at] !== "=" && line[at] !== '"') at++;
    const key = line.slice(from, at);
    if (line[at] !== "=") {
      if (key !== "") result[key] = true;
      else if (at < end) at++; // A quote where a key should be: passed over, as other readers do.
      continue;
    }
    at++;
    if (line[at] !== '"') {
      const start = at;
      while (at < end && line.charCodeAt(at) > 32) at++;
      if (key !== "") result[key] = line.slice(start, at);
      continue;
    }
    const start = at++;
    while (at < end && line[at] !== '"') at += line[at] === "\\" ? 2 : 1;
    at = Math.min(at + 1, end);
    if (key !== "") result[key] = unquote(line.slice(start, at));
  }
  return result;
}

/** A quoted value has JSON's escapes; one that is damaged is taken as it stands. */
function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return value;
  } catch {
    // Not written by a strict writer, or cut off.
  }
  return text.slice(1, text.length > 1 && text.endsWith('"') ? -1 : undefined);
}
